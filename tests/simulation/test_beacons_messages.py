"""What gateways send is what they heard: read back, it is the same, in one message a gateway or in few."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from equipment_tracking.formats import minew
from equipment_tracking.readings import Batch
from simulation.beacons.addresses import gateway_address, tag_address
from simulation.beacons.generate import Scene, SceneSettings, Second, generate, prepare
from simulation.beacons.messages import MOST_ROWS, QUIET_S, bundles, messages
from site_models.expand import expand
from site_models.load import load_site

BEGAN_MS = 1_800_000_000_000
GATEWAYS = 30


@pytest.fixture(scope="module")
def scene() -> Scene:
    site = load_site("clinic_small")
    settings = SceneSettings(parked_every_s=4)
    return prepare(site, expand(site), seed=5, assets=80, gateways=GATEWAYS, settings=settings)


@pytest.fixture(scope="module")
def seconds(scene: Scene) -> list[Second]:
    return list(generate(scene, QUIET_S))


def heard(second: Second) -> Counter[tuple[str, str, int, float]]:
    """The readings of a second: who heard whom, when (ms) and how strongly."""
    rows = zip(
        second.gateway.tolist(), second.tag.tolist(), second.time_s.tolist(), second.rssi_dbm.tolist(), strict=True
    )
    return Counter(
        (gateway_address(gateway), tag_address(tag), BEGAN_MS + round(at_s * 1000), rssi)
        for gateway, tag, at_s, rssi in rows
    )


def read(bodies: list[bytes]) -> tuple[Counter[tuple[str, str, int, float]], list[Batch]]:
    """The same from the messages, as the format's own module reads them."""
    batches = [minew.parse(body, 0) for body in bodies]
    assert [batch.rejects for batch in batches if batch.rejects] == []
    found: Counter[tuple[str, str, int, float]] = Counter()
    for batch in batches:
        found.update(zip(batch.gateways, batch.tags, batch.at_ms, batch.rssi_dbm, strict=True))
    return found, batches


def test_a_message_a_gateway_says_what_it_heard(seconds: list[Second]) -> None:
    found, batches = read(messages(seconds[0], GATEWAYS, BEGAN_MS))
    assert found == heard(seconds[0])
    assert all(len(set(batch.gateways)) == 1 for batch in batches)


def test_many_gateways_in_few_messages_say_the_same(seconds: list[Second]) -> None:
    """Each row belongs to the gateway whose own row stands before it."""
    for second in seconds:
        found, _ = read(bundles(second, GATEWAYS, BEGAN_MS, {}))
        assert found == heard(second)


def test_a_message_ends_with_the_gateway_that_fills_it(scene: Scene) -> None:
    """80 tags that all send are heard by many gateways: more than one message, and none much longer than the limit."""
    loud = next(generate(prepare_loud(scene), 1))
    bodies = bundles(loud, GATEWAYS, BEGAN_MS, {})
    rows = [len(msgspec.json.decode(body)) for body in bodies]
    assert len(bodies) > 1
    assert all(count >= MOST_ROWS for count in rows[:-1])
    assert max(rows) <= MOST_ROWS + 80


def test_quiet_gateways_are_heard_of_in_time(seconds: list[Second]) -> None:
    """Whether it hears a tag or not, each gateway's own row comes within ten seconds."""
    spoke = {
        gateway
        for second in seconds
        for batch in read(bundles(second, GATEWAYS, BEGAN_MS, {}))[1]
        for gateway in batch.heard
    }
    assert spoke == {gateway_address(number) for number in range(GATEWAYS)}


def test_a_tag_tells_its_battery_to_whoever_hears_it(seconds: list[Second]) -> None:
    tag = int(seconds[0].tag[0])
    _, batches = read(bundles(seconds[0], GATEWAYS, BEGAN_MS, {tag: 7}))
    told = {name: level for batch in batches for name, level in batch.batteries.items()}
    assert told == {tag_address(tag): 7}


def test_a_broken_gateway_says_nothing(seconds: list[Second]) -> None:
    """One of those that hear something is broken: the others say what they said before."""
    first = int(seconds[0].gateway[0])
    found, batches = read(bundles(seconds[0], GATEWAYS, BEGAN_MS, {}, {first}))
    mute = gateway_address(first)
    assert found == Counter({row: count for row, count in heard(seconds[0]).items() if row[0] != mute})
    assert mute not in {gateway for batch in batches for gateway in batch.heard}


def prepare_loud(scene: Scene) -> Scene:
    """The same house with tags that send every second."""
    site = load_site("clinic_small")
    return prepare(site, expand(site), seed=scene.seed, assets=200, gateways=GATEWAYS)
