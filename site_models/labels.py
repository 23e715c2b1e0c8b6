"""Writes names on a drawing where they fit, as large as they fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from site_models.geometry import Place, spans_at

FONT_PX = 9
"""Font size that the pages' style sheet gives to the text of a map; the groups scale it to metres."""
SCALES = (0.32, 0.22, 0.15)
"""Metres a pixel, the largest first: letters of 2.9, 2.0 and 1.4 m."""
CHARACTER_EM = 0.56
"""Mean width of a letter in the height of the font. Source: assumed for sans-serif fonts."""
LINE_EM = 1.15
HEIGHTS = (0.0, 0.2, -0.2, 0.3, -0.3, 0.38, -0.38)
"""Where in the height of a room a name is tried, from its middle."""
PADDING_M = 0.1
_NUMBER = re.compile(r"(?<=[ -])\d+$")

Box = tuple[float, float, float, float]
"""Left, low, right, high in metres of the site."""


class Labels:
    """The names written so far, by scale."""

    def __init__(self) -> None:
        self._written: dict[float, list[str]] = {scale: [] for scale in SCALES}

    def fit(self, name: str, outline: Sequence[Place], at: Place, avoid: Sequence[Box] = ()) -> None:
        """Write a name into a polygon around `at` or above or below it, on one line or two, beside what to avoid.

        Of a name that does not fit, the number that it ends in is written (the 05 of S0-05); without one, nothing.
        """
        height_m = max(y for _, y in outline) - min(y for _, y in outline)
        number = _NUMBER.search(name)
        tries = [(scale, lines) for scale in SCALES for lines in _broken(name)]
        tries += [(SCALES[-1], [number.group()])] if number else []
        for scale, lines in tries:
            for share in HEIGHTS:
                place = (at[0], at[1] + share * height_m)
                if _fits(_box(lines, scale, place), outline, avoid):
                    self._write(lines, scale, place)
                    return

    def small(self, name: str, at: Place) -> None:
        """Write a short name at a place in the smallest letters."""
        self._write([name], SCALES[-1], at)

    def svg(self) -> str:
        """The names, a group a size."""
        groups = [
            f'<g transform="scale({scale})">{"".join(written)}</g>'
            for scale, written in self._written.items()
            if written
        ]
        attributes = f'class="labels" font-size="{FONT_PX}" text-anchor="middle" aria-hidden="true"'
        return f"<g {attributes}>{''.join(groups)}</g>"

    def _write(self, lines: list[str], scale: float, at: Place) -> None:
        for k, line in enumerate(lines):
            x = at[0] / scale
            y = -at[1] / scale + (k - (len(lines) - 1) / 2) * FONT_PX * LINE_EM + FONT_PX * 0.35
            self._written[scale].append(f'<text x="{x:.0f}" y="{y:.0f}">{escape(line)}</text>')


def _broken(name: str) -> list[list[str]]:
    """The name on one line and, where it has several words, on two of about the same length."""
    words = name.split(" ")
    splits = [[" ".join(words[:k]), " ".join(words[k:])] for k in range(1, len(words))]
    return [[name], *sorted(splits, key=lambda lines: max(map(len, lines)))[:1]]


def _box(lines: list[str], scale: float, at: Place) -> Box:
    em_m = FONT_PX * scale
    half_width_m = max(len(line) for line in lines) * CHARACTER_EM * em_m / 2
    half_height_m = len(lines) * LINE_EM * em_m / 2
    return at[0] - half_width_m, at[1] - half_height_m, at[0] + half_width_m, at[1] + half_height_m


def _fits(box: Box, outline: Sequence[Place], avoid: Sequence[Box]) -> bool:
    """True when the box lies within the polygon at its top, middle and bottom, apart from all that it must avoid."""
    left, low, right, high = box
    inside = all(
        any(a + PADDING_M <= left and right <= b - PADDING_M for a, b in spans_at(y, outline))
        for y in (low, (low + high) / 2, high)
    )
    return inside and all(right <= a or c <= left or high <= b or d <= low for a, b, c, d in avoid)
