"""How this project compiles: numba kernels with a stated signature, cached in the user's cache folder.

Numba looks only at a kernel's own file to see whether what it kept is still right, though the code of parts and the
values of constants are put in from other files. So what is kept stands in a folder named after the text of all the
project's files that a kernel imports.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba import config as numba_config

from routing.unsigned import UnsignedIndices

P = ParamSpec("P")
R = TypeVar("R")
_NJIT: Any = numba.njit  # its published types know neither `_nrt` nor signatures as objects
_PROJECT = str(Path(__file__).resolve().parent.parent)
_IMPORT = re.compile(rb"^(?:from|import) ([\w.]+)", re.MULTILINE)
_OURS = re.compile(r"[0-9a-f]{16}")
_used: set[str] = set()


def cache_folder() -> Path:
    """Where compiled kernels are kept: `NUMBA_CACHE_DIR` if it is set, else `portor/numba` in the user's cache."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named)
    cache_home = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache_home) if cache_home else Path.home() / ".cache") / "portor" / "numba"


def sources_of(file: str, project: str = _PROJECT) -> frozenset[str]:
    """The file and all of the project's files that it imports, directly or through others; of packages, all files."""
    found: set[str] = set()
    ahead = [file]
    while ahead:
        if (source := ahead.pop()) not in found:
            found.add(source)
            ahead += _imported(source, project)
    return frozenset(found)


@cache
def _text(file: str) -> bytes:
    return Path(file).read_bytes()


@cache
def _digest(file: str) -> bytes:
    return sha256(_text(file)).digest()


@cache
def _imported(source: str, project: str) -> tuple[str, ...]:
    """The project's files that stand behind the imports of a file."""
    return tuple(
        file for name in sorted(set(_IMPORT.findall(_text(source)))) for file in _files(name.decode(), project)
    )


@cache
def _files(module: str, project: str) -> tuple[str, ...]:
    """The files of a module or a package of the project; none for others."""
    if not Path(project, module.partition(".")[0]).is_dir():
        return ()
    place = Path(project, *module.split("."))
    file = place.with_suffix(".py")
    return tuple(map(str, [file] if file.is_file() else sorted(place.glob("*.py"))))


@cache
def version_of(file: str) -> str:
    """A name for the text of all files that the kernels of a file are made of."""
    digest = sha256()
    for source in sorted(sources_of(file)):
        digest.update(_digest(source))
    return digest.hexdigest()[:16]


def remove_old() -> int:
    """Remove from the cache what was compiled from other text than today's; call it when all kernels are imported."""
    folder = cache_folder()
    old = [entry for entry in folder.glob("*") if _OURS.fullmatch(entry.name) and entry.name not in _used]
    for entry in old:
        shutil.rmtree(entry, ignore_errors=True)
    return len(old)


def _compile(
    signature: Any, *, from_the_end: bool = True, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function now, or load it from the folder of its version."""
    if not from_the_end:
        options["pipeline_class"] = UnsignedIndices

    def made(function: Callable[P, R]) -> Callable[P, R]:
        version = version_of(str(Path(cast(FunctionType, function).__code__.co_filename).resolve()))
        _used.add(version)
        vars(numba_config)["CACHE_DIR"] = str(cache_folder() / version)
        return cast(Callable[P, R], _NJIT(signature, cache=True, nogil=True, **options)(function))

    return made


def kernel(
    signature: Any, *, references: bool = True, from_the_end: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for exactly this numba signature when its module is imported, or load it from the cache.

    A stated signature never compiles again at a call with other types; such a call is refused. A kernel that makes no
    array of its own is faster without counting `references`; one whose computed indices are never negative, without the
    question whether they count `from_the_end`.
    """
    return _compile(signature, from_the_end=from_the_end, _nrt=references)


def helper(signature: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a small function whose code is put into the kernels that call it: no call is left at run time.

    It may make no array of its own: without numba's reference counts (`_nrt`) a search is five times as fast.
    """
    return _compile(signature, forceinline=True, _nrt=False)


def part(signature: Any, *, from_the_end: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """As `helper`, for what kernels alone call: without an entrance from Python, half of the time to compile it.

    One whose computed indices are never negative is faster without the question whether they count `from_the_end`.
    """
    return _compile(
        signature,
        from_the_end=from_the_end,
        forceinline=True,
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )
