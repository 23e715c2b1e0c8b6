"""Unfolds reusable floor plans into the floors that name them, before the schema sees either."""

from __future__ import annotations

from functools import partial

from site_models.errors import SiteError
from site_models.schema.building import Plan
from site_models.yaml_tree import Leaf, Row, Table, Tree, rewritten

ON_THE_FLOOR = ("corridors", "rooms", "rows", "stations", "wards")
PLACEHOLDER = "{floor}"


def unfold_plans(root: Table) -> list[SiteError]:
    """Move the parts of each plan into its floors (doors to the site's list), `{floor}` becoming the floor's id.

    Changes `root`, drops `plans` from it and returns what is wrong with the plans themselves. The parts keep the
    place they have in the plan.
    """
    errors: list[SiteError] = []
    plans = _plans(root, errors)
    used: set[str] = set()
    floors = root.entries.get("floors")
    if isinstance(floors, Row):
        floors.items = [_with_plan(floor, plans, used, root, errors) for floor in floors.items]
    for name, plan in plans.items():
        if name not in used:
            message = f"No floor uses the plan `{name}`; write `plan: {name}` on a floor or remove the plan."
            errors.append(SiteError.at(plan.mark, "unused_plan", message))
    return errors


def _plans(root: Table, errors: list[SiteError]) -> dict[str, Table]:
    section = root.entries.pop("plans", None)
    root.keys.pop("plans", None)
    known: dict[str, Table] = {}
    for plan in section.items if isinstance(section, Row) else []:
        name = plan.entries.get("id") if isinstance(plan, Table) else None
        if not isinstance(plan, Table) or not isinstance(name, Leaf) or not name.text:
            errors.append(SiteError.at(plan.mark, "missing_key", "A plan needs an `id`; add it."))
            continue
        if name.text in known:
            errors.append(SiteError.at(name.mark, "duplicate_id", f"Two plans are called `{name.text}`; rename one."))
            continue
        known[name.text] = plan
        errors.extend(_shape_errors(name.text, plan))
    return known


def _shape_errors(name: str, plan: Table) -> list[SiteError]:
    errors = []
    for key, value in plan.entries.items():
        if key not in Plan.model_fields:
            known = ", ".join(Plan.model_fields)
            message = f"A plan has no `{key}`; it may have {known}."
            errors.append(SiteError.at(plan.keys[key], "unknown_key", message))
        elif key != "id" and not isinstance(value, Row):
            message = f"`{key}` of plan `{name}` must be a list; make it one."
            errors.append(SiteError.at(value.mark, "wrong_value", message))
    return errors


def _with_plan(floor: Tree, plans: dict[str, Table], used: set[str], root: Table, errors: list[SiteError]) -> Tree:
    if not isinstance(floor, Table):
        return floor
    wanted, name = floor.entries.get("plan"), floor.entries.get("id")
    if not isinstance(wanted, Leaf) or wanted.text is None or not isinstance(name, Leaf) or name.text is None:
        return floor
    plan = plans.get(wanted.text)
    if plan is None:
        message = f"There is no plan `{wanted.text}`; known are {', '.join(sorted(plans)) or 'none'}."
        errors.append(SiteError.at(wanted.mark, "unknown_reference", message))
        return floor
    used.add(wanted.text)
    for_floor = partial(_for_floor, name.text)
    filled = Table(floor.mark, dict(floor.entries), dict(floor.keys), floor.size)
    for part in ON_THE_FLOOR:
        added = plan.entries.get(part)
        if isinstance(added, Row):
            _append(filled, part, [rewritten(item, for_floor) for item in added.items])
    doors = plan.entries.get("doors")
    if isinstance(doors, Row):
        _append(root, "doors", [_on_floor(rewritten(door, for_floor), name) for door in doors.items])
    return filled


def _for_floor(floor: str, text: str) -> str:
    return text.replace(PLACEHOLDER, floor)


def _append(table: Table, section: str, items: list[Tree]) -> None:
    own = table.entries.get(section)
    if own is None:
        table.entries[section] = Row(items[0].mark if items else table.mark, items)
        table.keys.setdefault(section, table.mark)
    elif isinstance(own, Row):
        table.entries[section] = Row(own.mark, [*own.items, *items])


def _on_floor(door: Tree, floor: Leaf) -> Tree:
    if isinstance(door, Table):
        door.entries.setdefault("floor", floor)
        door.keys.setdefault("floor", door.mark)
    return door
