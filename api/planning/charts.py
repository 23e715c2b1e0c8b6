"""Charts as SVG made by the server: curves over the week with bands, histograms, intervals and shares.

Text stands in pixels and places in per cent, so that a chart is legible at every width; what is drawn in units of the
data is stretched by a nested drawing. Colours and strokes are classes of the style sheet. Whoever shows a chart shows
its table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

HEIGHT = 260
"""Pixels, with the names of the days below."""
TOP, FOOT = 12, 26
PLOT = HEIGHT - TOP - FOOT
WEEK_H = 168
DAY_H = 24
MOST_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One figure an hour of the week, perhaps with a band.

    Parameters
    ----------
    name
        What it is, for the legend.
    style
        Class that colours it: `a` or `b`.
    middle
        168 values from Monday 00 on; nan where there is none.
    low, high
        Edges of the band, as long; empty without one.
    """

    name: str
    style: str
    middle: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis from 0 to `top` with ticks at round figures; `decimals` is how many they need."""

    top: float
    ticks: tuple[float, ...]
    decimals: int


def scale_to(most: float) -> Scale:
    """The axis from 0 that holds `most`, with at most six ticks at 1, 2, 2.5 or 5 times a power of ten."""
    most = most if math.isfinite(most) and most > 0 else 1.0
    size = 10.0 ** math.floor(math.log10(most / MOST_TICKS))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * MOST_TICKS >= most * (1 - 1e-9))
    count = max(1, math.ceil(most / step * (1 - 1e-9)))
    decimals = next((k for k in range(6) if abs(step * 10**k - round(step * 10**k)) < 1e-6), 6)
    return Scale(top=step * count, ticks=tuple(step * k for k in range(count + 1)), decimals=decimals)


def week_chart(
    title: str, curves: Sequence[Curve], days: Sequence[str], ticks: Sequence[str], scale: Scale, limit: Curve | None
) -> Markup:
    """Curves over the hours of the week.

    Parameters
    ----------
    title
        What the drawing is called by screen readers.
    curves
        The first lies lowest.
    days
        Seven short names, Monday first.
    ticks
        The scale's ticks as they are written.
    scale
        The vertical axis.
    limit
        What there is at most, drawn as steps; None without.
    """
    inner = [_grid(ticks, scale)]
    for number, day in enumerate(days):
        if number:
            inner.append(
                f'<line class="day" x1="{_percent(number / 7)}" x2="{_percent(number / 7)}" y1="{TOP}" '
                f'y2="{TOP + PLOT}"/>'
            )
        inner.append(f'<text class="x" x="{_percent((number + 0.5) / 7)}" y="{HEIGHT - 6}">{escape(day)}</text>')
    shapes = [_band(curve, scale) for curve in curves if curve.low]
    if limit:
        shapes.append(f'<path class="limit" d="{_steps(limit.middle, scale)}"/>')
    shapes += [f'<path class="line {curve.style}" d="{_path(curve.middle, scale)}"/>' for curve in curves]
    inner.append(_stretched(WEEK_H, "".join(shapes)))
    return _chart(title, inner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Counts of equally wide classes from `low` on; `style` colours them."""

    name: str
    style: str
    counts: Sequence[int]


def histogram(
    title: str,
    groups: Sequence[Bars],
    edges: Sequence[str],
    ticks: Sequence[str],
    scale: Scale,
    mark: tuple[float, str] | None = None,
) -> Markup:
    """Bars of one or two groups beside one another.

    Parameters
    ----------
    title
        What the drawing is called by screen readers.
    groups
        Equally many counts each.
    edges
        The written edges of the classes, one more than there are classes; empty ones are left out.
    ticks, scale
        The vertical axis.
    mark
        A place between 0 and 1 along the horizontal axis, and what is written there (a target).
    """
    classes = max(len(group.counts) for group in groups)
    inner = [_grid(ticks, scale)]
    for number, edge in enumerate(edges):
        if edge:
            inner.append(f'<text class="x" x="{_percent(number / classes)}" y="{HEIGHT - 6}">{escape(edge)}</text>')
    bars = []
    width = 0.84 / len(groups)
    for place, group in enumerate(groups):
        for number, count in enumerate(group.counts):
            if count:
                top = 1000 * (1 - count / scale.top)
                bars.append(
                    f'<rect class="col {group.style}" x="{number + 0.08 + place * width:.3f}" y="{top:.1f}" '
                    f'width="{width:.3f}" height="{1000 - top:.1f}"/>'
                )
    inner.append(_stretched(classes, "".join(bars)))
    if mark:
        at, text = mark
        side = "end" if at > 0.5 else "start"
        inner.append(
            f'<line class="target" x1="{_percent(at)}" x2="{_percent(at)}" y1="{TOP}" y2="{TOP + PLOT}"/>'
            f'<text class="aim {side}" x="{_percent(at)}" dx="{-6 if side == "end" else 6}" y="{TOP + 11}">'
            f"{escape(text)}</text>"
        )
    return _chart(title, inner)


def interval(low: float, middle: float, high: float, reach: float, tone: str) -> Markup:
    """A difference with its interval about zero, which stands in the middle; `reach` is half of the width."""
    reach = reach if reach > 0 else 1.0
    left, point, right = (_percent(0.5 + 0.48 * max(-1.0, min(1.0, value / reach))) for value in (low, middle, high))
    return Markup(  # noqa: S704  # figures and a word of ours
        '<svg class="interval" width="100%" height="24" aria-hidden="true"><line class="zero" x1="50%" x2="50%" '
        f'y1="0" y2="24"/><line class="reach {tone}" x1="{left}" x2="{right}" y1="12" y2="12"/>'
        f'<circle class="point {tone}" cx="{point}" cy="12" r="5"/></svg>'
    )


def share_bar(share: float, style: str = "a") -> Markup:
    """A bar as long as a share of the whole."""
    width = _percent(max(0.0, min(1.0, share if math.isfinite(share) else 0.0)))
    return Markup(  # noqa: S704  # a figure and a word of ours
        '<svg class="sharebar" width="100%" height="10" aria-hidden="true"><rect class="whole" width="100%" '
        f'height="10" rx="5"/><rect class="col {style}" width="{width}" height="10" rx="5"/></svg>'
    )


def _chart(title: str, inner: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704  # every text was escaped where it was put in
        f'<svg class="chart" role="img" aria-label="{escape(title)}" width="100%" height="{HEIGHT}">'
        f"{''.join(inner)}</svg>"
    )


def _grid(ticks: Sequence[str], scale: Scale) -> str:
    lines = []
    for value, text in zip(scale.ticks, ticks, strict=True):
        y = TOP + PLOT * (1 - value / scale.top)
        kind = "grid" if value else "ground"
        lines.append(f'<line class="{kind}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(f'<text class="y" x="-6" y="{y + 4:.1f}">{escape(text)}</text>')
    return "".join(lines)


def _stretched(width: int, shapes: str) -> str:
    return (
        f'<svg x="0" y="{TOP}" width="100%" height="{PLOT}" viewBox="0 0 {width} 1000" preserveAspectRatio="none">'
        f"{shapes}</svg>"
    )


def _height(value: float, scale: Scale) -> str:
    return f"{1000 * (1 - min(value, scale.top) / scale.top):.0f}"


def _path(values: Sequence[float], scale: Scale) -> str:
    """A line through the middles of the hours, broken where there is no value."""
    parts, drawing = [], False
    for hour, value in enumerate(values):
        if math.isnan(value):
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{hour + 0.5:g} {_height(value, scale)}")
        drawing = True
    return "".join(parts)


def _steps(values: Sequence[float], scale: Scale) -> str:
    parts = [f"M0 {_height(values[0], scale)}"]
    for hour, value in enumerate(values):
        if hour and abs(value - values[hour - 1]) > 1e-9:
            parts.append(f"H{hour}V{_height(value, scale)}")
    return "".join([*parts, f"H{len(values)}"])


def _band(curve: Curve, scale: Scale) -> str:
    """The area between low and high, a piece for each unbroken run of hours."""
    pieces, run = [], []
    for hour, pair in enumerate([*zip(curve.low, curve.high, strict=True), (math.nan, math.nan)]):
        if not math.isnan(pair[0]):
            run.append((hour, *pair))
        elif run:
            up = [f"{at + 0.5:g} {_height(high, scale)}" for at, _, high in run]
            down = [f"{at + 0.5:g} {_height(low, scale)}" for at, low, _ in reversed(run)]
            pieces.append("M" + "L".join([*up, *down]) + "Z")
            run = []
    return f'<path class="band {curve.style}" d="{"".join(pieces)}"/>'


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
