"""Asking for what will be needed soon: memory is slow, and where a patient's numbers stand is known at the arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir  # type: ignore[import-untyped]  # it comes without types
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:

    def ask_for(array: Any, place: int) -> None:
        """Bring the cache line with an element into the cache; changes nothing else."""

else:

    @intrinsic
    def ask_for(_, array, place):
        """Bring the cache line with an element, counted through all dimensions, into the cache."""

        def lines(context, builder, signature, arguments):
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
            address = builder.bitcast(builder.gep(made.data, [arguments[1]]), byte)
            signature_ = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", (byte,), signature_)
            read, keep, data = (ir.Constant(flag, number) for number in (0, 3, 1))
            builder.call(prefetch, [address, read, keep, data])
            return context.get_dummy_value()

        return types.void(array, place), lines
