"""Types for numba without reference counts. Imports numba, so import it late.

A call that hands on an array counts a reference, and counts it back: two atomic additions, which is felt where a kernel
calls others for every spike. ``bare(array)`` is a pointer that takes one index; ``lent(value)`` is an array or a tuple
of arrays that can be handed on for nothing, and ``taken(lent)`` that array or tuple again, for those who use it.
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model


class Bare(types.Type):
    """The data of an array and nothing else: one index, no bounds, no reference count."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(f"Bare({dtype})")


@register_model(Bare)
class _BareModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, manager.lookup(kind.dtype).get_data_type().as_pointer())


@infer_global(operator.getitem)
class _BareGet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        a, i = args
        return a.dtype(a, types.intp) if isinstance(a, Bare) and isinstance(i, types.Integer) else None


@infer_global(operator.setitem)
class _BareSet(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        a, i, _ = args
        return types.none(a, types.intp, a.dtype) if isinstance(a, Bare) and isinstance(i, types.Integer) else None


@lower_builtin(operator.getitem, Bare, types.Integer)
def _bare_get(context: Any, b: Any, sig: Any, args: Any) -> Any:
    pointer, index = args
    return context.data_model_manager[sig.return_type].from_data(b, b.load(b.gep(pointer, [index])))


@lower_builtin(operator.setitem, Bare, types.Integer, types.Any)
def _bare_set(context: Any, b: Any, sig: Any, args: Any) -> Any:
    pointer, index, value = args
    b.store(context.data_model_manager[sig.args[0].dtype].as_data(b, value), b.gep(pointer, [index]))
    return context.get_dummy_value()


@intrinsic
def bare(typing: Any, a: Any) -> Any:
    """See jit_lanes.py."""
    if not (isinstance(a, types.Array) and a.layout == "C"):
        return None

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        return context.make_array(sig.args[0])(context, b, args[0]).data

    return Bare(a.dtype)(a), codegen


class Lent(types.Type):
    """A value that somebody else keeps alive."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        super().__init__(f"Lent({kind})")


@register_model(Lent)
class _LentModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, manager.lookup(kind.kind).get_value_type())


@intrinsic
def lent(typing: Any, a: Any) -> Any:
    """See jit_lanes.py."""
    return Lent(a)(a), lambda context, b, sig, args: args[0]


@intrinsic
def taken(typing: Any, a: Any) -> Any:
    """See jit_lanes.py."""
    if not isinstance(a, Lent):
        return None

    def codegen(context: Any, b: Any, sig: Any, args: Any) -> Any:
        context.nrt.incref(b, sig.return_type, args[0])
        return args[0]

    return a.kind(a), codegen
