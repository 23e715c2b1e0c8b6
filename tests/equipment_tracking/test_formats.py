"""What gateways of every make say becomes the same columns, and what cannot be read costs itself alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipment_tracking.formats import FORMATS
from equipment_tracking.formats.decode import MOST_BYTES, MOST_ROWS
from equipment_tracking.readings import MOST_ID, REASONS, Batch, Fix, Reject, instant_ms, plain_id

EXAMPLES = Path(__file__).parent / "examples"
SEVEN_MS = 1_773_644_400_000
"""2026-03-16 07:00:00 UTC."""
ARRIVED_MS = SEVEN_MS + 2_500
TOPICS = {
    "espresense": "espresense/devices/c3000025ef6a/4E-corridor",
    "openmqttgateway": "home/home_presence/4E-corridor",
    "ruuvi": "ruuvi/C8:25:2D:8E:9C:2C/C1:11:CA:E9:34:01",
}


def parsed(kind: str, name: str, topic: str = "") -> Batch:
    """An example, as it would arrive."""
    return FORMATS[kind]((EXAMPLES / kind / f"{name}.json").read_bytes(), ARRIVED_MS, topic)


def heard(batch: Batch) -> list[tuple[str, str, float, int]]:
    """The readings as rows: gateway, tag, dBm, milliseconds after seven."""
    after_ms = [at_ms - SEVEN_MS for at_ms in batch.at_ms]
    return list(zip(batch.gateways, batch.tags, batch.rssi_dbm, after_ms, strict=True))


def rows_of(batch: Batch) -> int:
    """Everything a batch accounts for."""
    return len(batch.at_ms) + len(batch.heard) + len(batch.fixes) + sum(reject.count for reject in batch.rejects)


# --- the makes -------------------------------------------------------------------------------------------------------


def test_every_format_has_examples() -> None:
    """A format stands in the registry with recorded examples, and no examples are without a format."""
    assert sorted(FORMATS) == sorted(folder.name for folder in EXAMPLES.iterdir())


def test_minew_rows_belong_to_the_gateway_whose_row_stands_before_them() -> None:
    """The first row names the gateway; times are ISO 8601; a battery is told by some tags."""
    batch = parsed("minew", "two_tags")
    assert heard(batch) == [("ac233fc07da5", "c3000025ef6a", -65, 1_365), ("ac233fc07da5", "c3000025ef6b", -81, 1_902)]
    assert batch.heard == ["ac233fc07da5"]
    assert batch.batteries == {"c3000025ef6a": 87}
    assert batch.rejects == []


def test_a_bad_minew_row_does_not_lose_its_neighbours() -> None:
    """A level that is a word and a time that is none are counted for their gateway; a battery of 0 says nothing."""
    batch = parsed("minew", "epoch_and_a_bad_row")
    assert heard(batch) == [("ac233fc07da5", "c3000025ef6a", -65, 1_365), ("ac233fc07da5", "c3000025ef6d", -58, 1_902)]
    assert batch.batteries == {"c3000025ef6d": 100}
    assert batch.rejects == [Reject("ac233fc07da5", "malformed", 2)]


def test_a_minew_body_without_a_gateway_row_is_of_the_gateway_in_the_topic() -> None:
    """Without either nobody knows who heard the tag."""
    body = b'[{"timestamp": "2026-03-16T07:00:01Z", "type": "Unknown", "mac": "C3000025EF6A", "rssi": -60}]'
    assert heard(FORMATS["minew"](body, ARRIVED_MS, "/gw/ac233fc07da5/status")) == [
        ("ac233fc07da5", "c3000025ef6a", -60, 1_000)
    ]
    assert FORMATS["minew"](body, ARRIVED_MS).rejects == [Reject("", "malformed")]


def test_espresense_is_stamped_on_arrival() -> None:
    """The node is the last level of the topic, the tag its address, the time that of arrival."""
    batch = parsed("espresense", "pump", TOPICS["espresense"])
    assert heard(batch) == [("4e-corridor", "c3000025ef6a", -71.4, 2_500)]
    assert batch.batteries == {"c3000025ef6a": 91}


def test_espresense_without_an_address_is_known_by_the_id_of_the_node() -> None:
    """Phones and trackers that change their address have an id only."""
    batch = parsed("espresense", "without_address", "espresense/devices/tile:e1d3ab027700/4E-corridor")
    assert heard(batch) == [("4e-corridor", "tile:e1d3ab027700", -84, 2_500)]


@pytest.mark.parametrize("topic", ["", "espresense/rooms/4E-corridor", "espresense/devices/c3000025ef6a"])
def test_espresense_on_another_topic_is_malformed(topic: str) -> None:
    """Who heard the tag stands in the topic alone."""
    assert parsed("espresense", "pump", topic).rejects == [Reject("", "malformed")]


def test_a_ruuvi_gateway_sends_all_tags_of_the_interval_at_once() -> None:
    """Times are seconds in quotes; a tag without a level is counted."""
    batch = parsed("ruuvi", "history")
    assert heard(batch) == [("c8252d8e9c2c", "c111cae93401", -68, 1_000), ("c8252d8e9c2c", "c111cae93402", -77, -2_000)]
    assert batch.heard == ["c8252d8e9c2c"]
    assert batch.rejects == [Reject("c8252d8e9c2c", "malformed")]


def test_a_ruuvi_gateway_without_times_is_stamped_on_arrival() -> None:
    """The gateway may be set so when it has no time server."""
    assert heard(parsed("ruuvi", "without_times")) == [("c8252d8e9c2c", "c111cae93401", -68, 2_500)]


def test_a_ruuvi_gateway_over_mqtt_names_the_tag_in_the_topic() -> None:
    """One message a tag."""
    assert heard(parsed("ruuvi", "mqtt", TOPICS["ruuvi"])) == [("c8252d8e9c2c", "c111cae93401", -60, 1_000)]


def test_kontakt_rows_each_name_their_gateway() -> None:
    """Seconds or ISO; a level of 255 is no battery; bad rows count for their gateway as far as it can be read."""
    batch = parsed("kontakt", "stream")
    assert heard(batch) == [("gwa7c2", "00fed10a4b11", -62, 1_000), ("gwa7c2", "00fed10a4b12", -88, 1_250)]
    assert batch.batteries == {"00fed10a4b11": 74}
    assert batch.rejects == [Reject("", "malformed"), Reject("gwb001", "malformed", 2)]


@pytest.mark.parametrize("topic", [TOPICS["openmqttgateway"], "home/4E-corridor/BTtoMQTT/C3000025EF6A"])
def test_openmqttgateway_speaks_on_either_topic(topic: str) -> None:
    """The presence topic ends in the gateway; the other one ends in the tag."""
    assert heard(parsed("openmqttgateway", "presence", topic)) == [("4e-corridor", "c3000025ef6a", -73, 2_500)]


def test_openmqttgateway_tells_batteries_of_tags_it_can_decode() -> None:
    """In per cent."""
    batch = parsed("openmqttgateway", "decoded", TOPICS["openmqttgateway"])
    assert batch.batteries == {"a4c138525e9b": 64}


def test_omlox_locations_are_fixes() -> None:
    """Metres of the site unless the location says otherwise; without trackables the provider is the thing itself."""
    batch = parsed("omlox", "locations")
    assert batch.fixes == [
        Fix("uwb-theatre-1", "7b5a1c1e6a0f4d5b9c4e2f1b3d5a7c90", 41.25, 17.8, 2, "local", 0.35, SEVEN_MS + 1_700),
        Fix("gps-yard", "e59a01000020", 12.1917, 55.4581, 0, "EPSG:4326", None, ARRIVED_MS),
    ]
    assert batch.rejects == [Reject("uwb-theatre-1", "malformed", 2)]
    assert batch.at_ms == []


# --- ids and instants ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["AC:23:3F:C0:7D:A5", "ac-23-3f-c0-7d-a5", "AC233FC07DA5", "ac23.3fc0.7da5 "])
def test_an_address_is_one_however_it_is_written(text: str) -> None:
    """Separators and case are taste."""
    assert plain_id(text) == "ac233fc07da5"


@pytest.mark.parametrize("name", ["4e-corridor", "face-bed", "gwa7c2", "dead-beef"])
def test_a_name_keeps_its_separators(name: str) -> None:
    """An address has six bytes at least; what is shorter or no hex is a name."""
    assert plain_id(name.upper()) == name


@pytest.mark.parametrize("text", ["", "   ", "x" * (MOST_ID + 1), "ab" * MOST_ID])
def test_what_is_empty_or_endless_is_no_id(text: str) -> None:
    """Ids are kept, so they have a length."""
    with pytest.raises(ValueError, match="characters"):
        plain_id(text)


@given(st.text(max_size=MOST_ID))
def test_a_plain_id_stays_as_it_is(text: str) -> None:
    """Making an id plain twice changes nothing more."""
    try:
        plain = plain_id(text)
        again = plain_id(plain)
    except ValueError:
        return
    assert again == plain


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-16T07:00:00Z",
        "2026-03-16T07:00:00.000Z",
        "2026-03-16T07:00:00.0009Z",
        "2026-03-16T07:00:00.000",
        "2026-03-16T08:00:00+01:00",
        "1773644400",
        "1773644400000",
        1_773_644_400,
        1_773_644_400_000,
        1_773_644_400.0,
    ],
)
def test_an_instant_is_one_however_it_is_written(value: str | float) -> None:
    """Seconds below 10¹¹, milliseconds from there on; no zone is UTC."""
    assert instant_ms(value) == SEVEN_MS


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "now",
            "nan",
            "inf",
            "1e400",
            "2026-13-01",
            "1969-12-31T23:59:59Z",
            "1969-12-31T23:59:59.000Z",
            -1,
            10**30,
        ),
        *("2026-03-16T07:00:01.-12Z", "2026-03-16T07+01:00.365Z", "2026-03-16T07:00:60.000Z"),
    ],
)
def test_what_is_no_instant_is_refused(value: str | float) -> None:
    """Rather than taken for another one."""
    with pytest.raises(ValueError, match=r".+"):
        instant_ms(value)


# --- nothing raises --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1, 2]",
        b"\xef\xbb\xbf[]",
        b'{"data": 7}',
        b'[{"mac": "\xff"}]',
        b'{"id": "\\ud800", "rssi": -60}',
        b'{"rssi": 1e999}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(kind: str, body: bytes) -> None:
    """Whatever is wrong with it, it is counted."""
    batch = FORMATS[kind](body, ARRIVED_MS, TOPICS.get(kind, ""))
    assert {reject.reason for reject in batch.rejects} == {"malformed"}
    assert batch.at_ms == []
    assert batch.fixes == []


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_a_body_over_four_mebibytes_is_oversized(kind: str) -> None:
    """It is not even looked into."""
    batch = FORMATS[kind](b" " * (MOST_BYTES + 1), ARRIVED_MS, TOPICS.get(kind, ""))
    assert [reject.reason for reject in batch.rejects] == ["oversized"]


@pytest.mark.parametrize("kind", ["minew", "kontakt", "omlox"])
@pytest.mark.parametrize("row", [b"{}", b"1"])
def test_more_rows_than_a_body_can_honestly_have_are_oversized(kind: str, row: bytes) -> None:
    """A list of nothing, two bytes a row, would cost seconds."""
    body = b"[" + b",".join([row] * (MOST_ROWS + 1)) + b"]"
    assert [reject.reason for reject in FORMATS[kind](body, ARRIVED_MS).rejects] == ["oversized"]


@given(kind=st.sampled_from(sorted(FORMATS)), body=st.binary(max_size=200), topic=st.text(max_size=40))
def test_no_bytes_raise(kind: str, body: bytes, topic: str) -> None:
    """Any bytes on any topic come back as a batch with columns of one length."""
    batch = FORMATS[kind](body, ARRIVED_MS, topic)
    lengths = {len(batch.gateways), len(batch.tags), len(batch.rssi_dbm), len(batch.at_ms)}
    assert len(lengths) == 1
    assert all(reject.reason in REASONS for reject in batch.rejects)


FIELDS = sorted(
    {
        *("timestamp", "mac", "type", "rssi", "battery", "id", "batt", "ts", "gw_mac", "tags", "data"),
        *("trackingId", "sourceId", "batteryLevel", "position", "coordinates", "source", "provider_id", "trackables"),
        *("timestamp_generated", "crs", "accuracy", "floor"),
    }
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["Gateway", "Point", "AC233FC07DA5", "2026-03-16T07:00:01Z", "1773644401", "9999-12-31T23:59-14:00"]
    )
)
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8),
    max_leaves=12,
)


@given(
    kind=st.sampled_from(["minew", "kontakt", "omlox"]),
    rows=st.lists(st.dictionaries(st.sampled_from(FIELDS), NESTED, max_size=10) | NESTED, max_size=5),
)
def test_every_row_is_accounted_for(kind: str, rows: list[Any]) -> None:
    """Fields of the right name with any content: each row is a reading, a gateway, a fix or a reject, never lost."""
    batch = FORMATS[kind](json.dumps(rows).encode(), ARRIVED_MS)
    assert rows_of(batch) >= len(rows) if kind == "omlox" else rows_of(batch) == len(rows)


@given(kind=st.sampled_from(["espresense", "openmqttgateway", "ruuvi"]), message=NESTED)
def test_every_message_is_accounted_for(kind: str, message: object) -> None:
    """The same for the makes that send one object."""
    assert rows_of(FORMATS[kind](json.dumps(message).encode(), ARRIVED_MS, TOPICS[kind])) == 1
