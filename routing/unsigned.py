"""A way of compiling in which no computed index counts from the end of an array.

Numba asks of every index with a sign whether it is negative, and then adds the length of the array: a simulated year
takes a sixth longer for it. Here all computed indices are numbers without a sign; those that are written down
(`array[-1]`) stay as they are.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import ir
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import PreLowerStripPhis

_REGISTER: Any = register_pass  # numba publishes no types of these
_TYPES: Any = types
_PASSES: Any = DefaultPassBuilder


@_REGISTER(mutates_CFG=False, analysis_only=False)
class _FromTheBeginning(FunctionPass):
    """Takes the sign from the type of each index, once all types are known."""

    _name = "indices_from_the_beginning"

    def __init__(self) -> None:  # numba's own is abstract
        FunctionPass.__init__(self)  # type: ignore[no-untyped-call]  # numba publishes no types

    def run_pass(self, state: Any) -> bool:
        """Change what is read and written; whether there was anything to change."""
        changed = {
            place: signature.replace(args=(signature.args[0], _without_sign(signature.args[1]), *signature.args[2:]))
            for place, signature in state.calltypes.items()
            if isinstance(place, ir.SetItem) or (isinstance(place, ir.Expr) and place.op == "getitem")
            if isinstance(signature.args[0], _TYPES.Array)
        }
        state.calltypes.update(changed)
        return bool(changed)


def _without_sign(index: Any) -> Any:
    if isinstance(index, _TYPES.BaseTuple):
        return _TYPES.Tuple([_without_sign(one) for one in index])
    return _TYPES.uintp if isinstance(index, _TYPES.Integer) else index


class UnsignedIndices(CompilerBase):
    """Numba's own way of compiling, with computed indices that have no sign; it is a `pipeline_class`."""

    def define_pipelines(self) -> list[Any]:
        """All passes in their order."""
        passes = _PASSES.define_nopython_pipeline(self.state)
        passes.add_pass_after(_FromTheBeginning, PreLowerStripPhis)
        passes.finalize()
        return [passes]
