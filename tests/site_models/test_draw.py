"""Drawing: an SVG a floor that pages can colour, close parts of and put carriers into."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from site_models.draw import draw_floor, draw_site
from site_models.expand import Layout, expand
from site_models.load import known_sites, load_site
from site_models.schema import Site
from site_models.schema.base import Text
from tests.site_models.small_sites import box, corridor, site_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def clinic() -> tuple[Site, Layout]:
    """The clinic and its layout."""
    site = load_site("clinic_small")
    return site, expand(site)


def read(drawing: str) -> ET.Element:
    """A drawing as XML."""
    return ET.fromstring(drawing)  # noqa: S314 - made by this very test, nobody else's


def parsed(clinic: tuple[Site, Layout], language: str = "da") -> ET.Element:
    """The ground floor as XML."""
    return read(draw_floor(*clinic, "0", language=language))


def test_everything_that_may_be_closed_or_chosen_has_an_id(clinic: tuple[Site, Layout]) -> None:
    """Corridors, rooms, lifts, doors, bays and stations, each once, under their own name."""
    ids = [element.get("id") for element in parsed(clinic).iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for expected in ("corridor-0-main", "room-0-lab", "room-S0-03", "lift-E1", "door-S0-door", "bay-cart-bay-02"):
        assert expected in ids
    assert {f"station-{name}" for name, known in clinic[1].stations.items() if known.floor == "0"} <= set(ids)


def test_it_brings_no_script_and_no_style(clinic: tuple[Site, Layout]) -> None:
    """The page's style sheet colours the classes, and its content security policy allows nothing inline."""
    drawing = draw_floor(*clinic, "0")
    assert "<script" not in drawing
    assert "style" not in drawing
    classes = {element.get("class") for element in parsed(clinic).iter()}
    assert {"map", "room", "corridor", "lift", "door", "bay", "station"} <= classes


def test_a_file_of_its_own_brings_its_colours(clinic: tuple[Site, Layout]) -> None:
    """Opened alone it is not black."""
    assert "<style>" in draw_floor(*clinic, "0", standalone=True)


def test_north_is_up_and_a_unit_is_a_metre(clinic: tuple[Site, Layout]) -> None:
    """The point (x, y) of the site is drawn at (x, -y), and the view box holds the whole floor."""
    left, top, width, height = (float(part) for part in parsed(clinic).attrib["viewBox"].split())
    # Corridors and rooms reach from x = 0 to 60 and from y = -10 to 26, with 2 m around them.
    assert (left, top, width, height) == (-2.0, -28.0, 64.0, 40.0)
    lab = next(element for element in parsed(clinic).iter(f"{SVG}path") if element.get("id") == "room-0-lab")
    assert lab.attrib["d"].startswith("M25 -1.5L37 -1.5")


def test_names_are_written_in_the_language_asked_for(clinic: tuple[Site, Layout]) -> None:
    """Danish by default, English on request."""
    assert "<title>Laboratorium</title>" in draw_floor(*clinic, "0")
    assert "<title>Laboratory</title>" in draw_floor(*clinic, "0", language="en")
    assert parsed(clinic, language="en").attrib["aria-label"] == "Ground floor"


def test_a_name_that_does_not_fit_is_left_to_the_tooltip() -> None:
    """A cupboard has no room for its name."""
    name = "Depot til sjældent brugt udstyr"
    cupboard = box("c", 4, 1, 5, 2, (4.5, 1)).model_copy(update={"name": Text(da=name, en=name)})
    site = site_of(corridor("a", (0, 0), (10, 0)), rooms=[cupboard])
    drawing = draw_floor(site, expand(site), "0")
    assert f"<title>{name}</title>" in drawing
    assert "<text" not in drawing


def test_of_a_long_name_the_number_is_written() -> None:
    """Of `Sengestue 12` there is room for 12 in a narrow room."""
    name = "Sengestue 12"
    narrow = box("c", 4, 1, 6, 5, (5, 1)).model_copy(update={"name": Text(da=name, en=name)})
    site = site_of(corridor("a", (0, 0), (10, 0)), rooms=[narrow])
    assert ">12</text>" in draw_floor(site, expand(site), "0")


@pytest.mark.parametrize("name", known_sites())
def test_a_drawing_is_light_enough_for_a_phone(name: str) -> None:
    """Less than 60 kB a floor, before it is compressed."""
    site = load_site(name)
    layout = expand(site)
    sizes = {floor.id: len(draw_floor(site, layout, floor.id).encode()) for floor in site.floors}
    assert max(sizes.values()) < 60_000, sizes


def test_names_cannot_break_out_of_the_drawing() -> None:
    """A name is text, whatever it holds."""
    room = box("r", 0, 1, 20, 9, (5, 1)).model_copy(update={"name": Text(da='<b>&"', en='<b>&"')})
    site = site_of(corridor("a", (0, 0), (10, 0)), rooms=[room])
    root = read(draw_floor(site, expand(site), "0"))
    assert [title.text for title in root.iter(f"{SVG}title")] == ['<b>&"']


def test_a_site_is_drawn_into_a_folder(tmp_path: Path) -> None:
    """One file a floor, called after it."""
    files = draw_site("clinic_small", tmp_path / "drawings")
    assert [file.name for file in files] == ["0.svg", "1.svg"]
    assert all(read(file.read_text(encoding="utf-8")).tag == f"{SVG}svg" for file in files)


def test_an_unknown_floor_is_no_empty_picture(clinic: tuple[Site, Layout]) -> None:
    """A floor that is not there is the caller's mistake."""
    with pytest.raises(KeyError):
        draw_floor(*clinic, "9")
