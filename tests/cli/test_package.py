"""What is shipped: the wheel holds all that runs, the requirements hold no address, the house knows its kernels."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from api.cli.warm import KERNELS
from site_models.schema import Site

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "simulation", "equipment_tracking", "fleet", "routing", "site_models", "ledger", "bus")
MADE = {".pyc", ".db", ".sqlite"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_every_file_of_every_room(wheel: zipfile.ZipFile) -> None:
    """Code, sites, templates, static files, translations and migrations: nothing that runs stays behind."""
    files = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix not in MADE
    }
    assert files - set(wheel.namelist()) == set()
    kinds = {Path(name).suffix for name in files}
    assert {".py", ".yaml", ".html", ".css", ".js", ".po"} <= kinds


def test_the_wheel_holds_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    """`portor` starts api.cli, and the Apache licence travels with the code."""
    entry = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "portor = api.cli:main" in wheel.read(entry).decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
    metadata = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    assert "License-Expression: Apache-2.0" in wheel.read(metadata).decode()


def test_requirements_are_pinned_with_hashes_and_hold_no_address() -> None:
    """Every line is a pinned name, a hash or a continuation: no option, no URL, no folder."""
    shape = re.compile(r"^([A-Za-z0-9._-]+(\[[a-z]+\])?==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?)$")
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not shape.match(line)] == [], path.name


def test_every_dependency_is_pinned() -> None:
    """What pyproject.toml asks for stands in the requirements of its kind."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = set(re.findall(r'^  "([A-Za-z0-9._-]+?)(?:\[\w+\])?>=', text, re.MULTILINE))
    pinned = {
        line.partition("==")[0]
        for line in (ROOT / "requirements/dev.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert {name.lower().replace(".", "-") for name in wanted} - pinned == set()


def test_every_module_with_kernels_is_warmed() -> None:
    """Whoever compiles with `routing.compiled.kernel` is compiled by `portor warm`, not in a running process."""
    users = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"^@kernel\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert users == set(KERNELS)


def test_every_section_of_a_site_is_documented() -> None:
    """docs/site-models.md names each section that the schema knows."""
    text = (ROOT / "docs/site-models.md").read_text(encoding="utf-8")
    assert [name for name in Site.model_fields if f"`{name}`" not in text] == []


def test_every_resource_of_the_interface_is_documented() -> None:
    """docs/api.md names each address under /api/v1 that a router declares."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    routes = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api/routes").glob("*.py"))
    addresses = set(re.findall(r'prefix="(/api/v1/\w+)"', routes))
    assert addresses
    assert {address for address in addresses if address not in text} == set()
