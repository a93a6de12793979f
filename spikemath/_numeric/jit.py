"""The package's only door to numba: `kernel = compiled(_kernel)`.

A kernel is written as a plain Python function of scalars and arrays. `compiled` wraps it in a `Kernel`,
which imports numba and compiles on its first call; importing this module costs nothing. Compiled code is
kept on disk by `jit_cache`, which is imported on that first call as well.

Traps
-----
* numba cannot type a `Kernel`. A kernel calls other kernels through names (module globals or closure cells)
  bound to `Kernel` objects; before compiling, the function is rebuilt with those names bound to numba's
  dispatchers. `module.kernel(...)` inside a kernel is not seen: import the name.
* Globals are frozen at the first call: rebinding a constant later changes nothing.
* SPIKEMATH_DISABLE_JIT=1 or NUMBA_DISABLE_JIT=1 (read when this module is imported) runs the plain functions.
  There, Python floats raise on division by zero and Python integers do not wrap; compiled code (NumPy error
  model) gives inf or nan, and wraps. Kernels that lean on either have to work on NumPy scalars.
* Arguments are positional.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pickle import PicklingError
from types import CellType, CodeType, FunctionType
from typing import Any, cast

_SWITCHES = ("SPIKEMATH_DISABLE_JIT", "NUMBA_DISABLE_JIT")
DISABLED: bool = any(os.environ.get(name, "0") not in ("", "0") for name in _SWITCHES)

# Guards the building of dispatchers. Re-entrant: building one kernel builds those it calls. numba's own
# global lock guards the compilation, which happens when a dispatcher is called.
_lock = threading.RLock()


class Kernel:
    """A function that is compiled when first called; `.python` is the function as written."""

    __slots__ = ("__dict__", "__weakref__", "_dispatcher", "_run", "inline", "native", "python")

    def __init__(self, function: FunctionType, inline: bool = False, native: bool = False) -> None:
        self.python, self.inline, self.native = function, inline, native
        self._dispatcher: Any = None
        self._run: Callable[..., Any] = function if DISABLED else self._first_call
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        return self._run(*args)

    def _first_call(self, *args: Any) -> Any:
        self._run = self.dispatcher
        return self._run(*args)

    @property
    def dispatcher(self) -> Any:
        """numba's dispatcher (built if need be); the plain function where compilation is disabled."""
        if DISABLED:
            return self.python
        from . import jit_cache  # imports numba, outside our lock

        with _lock:
            return _build(self, jit_cache)

    def __reduce__(self) -> str:
        """Pickle by reference, as functions are: the name this object is bound to in its module."""
        module = sys.modules.get(self.python.__module__)
        for name, value in vars(module).items() if module else ():
            if value is self:
                return name
        raise PicklingError(f"{self!r} is not bound to a name in module {self.python.__module__!r}")

    def __repr__(self) -> str:
        return f"<Kernel {self.python.__module__}.{self.python.__qualname__}>"


class Intrinsic:
    """A function with a plain form, `.python`, and one in LLVM code that kernels call."""

    __slots__ = ("_module", "_name", "python")

    def __init__(self, function: FunctionType, name: str, module: str) -> None:
        self.python, self._name, self._module = function, name, module

    def __call__(self, *args: Any) -> Any:
        return self.python(*args)

    @property
    def compiled(self) -> Any:
        """numba's intrinsic, for kernels."""
        module = importlib.import_module(f"spikemath._numeric.{self._module}")  # imports numba
        return getattr(module, self._name)


def intrinsic(function: Callable[..., Any], module: str = "jit_llvm") -> Intrinsic:
    """Return `_name` as an intrinsic whose compiled form is `module.name`."""
    made = cast(FunctionType, function)
    return Intrinsic(made, made.__name__.lstrip("_"), module)


def compiled(function: Callable[..., Any], native: bool = False) -> Kernel:
    """Return `function` as a kernel that is compiled when first called.

    `native`: where the processor has an instruction for it, other kernels use `jit_llvm.name` with the same results.
    """
    return Kernel(cast(FunctionType, function), native=native)


def inlined(function: Callable[..., Any]) -> Kernel:
    """The same for a function whose code is copied into every kernel that calls it.

    A call counts references to all of its arrays, some 20 ns, which is felt where one is made per spike.
    """
    return Kernel(cast(FunctionType, function), inline=True)


def names_used(code: CodeType) -> Iterator[str]:
    """Names that `code` may look up in its globals, attribute names included, nested functions too."""
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from names_used(const)


def _build(kernel: Kernel, jit_cache: Any) -> Any:
    """Return the dispatcher of `kernel`, and make those of all kernels it calls. Call with the lock held."""
    if kernel._dispatcher is not None:
        return kernel._dispatcher
    source = kernel.python
    code, known = source.__code__, source.__globals__
    frozen: dict[str, Any] = {name: known[name] for name in ("__name__", "__file__", "__builtins__") if name in known}
    cells = tuple(CellType() for _ in code.co_freevars)
    function = FunctionType(code, frozen, source.__name__, source.__defaults__, cells or None)
    function.__kwdefaults__ = source.__kwdefaults__
    function.__doc__ = source.__doc__
    function.__module__ = source.__module__
    function.__qualname__ = source.__qualname__
    dispatcher = jit_cache.make_dispatcher(function, source, kernel.inline)
    # Set before the names are filled in, so that a kernel may call itself, directly or through others.
    kernel._dispatcher = dispatcher
    try:
        for name in names_used(code):
            if name in known:
                frozen[name] = _resolve(known[name], jit_cache)
        for cell, original in zip(cells, source.__closure__ or (), strict=True):
            cell.cell_contents = _resolve(original.cell_contents, jit_cache)
    except BaseException:
        kernel._dispatcher = None  # half-built
        raise
    return dispatcher


def _resolve(value: Any, jit_cache: Any) -> Any:
    if isinstance(value, Kernel):
        if value.native:
            from . import jit_llvm

            if jit_llvm.HAS_FMA:
                return getattr(jit_llvm, value.python.__name__.lstrip("_"))
        return _build(value, jit_cache)
    return value.compiled if isinstance(value, Intrinsic) else value
