"""How this project compiles: numba kernels with a stated signature, cached in the user's cache folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba import config as numba_config

P = ParamSpec("P")
R = TypeVar("R")
_NJIT: Any = numba.njit  # its published types know neither `_nrt` nor signatures as objects


def cache_folder() -> Path:
    """Where compiled kernels are kept: `NUMBA_CACHE_DIR` if it is set, else `portor/numba` in the user's cache."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "portor" / "numba"


def kernel(signature: Any, *, references: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for exactly this numba signature when its module is imported, or load it from the cache.

    A stated signature never compiles again at a call with other types; such a call is refused. A kernel that makes no
    array of its own is faster without counting `references`.
    """
    vars(numba_config)["CACHE_DIR"] = str(cache_folder())
    return cast(Callable[[Callable[P, R]], Callable[P, R]], _NJIT(signature, cache=True, nogil=True, _nrt=references))


def helper(signature: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a small function whose code is put into the kernels that call it: no call is left at run time.

    It may make no array of its own: without numba's reference counts (`_nrt`) a search is five times as fast.
    """
    vars(numba_config)["CACHE_DIR"] = str(cache_folder())
    made = _NJIT(signature, cache=True, nogil=True, forceinline=True, _nrt=False)
    return cast(Callable[[Callable[P, R]], Callable[P, R]], made)


def part(signature: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """As `helper`, for what kernels alone call: without an entrance from Python, half of the time to compile it."""
    vars(numba_config)["CACHE_DIR"] = str(cache_folder())
    made = _NJIT(
        signature,
        cache=True,
        nogil=True,
        forceinline=True,
        _nrt=False,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )
    return cast(Callable[[Callable[P, R]], Callable[P, R]], made)
