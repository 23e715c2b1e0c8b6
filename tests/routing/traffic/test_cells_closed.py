"""Closures told to traffic: which cells each blocks."""

from __future__ import annotations

import pytest

from routing.closures import UnknownClosure
from routing.ground import Ground
from routing.traffic.blocking import ClosedCells
from routing.traffic.cells import site_network
from tests.routing.buildings import Building
from tests.routing.traffic.networks import site_cells, site_ground


@pytest.fixture(scope="module")
def closed() -> ClosedCells:
    return ClosedCells(site_ground("clinic_small"), site_cells("clinic_small"))


def blocked(closed: ClosedCells, *closures: str) -> set[str]:
    cells = site_cells("clinic_small").network.cells
    return {cells[cell] for cell in closed.blocked(closures)}


def test_a_closed_corridor_blocks_its_lanes_and_openings_but_not_where_it_joins_another(closed: ClosedCells) -> None:
    """The ward's corridor upstairs is closed, the main corridor's end stays open, and so do the stores' slots."""
    found = blocked(closed, "S0-corridor")
    assert {"S0-corridor:650", "S0-corridor:883>", "S0-corridor:883<", "door:S0-door"} == found


def test_a_closed_door_is_one_cell(closed: ClosedCells) -> None:
    """Nobody enters the doorway; whoever stands on either side stays free to turn."""
    assert blocked(closed, "S0-door") == {"door:S0-door"}


def test_a_closed_room_blocks_what_is_in_it(closed: ClosedCells) -> None:
    """The store with its two stations."""
    assert blocked(closed, "0-store") == {"room:0-store", *(f"st:store-out#{k}" for k in (1, 2, 3)),
                                          *(f"st:medicine-hatch#{k}" for k in (1, 2))}  # fmt: skip


def test_a_closed_lift_blocks_its_shaft_and_leaves_its_lobbies(closed: ClosedCells) -> None:
    """Who waits in the lobby goes home by the corridor."""
    assert blocked(closed, "E1") == {"lift:E1"}


def test_a_closed_floor_leaves_the_shaft_running_past_it(closed: ClosedCells) -> None:
    """All cells of the first floor, its lobby included; the lift itself is none of them."""
    network = site_cells("clinic_small").network
    upstairs = {
        node.id for node in site_ground("clinic_small").layout.nodes if node.floor == "1" and node.kind != "lift"
    }
    cells = {network.cells[network.cell[k]] for k, node in enumerate(network.nodes) if node in upstairs}
    assert blocked(closed, "1") == cells


def test_closures_add_up(closed: ClosedCells) -> None:
    """Two closures block what each of them blocks; none blocks nothing."""
    assert blocked(closed, "S0-door", "E1") == {"door:S0-door", "lift:E1"}
    assert blocked(closed) == set()


def test_every_unknown_closure_is_named(closed: ClosedCells) -> None:
    """As routing says it."""
    with pytest.raises(UnknownClosure) as refused:
        closed.blocked(["attic", "E1", "moon"])
    assert refused.value.unknown == ("attic", "moon")


def test_a_closed_link_too_short_for_a_cell_blocks_the_places_at_its_ends() -> None:
    """Three metres between two corridors: no robot stands there, so nobody comes to either end of it."""
    building = Building()
    for name, y_m in (("a", 0.0), ("b", 3.0)):
        building.corridor(name, [(float(x), y_m) for x in range(21)])
        building.beside(f"{name}:0", f"bay:{name}", "bay")
        building.beside(f"{name}:20", f"st:{name}", "station")
    building.lane("a:10", "b:10", 3.0, corridor="link")
    ground = Ground(building.site(), building.layout())
    cells = site_network(ground)
    found = ClosedCells(ground, cells).blocked(["link"])
    assert {cells.network.cells[cell] for cell in found} == {"a:10", "b:10"}
