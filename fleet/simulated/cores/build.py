"""The simulated world of a site: its carriers where their day begins, and the rules with the site's own figures."""

from __future__ import annotations

from fleet.simulated.cores.faults import Faults
from fleet.simulated.cores.lifts import LiftCar, Lifts, LiftShaft
from fleet.simulated.cores.porters import Porter, Porters
from fleet.simulated.cores.robots import Robot, RobotKind, Robots
from fleet.simulated.cores.tube import Tube, Tubes
from fleet.simulated.cores.world import World, WorldRules
from routing.tube.network import TubeNetwork
from site_models.layout import Layout
from site_models.schema import Site


def rules_of(site: Site, layout: Layout, seed: int, faults: Faults | None = None) -> WorldRules:
    """The rules with the site's figures; draws are named by `seed`."""
    faults = faults or Faults(seed=seed)
    robots = Robots(
        seed=seed,
        station_node=layout.station_node,
        kinds={
            fleet.id: RobotKind(
                compartments=fleet.compartments,
                drive_share_per_h=fleet.battery.drive_share_per_h,
                idle_share_per_h=fleet.battery.idle_share_per_h,
                charge_share_per_h=fleet.battery.charge_share_per_h,
            )
            for fleet in site.fleets
        },
    )
    elevation_m = {floor.id: floor.elevation_m for floor in site.floors}
    shafts = {
        lift.id: LiftShaft(
            elevation_m={floor: elevation_m[floor] for floor in lift.serves},
            speed_m_s=lift.speed_m_s,
            door_s=lift.door_s,
            x_m=lift.at[0],
            y_m=lift.at[1],
        )
        for lift in site.lifts
    }
    return WorldRules(
        robots=robots,
        lifts=Lifts(shafts=shafts),
        porters=Porters(seed=seed, station_node=layout.station_node, not_ready_share=site.mishaps.not_ready_share),
        tubes=Tubes(network=TubeNetwork(site.tubes), jams=faults.jams),
        faults=faults,
    )


def first_world(site: Site, layout: Layout) -> World:
    """Robots in their home bays, porters at the base of their shift, lifts on their first floor, capsules at home."""
    place = {node.id: (node.x_m, node.y_m, node.floor) for node in layout.nodes}
    robots: dict[str, Robot] = {}
    for each in layout.robots:
        node = layout.bay_node[each.bay]
        x_m, y_m, floor = place[node]
        robots[each.id] = Robot(id=each.id, kind=each.fleet, node=node, x_m=x_m, y_m=y_m, floor=floor)
    porters: dict[str, Porter] = {}
    for shift in site.porters.shifts:
        node = layout.station_node[shift.base]
        x_m, y_m, floor = place[node]
        for number in range(1, shift.count + 1):
            id = f"{shift.id}-{number:02d}"
            porters[id] = Porter(id=id, node=node, x_m=x_m, y_m=y_m, floor=floor)
    return World(
        robots=robots,
        porters=porters,
        lifts={lift.id: LiftCar(id=lift.id, floor=lift.serves[0]) for lift in site.lifts},
        tubes={system.id: Tube(id=system.id, stock=system.stock()) for system in site.tubes},
    )
