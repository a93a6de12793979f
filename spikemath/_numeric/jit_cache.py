"""Disk cache for compiled kernels: at worst slow, never wrong. Imports numba, so import it late.

numba's own cache looks only at the file that defines a function, so it keeps a caller that has an old callee
compiled into it; its index and data files may stem from different writers; and it trusts every byte it reads.
Here each compiled signature is one file, named by everything the machine code depends on:

* the folder: every source file of the package, and the versions of numba, llvmlite, NumPy and Python;
* the file: the bytecode, defaults and constants, as they are in memory, of the kernel and of all it can reach
  (source may have been edited since it was imported, and kernels may come from outside the package), the
  argument types, the CPU with its features, and numba's settings.

A file starts with the SHA-256 of what it is named by and of its content. It is written under another name and
moved into place, so that processes may race: the last one wins, and all wrote the same. Anything that fails,
on reading or writing, costs a compilation in memory and one warning per process.

Traps
-----
* Files are unpickled: whoever can write to the cache folder can run code as you. That is why there is no
  fallback to a shared folder such as /tmp.
* A global that cannot be described exactly (see `_describe`) means no caching for that kernel, and a warning.
* Two kernels that call each other are not cached, nor are large global arrays (numba cannot do either).
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import sys
import tempfile
import warnings
from pathlib import Path
from types import CodeType, EllipsisType, FunctionType, ModuleType, NoneType
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core import config, sigutils
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from .jit import Intrinsic, Kernel, names_used

_PACKAGE = __name__.partition(".")[0]
_PLAIN = (NoneType, bool, int, float, complex, str, bytes, EllipsisType)
# Objects of these are known by their name: the folder's name covers the versions.
_KNOWN_BY_NAME = {"builtins", "math", "cmath", "operator", "numpy", "numba", _PACKAGE}
# numba settings, from its environment variables, that change the code it makes.
_SETTINGS = (
    "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "USING_SVML", "DISABLE_INTEL_SVML", "DEBUG_NRT",
    "DEBUGINFO_DEFAULT", "ENABLE_PROFILING", "EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS",
    "LLVM_REFPRUNE_FLAGS",
)  # fmt: skip
_warned = False


def make_dispatcher(function: FunctionType, source: FunctionType, inline: bool = False) -> Any:
    """Return numba's dispatcher for `function`: `source` rebuilt, its names perhaps not yet filled in."""
    cache = None
    try:
        identity = _digest(source)
        cache = DiskCache(cache_root() / package_digest(), source.__name__, identity)
        # numba finds code and what it refers to by name. Functions that share a module and a name (made in a
        # closure, say) must not be taken for one another when one of them comes from disk.
        function.__qualname__ += f"_{identity[:16]}"
    except Exception as error:
        _warn_once(f"cannot cache {source.__module__}.{source.__qualname__}", error)
    dispatcher = numba.njit(nogil=True, error_model="numpy", forceinline=inline)(function)
    # Where the user has set numba's own DISABLE_JIT by now, it is the plain function.
    if cache is not None and hasattr(dispatcher, "_cache"):
        dispatcher._cache = cache
    return dispatcher


class DiskCache(NullCache):
    """What a dispatcher asks for compiled code before compiling, and hands it to afterwards."""

    def __init__(self, folder: Path, name: str, identity: str) -> None:
        self._folder, self._name, self._identity = folder, name.strip("<>"), identity

    @property
    def cache_path(self) -> str:
        return str(self._folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled code for the argument types `sig`, or None to have it compiled."""
        try:
            path, key = self._place(sig, target_context.codegen())
            try:
                content = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
            payload = content[32:]
            if content[:32] != hashlib.sha256(key + payload).digest():
                raise ValueError(f"{path} is damaged")
            symbols, reduced = pickle.loads(payload)
            # numba would refresh the context here, and so import all that it needs to compile: 0.2 s. To run,
            # code needs only the symbols it is linked to (LLVM ends the process if one is missing).
            rtsys.initialize(target_context)
            if not all(map(llvm.address_of_symbol, symbols)):
                target_context.refresh()
            result = CompileResult._rebuild(target_context, *reduced)
            if tuple(result.signature.args) != tuple(sigutils.normalize_signature(sig)[0]):
                raise ValueError(f"{path} holds another signature")
            return result
        except Exception as error:
            _warn_once("cannot read the cache of compiled code", error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the compiled code `data` for the argument types `sig`."""
        try:
            if data.lifted or data.library.has_dynamic_globals:
                return  # machine code that holds addresses of this process
            path, key = self._place(sig, data.codegen)
            module = data.library._final_module
            used = (item for item in (*module.functions, *module.global_variables) if item.is_declaration)
            symbols = [item.name for item in used if not item.name.startswith("llvm.")]
            if any(name.startswith((".numba.", "_ZN")) for name in symbols):
                return  # calls code outside the file (two kernels that call each other): crashes if read back
            payload = dumps((symbols, data._reduce()))
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix="writing-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(hashlib.sha256(key + payload).digest() + payload)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
        except Exception as error:
            _warn_once("cannot write the cache of compiled code", error)

    def _place(self, sig: Any, codegen: Any) -> tuple[Path, bytes]:
        settings = [(name, repr(getattr(config, name, None))) for name in _SETTINGS]
        key = repr((self._identity, repr(sig), codegen.magic_tuple(), settings)).encode()
        return self._folder / f"{self._name}-{hashlib.sha256(key).hexdigest()[:32]}.bin", key


def cache_root() -> Path:
    """Return the folder for all caches of this package; it need not exist."""
    get = os.environ.get
    if path := get("SPIKEMATH_CACHE_DIR"):
        return Path(path).absolute()
    if path := get("NUMBA_CACHE_DIR") or get("XDG_CACHE_HOME"):
        return Path(path).absolute() / _PACKAGE
    if sys.platform == "win32" and (path := get("LOCALAPPDATA")):
        return Path(path) / _PACKAGE / "cache"
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / _PACKAGE


@functools.cache
def package_digest() -> str:
    """Return a digest of the package's source and of all that compiles it."""
    versions = numba.__version__, llvmlite.__version__, np.__version__, sys.version, sys.implementation.name
    digest = hashlib.sha256(repr(versions).encode())
    root = Path(__file__).resolve().parents[1]
    files = sorted(root.rglob("*.py"))
    if not files:
        raise FileNotFoundError(f"no source files in {root}")
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:32]


def _digest(function: FunctionType) -> str:
    """Return a digest of `function` and of everything it can reach, as they are in memory."""
    reached = [function]
    # The list grows while it is walked; a function met again is known by its position, so cycles end.
    described = [_describe_function(item, reached) for item in reached]
    return hashlib.sha256(repr(described).encode("utf-8", "backslashreplace")).hexdigest()


def _describe_function(function: FunctionType, reached: list[FunctionType]) -> tuple[Any, ...]:
    code, known = function.__code__, function.__globals__
    names = [(name, _describe(known[name], reached)) for name in names_used(code) if name in known]
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    bound = (code, cells, function.__defaults__, tuple(sorted((function.__kwdefaults__ or {}).items())))
    return function.__module__, function.__qualname__, names, _describe(bound, reached)


def _describe(value: Any, reached: list[FunctionType]) -> object:
    """Return something whose repr tells all that code compiled with the constant `value` depends on."""
    kind = type(value)
    if kind in _PLAIN:
        return kind.__name__, value
    if kind in (Kernel, Intrinsic):
        value = value.python
    elif hasattr(value, "py_func"):  # a dispatcher of numba's
        return "dispatcher", repr(value.targetoptions), _describe(value.py_func, reached)
    if isinstance(value, tuple):
        return kind.__qualname__, getattr(kind, "_fields", ()), [_describe(item, reached) for item in value]
    if kind is frozenset:
        return "frozenset", sorted(repr(_describe(item, reached)) for item in value)
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        return "array", repr(value.dtype), value.shape, hashlib.sha256(value.tobytes()).hexdigest()
    if isinstance(value, CodeType):
        flags = value.co_flags, value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount
        names = value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars
        consts = _describe(value.co_consts, reached)
        return "code", value.co_code, value.co_exceptiontable, flags, names, consts
    home = value.__name__ if kind is ModuleType else getattr(value, "__module__", None) or kind.__module__
    top = home.partition(".")[0]
    if isinstance(value, FunctionType) and (top == _PACKAGE or top not in _KNOWN_BY_NAME):
        if value not in reached:
            reached.append(value)
        return "function", reached.index(value)
    label = getattr(value, "__qualname__", None) or repr(value)
    # Attributes of this package's modules would be read from memory, where they may differ from the files.
    if top not in _KNOWN_BY_NAME or (top == _PACKAGE and kind is ModuleType) or " at 0x" in label:
        raise TypeError(f"{label} of {home} is not a constant that can be cached")
    return "name", home, kind.__qualname__, label


def _warn_once(what: str, error: Exception) -> None:
    global _warned
    if not _warned:
        _warned = True
        text = f"{_PACKAGE}: {what}; compiling in memory instead ({type(error).__name__}: {error})"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
