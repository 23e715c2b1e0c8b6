"""Damaged sites: whatever is wrong with the YAML, the check answers with errors and never falls over."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from site_models.check import check_report
from tests.site_models.edited_clinic import CLINIC

VALUES = ("0", "-1", "1e9", "''", "null", "[]", "{}", "x", "'1'", "0-main", "S0", "cart")


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_clinic_is_refused_or_checked_but_never_breaks_the_check(tmp_path: Path, seed: int) -> None:
    """Lines are lost and values exchanged at random; what comes back is a list of errors with places."""
    chance = random.Random(seed)  # noqa: S311 - a seeded source for a test, not a secret
    site = tmp_path / "clinic"
    shutil.copytree(CLINIC, site)
    for file in sorted(site.glob("*.yaml")):
        lines = file.read_text(encoding="utf-8").splitlines()
        k = chance.randrange(len(lines))
        if chance.random() < 0.3:
            del lines[k]
        elif ": " in lines[k]:
            parts = lines[k].split(": ")
            n = chance.randrange(1, len(parts))
            value, comma, rest = parts[n].partition(",")
            closing = value[len(value.rstrip("]}")) :]
            parts[n] = chance.choice(VALUES) + closing + comma + rest
            lines[k] = ": ".join(parts)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for error in check_report(site):
        assert error.message
        assert error.rule
        assert Path(error.file).parent.name == "clinic" or Path(error.file).name == "clinic"
