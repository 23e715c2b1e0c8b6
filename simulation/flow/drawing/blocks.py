"""Blocks that place themselves: boxes one below the other, arms side by side or in bands, frames around them.

A block knows how far it reaches to the left and right of the line on which one enters it from above, how high it is,
whether one goes on below it, and how it is drawn at a place. Pixels, y downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

NODE_PX = 236.0
GAP_PX = 16.0
ARM_GAP_PX = 22.0
CHIP_PX = 20.0
INDENT_PX = 26.0
PAD_PX = 14.0
LETTER_PX = 7.2
"""Mean width of a letter of 13 px. Source: assumed for sans-serif fonts."""
STRONG_LETTER_PX = 8.1
SMALL_LETTER_PX = 5.9


@dataclass(frozen=True, slots=True)
class Block:
    """Something to draw on a line from above."""

    left: float
    right: float
    height: float
    through: bool
    draw: Callable[[float, float], list[str]]

    @property
    def width(self) -> float:
        """From its left to its right."""
        return self.left + self.right


def series(blocks: Sequence[Block]) -> Block:
    """One below the other, joined by arrows."""
    if not blocks:
        return Block(0, 0, 0, True, lambda _x, _y: [])
    height = sum(block.height for block in blocks) + GAP_PX * (len(blocks) - 1)

    def draw(x: float, y: float) -> list[str]:
        parts = []
        for k, block in enumerate(blocks):
            parts += block.draw(x, y)
            y += block.height
            if k + 1 < len(blocks) and block.through:
                parts.append(arrow(x, y, y + GAP_PX))
            y += GAP_PX
        return parts

    return Block(
        max(block.left for block in blocks), max(block.right for block in blocks), height, blocks[-1].through, draw
    )


def stacked(blocks: Sequence[Block], gap: float) -> Block:
    """One below the other, not joined."""
    height = sum(block.height for block in blocks) + gap * (len(blocks) - 1)

    def draw(x: float, y: float) -> list[str]:
        parts = []
        for block in blocks:
            parts += block.draw(x, y)
            y += block.height + gap
        return parts

    return Block(max(block.left for block in blocks), max(block.right for block in blocks), height, True, draw)


def dot() -> Block:
    """Where a pathway that others run begins or ends."""
    return Block(5, 5, 10, True, lambda x, y: [f'<circle class="dot" cx="{n(x)}" cy="{n(y + 5)}" r="4.5"/>'])


def columns(head: Block, arms: Sequence[tuple[str, Block]], *, bar: bool = False) -> Block:
    """Arms side by side below a head, each under its label; with `bar` they begin and end at a bar."""
    lefts = [max(arm.left, chip_width(label) / 2) for label, arm in arms]
    rights = [max(arm.right, chip_width(label) / 2) for label, arm in arms]
    starts, at = [], 0.0
    for left, right in zip(lefts, rights, strict=True):
        starts.append(at + left)
        at += left + right + ARM_GAP_PX
    middle = (starts[0] + starts[-1]) / 2
    labelled = CHIP_PX + 6 if any(label for label, _ in arms) else 0.0
    top = head.height + GAP_PX
    inner = max(arm.height for _, arm in arms) + labelled + GAP_PX
    through = any(arm.through for _, arm in arms)
    height = top + inner + (GAP_PX if through else 0)

    def draw(x: float, y: float) -> list[str]:
        parts = head.draw(x, y)
        places = [x + start - middle for start in starts]
        upper, lower = y + top, y + height
        parts.append(line((x, y + head.height), (x, upper)))
        parts.append(line((places[0], upper), (places[-1], upper), name="bar" if bar else "line"))
        for place, (label, arm) in zip(places, arms, strict=True):
            begin = upper + labelled + GAP_PX
            parts.append(arrow(place, upper, begin) if arm.height else line((place, upper), (place, begin)))
            if label:
                parts.append(chip(label, place - chip_width(label) / 2, upper + 8))
            parts += arm.draw(place, begin)
            if arm.through:
                parts.append(line((place, begin + arm.height), (place, lower)))
        if through:
            passing = [place for place, (_, arm) in zip(places, arms, strict=True) if arm.through]
            parts.append(line((min(*passing, x), lower), (max(*passing, x), lower), name="bar" if bar else "line"))
        return parts

    return Block(
        max(head.left, middle - starts[0] + lefts[0]),
        max(head.right, starts[-1] - middle + rights[-1]),
        height,
        through,
        draw,
    )


def bands(head: Block, arms: Sequence[tuple[str, Block]], *, goes_on: bool, bar: bool = False) -> Block:
    """Arms one below the other, to the right of a rail; with `goes_on` the rail is the way of those who take none."""
    rail = 0.0 if goes_on else -NODE_PX / 2 + 14
    offsets = [rail + INDENT_PX + max(arm.left, 10) for _, arm in arms]
    reach = [
        max(offset + arm.right, rail + 8 + chip_width(label))
        for offset, (label, arm) in zip(offsets, arms, strict=True)
    ]
    joins = any(arm.through for _, arm in arms)
    right = max([head.right, *reach]) + (PAD_PX if joins else 0)
    through = joins or goes_on
    rows = [_row(arm) for _, arm in arms]
    height = head.height + sum(rows) + (GAP_PX if joins else 0)

    def draw(x: float, y: float) -> list[str]:
        parts = head.draw(x, y)
        below, at = y + height, y + head.height
        end = at
        for (label, arm), offset, row in zip(arms, offsets, rows, strict=True):
            end = at + GAP_PX
            parts += _band(label, arm, (x + rail, x + offset, x + right), (end, at + row, below))
            at += row
        bottom = below if goes_on else end
        parts.append(line((x + rail, y + head.height), (x + rail, bottom), name="bar" if bar else "line"))
        if joins:
            parts.append(line((x + right, below), (x, below)))
        return parts

    return Block(max(head.left, NODE_PX / 2), right + 2, height, through, draw)


def _row(arm: Block) -> float:
    """The height that an arm takes in bands."""
    if not arm.height:
        return GAP_PX + CHIP_PX / 2 + 4
    return GAP_PX + CHIP_PX + arm.height + (GAP_PX / 2 if arm.through else 4)


def _band(label: str, arm: Block, across: tuple[float, float, float], down: tuple[float, float, float]) -> list[str]:
    """An arm from the rail to its own line and, where one goes on, back by the line on the right.

    `across` are rail, the arm's line and the line back; `down` the turn off the rail, the end of the arm and of all.
    """
    rail, place, right = across
    turn, bottom, below = down
    if not arm.height:
        parts = [line((rail, turn), (right, turn), (right, below))]
    else:
        begin = turn + CHIP_PX - 2
        parts = [line((rail, turn), (place, turn)), arrow(place, turn, begin)]
        if arm.through:
            parts.append(line((place, begin + arm.height), (place, bottom), (right, bottom), (right, below)))
    if label:
        parts.append(chip(label, rail + 8, turn - CHIP_PX / 2))
    return parts if not arm.height else [*parts, *arm.draw(place, turn + CHIP_PX - 2)]


def framed(inner: Block, label: str, name: str) -> Block:
    """A frame around a block, with what it means at its top; at that of a loop an arrow leads back up."""
    left, right = inner.left + PAD_PX, inner.right + PAD_PX
    right = max(right, small_width(label) + 2 * PAD_PX - left)
    top, height = 28.0, 28.0 + inner.height + PAD_PX

    def draw(x: float, y: float) -> list[str]:
        size = f'width="{n(left + right)}" height="{n(height)}" rx="10"'
        parts = [f'<rect class="frame {name}" x="{n(x - left)}" y="{n(y)}" {size}/>']
        if name == "loop":
            parts.append(arrow(x, y, y + top))
            parts.append(f'<path class="back" d="M{n(x - left)} {n(y + height / 2 - 6)}l6 10h-12z"/>')
        parts.append(
            f'<text class="small frame-text" x="{n(x - left + PAD_PX)}" y="{n(y + 17)}">{escape(label)}</text>'
        )
        if inner.through and name == "loop":
            parts.append(line((x, y + top + inner.height), (x, y + height)))
        return [*parts, *inner.draw(x, y + top)]

    return Block(left, right, height, inner.through, draw)


def beside(inner: Block, label: str) -> Block:
    """Steps in a dashed frame to the right of the line, which goes on past them."""
    frame = framed(inner, label, "aside")
    offset = 24 + frame.left

    def draw(x: float, y: float) -> list[str]:
        way = [line((x, y), (x, y + frame.height)), line((x, y + 13), (x + 24, y + 13), name="line dashed")]
        return [*way, *frame.draw(x + offset, y)]

    return Block(10, offset + frame.right, frame.height, True, draw)


# --- pieces --------------------------------------------------------------------------------------------------------


def chip(label: str, x: float, y: float) -> str:
    """A label on a line."""
    width = chip_width(label)
    return (
        f'<g class="chip">{title(label)}<rect x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(CHIP_PX)}" rx="10"/>'
        f'<text class="small" x="{n(x + width / 2)}" y="{n(y + 14)}" text-anchor="middle">'
        f"{escape(cut(label, 260, SMALL_LETTER_PX))}</text></g>"
    )


def chip_width(label: str) -> float:
    """The width of a label on a line, none for none."""
    return min(small_width(label), 260.0) + 16 if label else 0.0


def small_width(text: str) -> float:
    """The width of a text in small letters."""
    return len(text) * SMALL_LETTER_PX


def arrow(x: float, top: float, bottom: float) -> str:
    """A line downwards that ends in a point."""
    head = f"M{n(x - 3.5)} {n(bottom - 6)}L{n(x)} {n(bottom)}L{n(x + 3.5)} {n(bottom - 6)}"
    return f'<path class="line" d="M{n(x)} {n(top)}V{n(bottom)}{head}"/>'


def line(*places: tuple[float, float], name: str = "line") -> str:
    """A line through some places."""
    return f'<path class="{name}" d="M{"L".join(f"{n(x)} {n(y)}" for x, y in places)}"/>'


def title(text: str) -> str:
    """The name that is shown when one points at something."""
    return f"<title>{escape(text)}</title>"


def cut(text: str, width: float, letter: float) -> str:
    """The text, or as much of its beginning as fits."""
    most = int(width / letter)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def n(value: float) -> str:
    """A number of pixels, as short as it can be written."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
