"""The ways in which the database can refuse, each as a sentence with the way out."""

from __future__ import annotations

from typing import Final

import psycopg.errors
from sqlalchemy.exc import DBAPIError, IntegrityError


class StoreError(Exception):
    """Anything that the database refused; the text is a sentence that a person can act on."""


class Held(StoreError):
    """Another living process writes this stream, so it was not taken over."""

    def __init__(self, stream: str, holder: str, database: str) -> None:
        self.stream = stream
        self.holder = holder
        super().__init__(
            f"The stream {stream!r} of {database} is held by a running process, {holder}. "
            "Stop that process first, or give this one a database of its own."
        )


class Fenced(StoreError):
    """The epoch of the writer is not the one in the head any more: another process has taken the stream over."""

    def __init__(self, stream: str, epoch: int, holder: str, current_epoch: int | None) -> None:
        self.stream = stream
        self.epoch = epoch
        self.holder = holder
        self.current_epoch = current_epoch
        if current_epoch is None:
            now = "the stream has no head"
        else:
            now = f"epoch {current_epoch} is held by {holder or 'nobody'}"
        super().__init__(
            f"The stream {stream!r} was opened in epoch {epoch}, but now {now}. "
            "Nothing was written: stop this process and start it again."
        )


class DiskFull(StoreError):
    """The database has no room left; nothing of the transaction was kept, and the writer can go on."""

    def __init__(self) -> None:
        super().__init__(
            "The disk or the database is full: nothing was written and nothing is lost. "
            "Free some space (old payloads can be erased) and try again."
        )


class DatabaseBusy(StoreError):
    """Somebody else kept the write lock for too long; nothing was kept, and the writer can go on."""

    def __init__(self) -> None:
        super().__init__(
            "Another process kept the database locked for too long: nothing was written. Try again; "
            "if it repeats, look for a backup or a maintenance command that holds the lock."
        )


class DatabaseLost(StoreError):
    """The file or server cannot be used, or broke in the middle: whether the last transaction was kept is unknown."""

    def __init__(
        self, detail: str, advice: str = "Start again once the database answers: what was kept is read there."
    ) -> None:
        super().__init__(f"The database cannot be used: {detail}. {advice}")


class Conflict(StoreError):
    """The rows contradict a rule of the schema, for example a key that another job already has."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"The database refused the rows ({detail}): nothing was written.")


_SQLITE_ADVICE: Final = {
    "SQLITE_CANTOPEN": "Check that its folder exists and that this user may write there.",
    "SQLITE_NOTADB": "The file is something else: name another one, or restore the database from its backup.",
    "SQLITE_CORRUPT": "The file is damaged: restore the database from its backup.",
    "SQLITE_READONLY": "Check that this user may write the file and its folder.",
}
_LOCKED: Final = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


def translate(error: DBAPIError) -> StoreError:
    """The refusal behind a driver's exception: by SQLite's result code or PostgreSQL's SQLSTATE, never by its text."""
    original = error.orig
    detail = " ".join(str(original).split()) or type(original).__name__
    # The name of an extended code begins with the code's: SQLITE_BUSY_SNAPSHOT is an SQLITE_BUSY.
    code = "_".join(getattr(original, "sqlite_errorname", "").split("_")[:2])
    if code == "SQLITE_FULL" or isinstance(original, psycopg.errors.DiskFull):
        return DiskFull()
    if code in {"SQLITE_BUSY", "SQLITE_LOCKED"} or isinstance(original, _LOCKED):
        return DatabaseBusy()
    if isinstance(error, IntegrityError):
        return Conflict(detail)
    if code in _SQLITE_ADVICE:
        return DatabaseLost(detail, _SQLITE_ADVICE[code])
    return DatabaseLost(detail)
