"""Draws a declared flow as SVG: a panel for each pathway, its steps from above to below, a legend of its resources.

Classes that the style sheet colours, an id on every step, `<title>` for names; no inline style, no script. Arms stand
side by side where there is room and in bands where not, so the drawing is 1,400 px wide and stays legible.
"""

from __future__ import annotations

from html import escape

from simulation.flow.check.survey import Survey
from simulation.flow.declared import Declared
from simulation.flow.drawing.blocks import LETTER_PX, SMALL_LETTER_PX, Block, cut, dot, n, stacked, title
from simulation.flow.drawing.pathway import Drawn, small
from simulation.flow.drawing.style import RULES, STYLE
from simulation.flow.drawing.words import LANGUAGES, Language, Words

__all__ = ["LANGUAGES", "RULES", "draw_flow"]

WIDTH_PX = 1400.0
MARGIN_PX = 24.0
PANEL_GAP_PX = 20.0
PANEL_PAD_PX = 22.0
HEADING_PX = 44.0
LEGEND_COLUMNS = 4
LEGEND_ROW_PX = 38.0
KINDS = ("staff", "room", "bed", "equipment")


def draw_flow(declared: Declared, flow_id: str, *, language: str = "da", standalone: bool = False) -> str:
    """The SVG of a flow, its names in `da` or `en`; `standalone` brings its own colours.

    Raises
    ------
    KeyError
        When there is no such flow, or the language is another.
    """
    known: dict[str, Language] = {name: name for name in LANGUAGES}
    return _Drawing(declared, flow_id, known[language]).svg(standalone=standalone)


class _Drawing:
    """One flow while it is drawn."""

    def __init__(self, declared: Declared, flow_id: str, language: Language) -> None:
        self.declared = declared
        self.flow = declared.flows[flow_id]
        self.words = Words(declared, language)
        self.survey = Survey(declared.sections)
        entries = list(dict.fromkeys(declared.arrivals[name].pathway for name in self.flow.arrivals))
        self.pathways = self.survey.reached(entries)
        self.resources = [one for one in declared.sections.resources if one.id in self.survey.used(self.pathways)]

    def svg(self, *, standalone: bool) -> str:
        name = self.words.text(self.flow.name, self.flow.id)
        legend, top = self._legend(MARGIN_PX + 40)
        panels, width, height = self._panels(top + PANEL_GAP_PX)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" viewBox="0 0 {n(width)} {n(height)}" role="img" '
            f'aria-label="{escape(name)}">'
        )
        ground = f'<rect class="ground" width="{n(width)}" height="{n(height)}"/>'
        heading = f'<text class="big" x="{n(MARGIN_PX)}" y="{n(MARGIN_PX + 18)}">{escape(name)}</text>'
        return head + (STYLE if standalone else "") + ground + heading + "".join([*legend, *panels]) + "</svg>"

    def _legend(self, top: float) -> tuple[list[str], float]:
        """Resources by kind, each with its colour, and where the legend ends."""
        parts = []
        ordered = sorted(self.resources, key=lambda one: KINDS.index(one.kind))
        width = (WIDTH_PX - 2 * MARGIN_PX) / LEGEND_COLUMNS
        for k, one in enumerate(ordered):
            x, y = MARGIN_PX + k % LEGEND_COLUMNS * width, top + k // LEGEND_COLUMNS * LEGEND_ROW_PX
            name, much = self.words.resource(one.id), f"{self.words.say(one.kind)} · {self._capacity(one.id)}"
            parts.append(
                f'<g class="{one.kind}">{title(f"{name} ({one.id})")}'
                f'<rect class="kind" x="{n(x)}" y="{n(y)}" width="6" height="30" rx="3"/>'
                f'<text x="{n(x + 14)}" y="{n(y + 12)}">{escape(cut(name, width - 24, LETTER_PX))}</text>'
                f'<text class="small" x="{n(x + 14)}" y="{n(y + 27)}">'
                f"{escape(cut(much, width - 24, SMALL_LETTER_PX))}</text></g>"
            )
        rows = -(-len(ordered) // LEGEND_COLUMNS)
        return parts, top + rows * LEGEND_ROW_PX

    def _capacity(self, resource: str) -> str:
        one, words = self.declared.resources[resource], self.words
        if one.kind == "bed":
            if one.staffed is None:
                return words.say("beds_by_shift", physical=one.physical)
            return words.say("beds", staffed=one.staffed, physical=one.physical)
        return str(one.count) if one.count is not None else words.say("by_shift", count=self.survey.most(resource))

    def _panels(self, top: float) -> tuple[list[str], float, float]:
        """The pathways in two columns, each panel where the shorter one ends; and the size of the whole."""
        count = 2 if len(self.pathways) > 1 else 1
        room = (WIDTH_PX - 2 * MARGIN_PX - (count - 1) * PANEL_GAP_PX) / count
        blocks = {name: self._block(name, room - 2 * PANEL_PAD_PX) for name in self.pathways}
        width = max(room, *(block.width + 2 * PANEL_PAD_PX for block in blocks.values()))
        ends = [top] * count
        parts = []
        for name, block in blocks.items():
            column = ends.index(min(ends))
            x, y = MARGIN_PX + column * (width + PANEL_GAP_PX), ends[column]
            height = HEADING_PX + block.height + PANEL_PAD_PX
            parts += self._panel(name, block, (x, y), (width, height))
            ends[column] = y + height + PANEL_GAP_PX
        return parts, 2 * MARGIN_PX + count * width + (count - 1) * PANEL_GAP_PX, max(ends) - PANEL_GAP_PX + MARGIN_PX

    def _panel(self, name: str, block: Block, at: tuple[float, float], size: tuple[float, float]) -> list[str]:
        pathway = self.declared.pathways[name]
        (x, y), (width, height) = at, size
        middle = x + (width - block.width) / 2 + block.left
        return [
            f'<g id="pathway-{name}">{title(f"{self.words.text(pathway.name, name)} ({name})")}',
            f'<rect class="panel" x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" rx="12"/>',
            (
                f'<text class="head" x="{n(x + PANEL_PAD_PX)}" y="{n(y + 29)}">'
                f"{escape(self.words.text(pathway.name, name))}</text>"
            ),
            *block.draw(middle, y + HEADING_PX),
            "</g>",
        ]

    def _block(self, name: str, room: float) -> Block:
        arriving = [self.declared.arrivals[one] for one in self.flow.arrivals]
        beginnings = [self.words.arrival(one) for one in arriving if one.pathway == name]
        starts = [small(f'<g class="step start">{title(said)}', said, most=room) for said in beginnings]
        drawn = Drawn(self.declared, self.words, self.declared.pathways[name], room)
        return drawn.block(stacked(starts, 6) if starts else dot())
