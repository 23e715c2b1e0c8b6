"""A made-up register: valid, as large as the site, the same for the same seed, and things only where they belong."""

from __future__ import annotations

import dataclasses
from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_tracking.register.assets import Surroundings, asset_faults
from equipment_tracking.register.catalogue import standard_catalogue
from equipment_tracking.register.shared import clashes
from simulation.beacons.ground import ground
from simulation.beacons.shares import PER_ROOM, PRODUCTS, products
from simulation.beacons.stock import Stock, Wards, _shared_out, stock, usual_assets, usual_gateways
from site_models.expand import expand
from site_models.load import load_site

NOW_MS = 1_803_805_200_000


@pytest.fixture(scope="module", params=["clinic_small", "koege"])
def wards(request: pytest.FixtureRequest) -> Wards:
    return wards_of(request.param)


@pytest.fixture(scope="module")
def made(wards: Wards) -> Stock:
    return stock(wards, 1, usual_assets(wards), NOW_MS)


@cache
def wards_of(name: str) -> Wards:
    site = load_site(name)
    return Wards(site, expand(site))


def test_every_asset_keeps_the_rules_of_the_register(wards: Wards, made: Stock) -> None:
    """GIAI, GTIN, type, ward, home and what its type asks for; and no two share a tag or a serial number."""
    known = Surroundings(standard_catalogue(), places=wards.layout.rooms, wards=wards.names)
    assert [fault for asset in made.assets for fault in asset_faults(asset, known)] == []
    assert clashes(made.assets, {}) == []


def test_ids_ascend_with_the_tags(made: Stock) -> None:
    """The asset at a position carries the scene's tag at that position, and an id after the one before."""
    ids = [asset.id for asset in made.assets]
    assert ids == sorted(set(ids))
    assert [asset.tag for asset in made.assets[:2]] == ["c30000000000", "c30000000001"]


def test_the_same_seed_makes_the_same_stock(wards: Wards, made: Stock) -> None:
    assert stock(wards, 1, len(made.assets), NOW_MS) == made
    assert stock(wards, 2, len(made.assets), NOW_MS) != made


def test_everybody_has_a_home_that_can_be_walked_to(wards: Wards, made: Stock) -> None:
    """The scene's home rooms are the register's."""
    rooms = ground(wards.site, wards.layout).rooms
    homes = made.homes(rooms)
    assert [rooms[home] for home in homes.tolist()] == [asset.home for asset in made.assets]


def test_a_ward_has_no_more_beds_in_a_room_than_one(made: Stock, wards: Wards) -> None:
    """Beds live in their rooms; those that are left over wait in a store."""
    rooms = {room for beds in wards.beds.values() for room in beds}
    in_rooms = Counter(asset.home for asset in made.assets if asset.type == "bed" and asset.home in rooms)
    assert set(in_rooms.values()) == {1}


def test_about_two_in_a_hundred_are_overdue(wards: Wards) -> None:
    """Of 2,000 assets 40 are expected; five standard deviations are 31."""
    made = stock(wards, 3, 2_000, NOW_MS)
    assert 9 <= sum(asset.overdue(NOW_MS) for asset in made.assets) <= 71


def test_a_small_house_stays_small() -> None:
    """21 rooms, ten of them for patients; a university hospital has a hundred times as much."""
    clinic, hospital = wards_of("clinic_small"), wards_of("koege")
    assert usual_assets(clinic) < 200
    assert usual_gateways(clinic) < 50
    assert usual_assets(hospital) == 10_000
    assert usual_gateways(hospital) == 2_000


def test_incubators_stand_only_where_children_are_born_and_cared_for() -> None:
    """The clinic has no such ward, so it has none."""
    hospital = wards_of("koege")
    owners = {ward for ward, type in hospital.needs if type == "incubator"}
    assert owners == {"maternity", "postnatal", "neonatal"}
    assert not [type for _, type in wards_of("clinic_small").needs if type == "incubator"]


def test_levels_are_of_what_a_ward_has(made: Stock) -> None:
    """A ward shall have some of its own ready, and no reserve is more than half of what there is."""
    owned = Counter((asset.ward, asset.type) for asset in made.assets)
    assert made.pars
    assert made.reserves
    assert all(0 < level.count <= owned[level.ward, level.asset_type] for level in made.pars)
    homes = Counter((asset.home, asset.type) for asset in made.assets)
    assert all(0 < 2 * level.count <= homes[level.place, level.asset_type] for level in made.reserves)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), st.floats(0.01, 500.0), min_size=1, max_size=9
    ),
    st.integers(0, 5_000),
)
def test_shares_add_up(needs: dict[tuple[str, str], float], count: int) -> None:
    """Whole numbers that add up, none further than one from its exact share."""
    given_out = _shared_out(needs, count)
    total = sum(needs.values())
    assert sum(given_out.values()) == count
    assert all(abs(given_out[need] - count * much / total) < 1.0 + 1e-9 for need, much in needs.items())


def test_the_figures_are_of_types_that_exist_and_their_models_make_a_whole() -> None:
    catalogue = standard_catalogue()
    types = {type for care in PER_ROOM.values() for type in care} | set(PRODUCTS)
    assert [type for type in types if catalogue.get(type) is None] == []
    assert [type for type in types if abs(sum(model.share for model in products(type)) - 1.0) > 1e-9] == []


def test_a_house_without_patients_has_no_stock() -> None:
    """Nothing is made up where nobody is cared for: here only the central store is left."""
    clinic = wards_of("clinic_small")
    stores = {id: room for id, room in clinic.layout.rooms.items() if room.kind == "central_store"}
    empty = Wards(clinic.site, dataclasses.replace(clinic.layout, rooms=stores))
    with pytest.raises(ValueError, match="no equipment to make up"):
        stock(empty, 1, 10, NOW_MS)
