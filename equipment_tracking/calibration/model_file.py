"""The model file: everything that the locator needs of a site, in one file that is replaced as a whole.

Tables are kept as half floats: levels to 1/16 dB, which is far below the scatter of a reading. The model that a file
held before is kept beside it, with `.before` after its name.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from equipment_tracking.confidence import Confidence
from equipment_tracking.emission import Emission
from equipment_tracking.fingerprints import Fingerprints
from equipment_tracking.model import Model, Settings
from equipment_tracking.places import Places
from equipment_tracking.radio_map import RadioMap

FORMAT = 1
"""Raised when a file of before can no longer be read."""
USUAL, AT, OTHERS = "-usual", "-at", "-others"
"""Ends of the names under which a table stands of which most is one number: silence, mostly."""


class ModelFileError(ValueError):
    """A file holds no model that can be used here; the sentence says why and what to do."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """When a model was made (ms UTC) and of how many readings: by source, and by gateway in the radio map's order."""

    at_ms: int
    by_source: dict[str, int]
    by_gateway: tuple[int, ...]


class _About(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside the tables."""

    format: int
    places: str
    made: Made
    gateways: tuple[str, ...]
    settings: Settings
    confidence: Confidence


class _Format(msgspec.Struct, frozen=True, kw_only=True):
    format: int


def digest(places: Places) -> str:
    """Name of the places of a site: the same for the same points (to the centimetre) in the same order."""
    text = hashlib.sha256("\n".join((*places.ids, *places.floors)).encode())
    for column in (places.x_m, places.y_m):
        text.update(np.round(column * 100.0).astype("<i8").tobytes())
    text.update(places.floor.astype("<i4").tobytes())
    return text.hexdigest()


def save(path: Path, model: Model, made: Made) -> None:
    """Replace the file as a whole; whoever reads meanwhile reads the old one. Raises OSError."""
    about = _About(
        format=FORMAT,
        places=digest(model.places),
        made=made,
        gateways=model.emission.radio.gateways,
        settings=model.settings,
        confidence=model.confidence,
    )
    tables = {**_tables("radio", model.emission.radio), **_tables("prints", model.emission.prints)}
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            np.savez(file, about=np.frombuffer(msgspec.json.encode(about), dtype=np.uint8), **tables)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            old = path.with_name(f"{path.name}.before")
            kept = path.with_name(f"{path.name}.kept")
            shutil.copyfile(path, kept)
            kept.replace(old)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def load(path: Path, places: Places) -> tuple[Model, Made]:
    """The model that a file holds for these places.

    Raises
    ------
    ModelFileError
        The file cannot be read, is of another version or site, or is broken.
    """
    try:
        about, radio, prints = _read(path)
    except FileNotFoundError:
        raise ModelFileError(f"there is no {path}: make one with `portor locate retrain`") from None
    except ModelFileError:
        raise
    except (
        OSError,
        EOFError,
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
        msgspec.MsgspecError,
    ) as error:
        raise ModelFileError(
            f"{path} is no model or is broken ({type(error).__name__}: {error}): take the one of before, or make it "
            "anew with `portor locate retrain`"
        ) from None
    if about.places != digest(places):
        raise ModelFileError(
            f"{path} was made for another site or another version of its floors: retrain with the floors of now"
        )
    shape = len(about.gateways), len(places)
    wrong = [name for name in ("mean_dbm", "spread_db", "heard") if getattr(radio, name).shape != shape]
    if wrong:
        raise ModelFileError(f"{path} is broken: {', '.join(wrong)} has another shape than {shape}; make it anew")
    emission = Emission(radio=radio, prints=prints, settings=about.settings.emission)
    return Model(places=places, emission=emission, settings=about.settings, confidence=about.confidence), about.made


def _read(path: Path) -> tuple[_About, RadioMap, Fingerprints]:
    """The parts of a file of this version."""
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        tables = {name: np.asarray(file[name]) for name in file.files}
    body = tables.pop("about").tobytes()
    found = msgspec.json.decode(body, type=_Format).format
    if found != FORMAT:
        raise ModelFileError(
            f"{path} is of version {found}, this program reads version {FORMAT}: "
            "make it anew with `portor locate retrain`"
        )
    about = msgspec.json.decode(body, type=_About)
    radio = RadioMap(gateways=about.gateways, **_of("radio", tables))
    return about, radio, Fingerprints(settings=about.settings.prints, **_of("prints", tables))


def _tables(name: str, part: RadioMap | Fingerprints) -> dict[str, Any]:
    """The arrays of a part by name; tables of floats as half floats, and where mostly one number, only the others."""
    found: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            is_table = value.ndim > 1 and value.dtype.kind == "f"
            found |= _packed(f"{name}.{field.name}", value) if is_table else {f"{name}.{field.name}": value}
    return found


def _packed(name: str, table: Any) -> dict[str, Any]:
    """A table, or its most frequent number with its shape, and where others stand (counted by row) and which."""
    halves = table.astype(np.float16)
    bits = halves.ravel().view(np.uint16)
    usual = int(np.bincount(bits, minlength=1).argmax())
    others = np.flatnonzero(bits != usual)
    if len(others) * 3 > len(bits):
        return {name: halves}
    at = others.astype(np.uint32 if len(bits) < 2**32 else np.uint64)
    return {
        f"{name}{USUAL}": np.array([*halves.shape, usual]),
        f"{name}{AT}": at,
        f"{name}{OTHERS}": halves.ravel()[others],
    }


def _of(name: str, tables: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a part, tables as the locator calculates."""
    found: dict[str, Any] = {}
    for stored, table in tables.items():
        field = stored.removeprefix(f"{name}.")
        if field == stored or field.endswith((AT, OTHERS)):
            continue
        if field.endswith(USUAL):
            *shape, usual = table.tolist()
            whole = np.full(shape, np.array([usual], dtype=np.uint16).view(np.float16)[0], dtype=np.float64)
            bare = stored.removesuffix(USUAL)
            whole.ravel()[tables[f"{bare}{AT}"]] = tables[f"{bare}{OTHERS}"]
            found[field.removesuffix(USUAL)] = whole
        else:
            found[field] = table.astype(np.float64) if table.dtype == np.float16 else table
    return found
