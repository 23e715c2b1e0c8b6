"""The drawing of a flow: every pathway and step is there, in words, without style or script of its own."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulation.flow.draw import draw_flow
from simulation.flow.load import Declared, load_flows
from simulation.flow.names import named_steps
from tests.support.declared import framed

EXAMPLE = Path(__file__).parent / "examples" / "steps.yaml"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def declared() -> Declared:
    return load_flows(EXAMPLE)


def _drawn(declared: Declared, flow: str, **options: str) -> ElementTree.Element:
    return ElementTree.fromstring(draw_flow(declared, flow, **options))  # noqa: S314 - our own text


def _texts(drawing: ElementTree.Element) -> set[str]:
    return {element.text or "" for element in drawing.iter(f"{SVG}text")}


def test_every_step_of_every_pathway_has_its_box_or_frame(declared: Declared) -> None:
    """Boxes carry the step's name in the plan as id; loops and steps aside are frames with what they mean."""
    drawing = _drawn(declared, "whole")
    ids = {element.get("id") for element in drawing.iter() if element.get("id")}
    framing = {"repeat", "aside"}
    for pathway in declared.pathways.values():
        assert f"pathway-{pathway.id}" in ids
        for named in named_steps(pathway):
            if not framing & named.step.model_fields_set:
                assert f"step-{pathway.id}-{named.name}" in ids
    classes = [element.get("class", "") for element in drawing.iter()]
    assert sum(name == "frame loop" for name in classes) == 1
    assert sum(name == "frame aside" for name in classes) == 1
    assert sum(name == "bar" for name in classes) == 2  # `together` begins and ends at a bar


def test_a_flow_shows_only_what_its_patients_come_to(declared: Declared) -> None:
    """The theatres alone: neither the emergency department nor its scanner."""
    drawing = _drawn(declared, "theatres")
    ids = {element.get("id") for element in drawing.iter() if element.get("id")}
    assert "pathway-surgery" in ids
    assert "pathway-emergency" not in ids
    assert "CT-skanner" not in _texts(drawing)


def test_names_and_figures_are_in_the_language_asked_for(declared: Declared) -> None:
    """Danish has decimal commas and its own units."""
    danish, english = _texts(_drawn(declared, "whole")), _texts(_drawn(declared, "whole", language="en"))
    assert {"Sengeplads", "ca. 1,5 t", "Afgiver Operationsstue", "ellers", "10 %"} <= danish
    assert {"Ward bed", "about 1.5 h", "Gives back Theatre", "otherwise", "10 %"} <= english
    with pytest.raises(KeyError):
        draw_flow(declared, "whole", language="fr")


def test_the_drawing_for_a_page_has_classes_only(declared: Declared) -> None:
    """The pages' security policy allows neither inline style nor script; the colours are the style sheet's."""
    drawing = draw_flow(declared, "whole")
    assert "<style" not in drawing
    assert "style=" not in drawing
    assert "<script" not in drawing
    assert not re.search(r"#[0-9a-f]{3,6}\b", drawing)
    assert "<style>" in draw_flow(declared, "whole", standalone=True)


def test_every_box_lies_within_the_drawing_and_its_panel(declared: Declared) -> None:
    """1,400 pixels wide for these flows, and nothing sticks out."""
    drawing = _drawn(declared, "whole")
    width, height = (float(text) for text in drawing.attrib["viewBox"].split()[2:])
    assert width == pytest.approx(1400)
    for panel in (group for group in drawing if group.get("id", "").startswith("pathway-")):
        rects = list(panel.iter(f"{SVG}rect"))
        left, top = float(rects[0].attrib["x"]), float(rects[0].attrib["y"])
        right, bottom = left + float(rects[0].attrib["width"]), top + float(rects[0].attrib["height"])
        assert right <= width
        assert bottom <= height
        for rect in rects[1:]:
            x, y = float(rect.attrib["x"]), float(rect.attrib["y"])
            assert left <= x
            assert x + float(rect.attrib["width"]) <= right
            assert top <= y
            assert y + float(rect.attrib["height"]) <= bottom


def test_no_two_boxes_of_steps_overlap(declared: Declared) -> None:
    """Each box has its own place; only frames lie around others."""
    drawing = _drawn(declared, "whole")
    boxes = [rect for rect in drawing.iter(f"{SVG}rect") if rect.get("class") == "box"]
    places = [tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height")) for box in boxes]
    for k, (x, y, width, height) in enumerate(places):
        for other_x, other_y, other_width, other_height in places[k + 1 :]:
            apart = x + width <= other_x or other_x + other_width <= x
            assert apart or y + height <= other_y or other_y + other_height <= y


def test_deep_nesting_stays_as_wide_as_the_page(tmp_path: Path) -> None:
    """Arms within arms within arms are put below one another where there is no room beside."""
    steps = "{delay: 1 h, id: innermost}"
    for depth in range(4):
        arms = ", ".join(f"{{share: .25, steps: [{steps if k == 1 else f'{{mark: m{depth}{k}}}'}]}}" for k in range(4))
        steps = f"{{branch: [{arms}], id: b{depth}}}"
    file = tmp_path / "deep.yaml"
    file.write_text(framed(f"- {steps}\n- {{leave: home}}"), encoding="utf-8")
    drawing = _drawn(load_flows(file), "day")
    assert float(drawing.attrib["viewBox"].split()[2]) == pytest.approx(1400)


def test_a_name_with_signs_of_markup_is_written_as_it_is(tmp_path: Path) -> None:
    """`<b>` in a name is text, in the box and in what shows when one points at it."""
    file = tmp_path / "odd.yaml"
    file.write_text(framed('- {delay: 1 h, name: "A <b> & C", id: odd}\n- {leave: home}'), encoding="utf-8")
    assert "A <b> & C" in _texts(_drawn(load_flows(file), "day"))


def test_the_flows_of_koege_fit_the_page() -> None:
    """Each flow that comes with the hospital is drawn 1,400 pixels wide, and no name is lost on the way."""
    declared = load_flows("koege")
    for flow in declared.flow_ids:
        drawing = _drawn(declared, flow)
        assert float(drawing.attrib["viewBox"].split()[2]) == pytest.approx(1400)
        titles = {element.text for element in drawing.iter(f"{SVG}title")}
        assert len(titles) > 50
