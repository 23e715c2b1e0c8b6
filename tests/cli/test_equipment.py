"""`portor equipment` against a service on a real socket: lists go in whole or not at all, and come out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import build
from tests.api.fake_dispatcher import FakeDispatcher
from tests.api.fake_equipment import FakeEquipment
from tests.support.in_process import portor_here
from tests.support.portor import portor, refused
from tests.support.served import served

LIST = (
    "giai,name,type,ward,home,pump\n"
    "5712345P7,Pumpe 7,infusion_pump,S0,S0-utility-clean,syringe\n"
    "5712345P8,Pumpe 8,infusion_pump,S1,S1-utility-clean,syringe\n"
)


@pytest.fixture
def equipment(tmp_path: Path) -> Iterator[FakeEquipment]:
    """Equipment tracking with nothing registered."""
    opened = FakeEquipment(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def address(equipment: FakeEquipment, tmp_path: Path) -> Iterator[str]:
    """A service of the small clinic."""
    with served(build(FakeDispatcher(), tmp_path, equipment)) as url:
        yield url


def test_a_list_is_tried_imported_and_exported(address: str, equipment: FakeEquipment, tmp_path: Path) -> None:
    """A dry run changes nothing; what was imported is exported and read back as it is."""
    file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    file.write_text(LIST, encoding="utf-8")
    tried = portor("equipment", "import", str(file), "--dry-run", "--url", address)
    assert (tried.returncode, tried.stdout) == (0, "2 would be added, 0 would be changed, 0 as they were.\n")
    assert equipment.desk.state.assets.ids() == []
    done = portor_here("equipment", "import", str(file), "--url", address)
    assert (done.returncode, done.stdout) == (0, "2 added, 0 changed, 0 as they were.\n")
    # The first technician of the site's staff list acts.
    assert equipment.asked[-1][0] == "fatima"
    assert (
        portor_here("equipment", "export", "--out", str(out), "--url", address).stdout
        == f"2 assets written to {out}.\n"
    )
    shown = portor_here("equipment", "export", "--url", address).stdout
    assert shown.splitlines()[0].startswith("giai,name,type,ward,home")
    again = portor_here("equipment", "import", str(out), "--url", address)
    assert again.stdout == "0 added, 0 changed, 2 as they were.\n"


@pytest.mark.parametrize("option", [(), ("--dry-run",)])
def test_every_fault_stands_at_its_line(
    address: str, equipment: FakeEquipment, tmp_path: Path, option: tuple[str, ...]
) -> None:
    """As file:line:column, with or without a dry run; the exit code is 1 and nothing was changed."""
    file = tmp_path / "list.csv"
    file.write_text(LIST + "12,010203-1234,bed,S9,S0-01,\n", encoding="utf-8")
    run = portor_here("equipment", "import", str(file), *option, "--url", address)
    assert "Nothing was changed." in refused(run)
    assert f"{file}:4:1: Line 4: “12” is no GIAI" in run.stdout
    assert f"{file}:4:2: Line 4: Looks like a CPR number." in run.stdout
    assert f"{file}:4:4: Line 4: The site has no ward “S9”" in run.stdout
    assert equipment.desk.state.assets.ids() == []


def test_who_may_not_is_told_so(address: str, tmp_path: Path) -> None:
    """The service's own sentence."""
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    text = refused(portor_here("equipment", "import", str(file), "--actor", "carla", "--url", address))
    assert "The role clinician may not do this." in text


def test_what_cannot_be_reached_is_said(tmp_path: Path) -> None:
    """A file that is not there, a service that does not run, an address that is none."""
    assert "cannot be read" in refused(portor_here("equipment", "import", str(tmp_path / "no.csv")))
    for url in ("http://127.0.0.1:9", "nonsense"):
        assert "does not answer" in refused(portor_here("equipment", "export", "--url", url))
