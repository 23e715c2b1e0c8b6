"""What is compiled is kept by the text that it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing import compiled

FILES = {
    "tool/__init__.py": "",
    "tool/parts.py": "from tool.deep.sizes import LENGTH\n",
    "tool/deep/__init__.py": "",
    "tool/deep/sizes.py": "LENGTH = 3\n",
    "tool/kernel.py": "import math\n\nfrom tool.parts import LENGTH\n",
    "tool/package.py": "from tool.deep import sizes\n",
    "tool/besides.py": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(project: Path, file: str) -> set[str]:
    """The files that one of the project is made of."""
    found = compiled.sources_of(str(project / file), str(project))
    return {str(Path(source).relative_to(project)) for source in found}


def test_all_that_a_file_imports_belongs_to_it(project: Path) -> None:
    """Imports are followed through the project's files, and not into others' packages."""
    assert names(project, "tool/kernel.py") == {"tool/kernel.py", "tool/parts.py", "tool/deep/sizes.py"}


def test_of_a_package_all_files_belong_to_it(project: Path) -> None:
    """A name taken from a package may be any of its modules."""
    assert names(project, "tool/package.py") == {"tool/package.py", "tool/deep/__init__.py", "tool/deep/sizes.py"}


def test_a_kernels_version_holds_its_parts() -> None:
    """The version of the flows' kernel is made of the files that its parts and their constants stand in."""
    root = Path(compiled.__file__).parent.parent
    found = compiled.sources_of(str(root / "simulation/engines/compiled/kernel.py"))
    for file in ("routing/compiled.py", "simulation/engines/compiled/heap.py", "simulation/ticks.py"):
        assert str(root / file) in found


def test_old_versions_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no kernel of today uses goes; what is not named as ours stays."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled, "_used", {"0" * 16})
    for name in ("0" * 16, "1" * 16, "of_somebody_else"):
        (tmp_path / name).mkdir()
    assert compiled.remove_old() == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["0" * 16, "of_somebody_else"]
