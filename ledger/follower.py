"""Follows what other streams say of some kinds, about once a second, at the cost of one small query."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from ledger.read import Recorded, follow
from ledger.schema import ledger_head

log = logging.getLogger(__name__)

_HEADS: Final = select(ledger_head.c.stream, ledger_head.c.seq).order_by(ledger_head.c.stream)


class Follower:
    """Reads the events of `kinds` in every stream but `own`; not for use by several threads.

    It keeps no cursor: the caller says how far it has come with each stream, and writes that down together with what
    the rows led to. So what a failed commit lost is read again, and what was committed never. What holds nothing of
    these kinds is looked through once a process. `engine` is best a read-only one.
    """

    def __init__(self, engine: Engine, own: str, kinds: Sequence[str]) -> None:
        self._engine = engine
        self._own = own
        self._kinds = tuple(kinds)
        self._empty_to: dict[str, int] = {}

    def poll(self, seen: Callable[[str], int], limit: int = 24) -> list[Recorded]:
        """The next events, by stream and number, of each stream at most `limit` after number `seen(stream)`.

        A database that does not answer now is logged; it is asked again at the next poll.
        """
        found: list[Recorded] = []
        try:
            with self._engine.connect() as connection:
                for stream, last in connection.execute(_HEADS).all():
                    after = max(seen(stream), self._empty_to.get(stream, 0))
                    if stream == self._own or last <= after:
                        continue
                    rows = follow(connection, stream, after=after, kinds=self._kinds, limit=limit)
                    if not rows:
                        self._empty_to[stream] = last
                    found += rows
        except DBAPIError as error:
            log.warning("the ledger cannot be followed now: %s", error.orig)
            return []
        return found
