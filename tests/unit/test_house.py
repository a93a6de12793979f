"""The rules of the house that a program can check: layers, imports, size, documentation, examples.

The checks read the sources. Every one of them has a small bad source beside it that it must find, so
that a check which has stopped looking fails too.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "spikemath"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 450

# A module may import lower ranks and its own folder. `__init__` and `__main__` stand above all.
ORDER = [
    ["errors", "_files"],
    ["_numeric"],
    ["signals"],
    ["_encoder"],
    ["norms", "operators", "datasets", "gallery"],
    ["certificates", "sparsity", "decoders"],
    ["strategies", "consistency"],
    ["theorems", "conformance", "campaign", "networks"],
    ["plot", "io", "convert", "recordings"],
    ["ragged"],
    ["spool"],
    ["dask", "demo", "experiments", "study"],
    ["arrays"],
    ["cli"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
FAMILIES = {
    "norms",
    "operators",
    "theorems",
    "decoders",
}  # members do not import each other; files with a leading _ are shared
SIBLINGS_ALLOWED: set[tuple[str, str]] = {
    # send-on-delta *is* integrate-and-fire of the derivative (theory D1)
    ("operators.send_on_delta", "operators.lif"),
    ("operators._base", "operators.encoding"),
    ("operators._base", "operators.stream"),
    ("operators.stream", "operators.encoding"),
}
# which files (patterns relative to the package) may import what
DOORS = {
    "numba": ("_numeric/jit*.py",),
    "llvmlite": ("_numeric/jit*.py",),
    "sympy": ("signals/expressions.py", "signals/closed_form.py"),
    "torch": ("networks/mnist/train.py", "conformance/adapters*.py"),
    "matplotlib": ("plot.py", "networks/figures.py", "networks/*/figures.py"),
    "flint": ("_numeric/*.py",),
    "finufft": ("signals/nonuniform.py",),
    "hypothesis": ("strategies.py", "strategies/*.py", "theorems/*.py", "conformance/*.py"),
}
LAZY = ("numba", "llvmlite", "sympy", "matplotlib", "hypothesis")


def dotted(path: Path) -> str:
    """`signals/signal.py` -> `signals.signal`; `norms/__init__.py` -> `norms`; `__init__.py` -> ``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(path: Path) -> list[str]:
    """The package in which a file's relative imports are resolved."""
    return ["spikemath", *path.relative_to(PACKAGE).parts[:-1]]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def walk_runtime(node: ast.AST) -> Iterator[ast.AST]:
    """Every node, functions included, but not what stands under `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            assert isinstance(child, ast.If)
            for other in child.orelse:
                yield from walk_runtime(other)
        else:
            yield from walk_runtime(child)


def imports(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of everything a source imports, at any depth."""
    for node in walk_runtime(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package_of(path)[: len(package_of(path)) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{prefix}.{alias.name}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from ((node.lineno, arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def module_named(name: str) -> str:
    """The longest leading part of `spikemath.x.y.z` that is a module, without `spikemath.`."""
    parts = name.split(".")[1:]
    while parts:
        base = PACKAGE.joinpath(*parts)
        if base.with_suffix(".py").is_file() or base.is_dir():
            break
        parts.pop()
    return ".".join(parts)


def layer_faults(source: str, path: Path) -> Iterator[str]:
    here = dotted(path)
    top = here.split(".")[0]
    if top in ("", "__main__"):
        return
    if top not in RANK:
        yield f"{path.name}: `{top}` has no rank; give it one in ORDER"
        return
    for line, name in imports(source, path):
        if name.split(".")[0] != "spikemath":
            continue
        there = module_named(name)
        if there == "":
            yield f"{here}:{line} imports from `spikemath` itself"
            continue
        other = there.split(".")[0]
        if other not in RANK:
            yield f"{here}:{line} imports `{there}`, which has no rank"
        elif other != top and RANK[other] >= RANK[top]:
            yield f"{here}:{line} imports `{there}`: {top} may only import lower layers"
        elif other == top and top in FAMILIES and here != top and there != here:
            shared = there.split(".")[-1].startswith("_")
            if not shared and (here, there) not in SIBLINGS_ALLOWED:
                yield f"{here}:{line} imports its sibling `{there}`"


def door_faults(source: str, path: Path) -> Iterator[str]:
    where = path.relative_to(PACKAGE).as_posix()
    for line, name in imports(source, path):
        doors = DOORS.get(name.split(".")[0])
        if doors is not None and not any(fnmatch(where, door) for door in doors):
            yield f"{where}:{line} imports {name}; only {', '.join(doors)} may"


def option_faults(source: str, path: Path) -> Iterator[str]:
    """Compile options that change answers: fastmath, and loops run in parallel."""

    def on(value: ast.expr | None) -> bool:
        return not (isinstance(value, ast.Constant) and value.value in (False, None))

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in ("fastmath", "parallel") and on(node.value):
            yield f"{path.name}:{node.value.lineno} {node.arg}"
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in ("fastmath", "parallel") and on(value):
                    yield f"{path.name}:{node.lineno} {key.value}"


def test_the_import_rule_is_written_down():
    text = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    assert f"`{' < '.join(', '.join(names) for names in ORDER)}`" in text


@pytest.mark.parametrize("check", [layer_faults, door_faults, option_faults])
def test_sources(check):
    assert SOURCES, f"no sources under {PACKAGE}"
    faults = [fault for path in SOURCES for fault in check(path.read_text(encoding="utf-8"), path)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("check", "where", "source"),
    [
        (layer_faults, "signals/signal.py", "from spikemath.operators import lif"),
        (layer_faults, "signals/signal.py", "def f():\n    from ..norms import alexiewicz"),
        (layer_faults, "signals/signal.py", "from .. import operators"),
        (layer_faults, "signals/signal.py", "import spikemath"),
        (layer_faults, "norms/alexiewicz.py", "import spikemath.operators"),
        (layer_faults, "plot.py", "from . import io"),
        (layer_faults, "unheard_of.py", "import numpy"),
        (door_faults, "operators/lif.py", "def f():\n    import numba"),
        (door_faults, "_numeric/dd.py", "from numba import njit"),
        (door_faults, "signals/signal.py", "from sympy.abc import t"),
        (door_faults, "signals/plot.py", "import matplotlib.pyplot as plt"),
        (door_faults, "norms/alexiewicz.py", "from flint import arb"),
        (door_faults, "cli/verify.py", "import importlib\nimportlib.import_module('hypothesis')"),
        (option_faults, "_numeric/jit.py", "njit(fastmath=True)"),
        (option_faults, "_numeric/jit.py", "njit(fastmath={'nnan'})"),
        (option_faults, "_numeric/jit.py", "njit(**{'parallel': True})"),
    ],
)
def test_a_bad_source_is_found(check, where, source):
    assert list(check(source, PACKAGE / where))


@pytest.mark.parametrize(
    ("check", "where", "source"),
    [
        (layer_faults, "operators/lif.py", "from ..signals import signal\nfrom .._numeric import jit"),
        (layer_faults, "signals/signal.py", "if TYPE_CHECKING:\n    from ..operators import lif"),
        (layer_faults, "__init__.py", "from .operators import lif"),
        (door_faults, "_numeric/jit_cache.py", "from numba import njit"),
        (door_faults, "plot.py", "def raster():\n    import matplotlib.pyplot"),
        (option_faults, "_numeric/jit.py", "njit(fastmath=False, parallel=False)"),
    ],
)
def test_a_good_source_passes(check, where, source):
    assert not list(check(source, PACKAGE / where))


def test_files_are_short():
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), ROOT / "docs" / "conf.py"]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path, n in lines.items() if n > MAX_LINES]
    assert not long, long


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_loads_nothing_heavy():
    loaded = python(f"import sys, spikemath; print([name for name in {LAZY!r} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_import_loads_little():
    """What `import spikemath` adds to NumPy, in modules: its time is measured by benchmarks/start.py (goal 0.2 s)."""
    code = "import sys, numpy; known = set(sys.modules); import spikemath; print(*set(sys.modules) - known)"
    added = python(code).split()
    assert len(added) <= 150, sorted(added)
    assert not {"concurrent.futures", "logging", "asyncio", "inspect", "dataclasses"} & set(added)


def public() -> list[str]:
    import spikemath

    return [name for name in spikemath.__all__ if not name.startswith("__")]


def has_example(thing: object) -> bool:
    return ">>>" in (inspect.getdoc(thing) or "")


def test_every_public_name_has_an_example():
    import spikemath

    bare = []
    for name in public():
        thing = getattr(spikemath, name)
        if inspect.ismodule(thing):
            members = [getattr(thing, member) for member in thing.__all__]
            bare += [f"{name}.{member.__name__}" for member in members if not has_example(member)]
        elif callable(thing) and not has_example(thing):
            bare.append(name)
    assert not bare, f"no docstring with an example: {bare}"


def test_every_public_name_is_in_the_reference():
    pages = [*(ROOT / "docs" / "reference").glob("*.rst"), *(ROOT / "docs" / "reference").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    missing = [name for name in public() if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
    assert not missing, f"not in docs/reference: {missing}"


def test_the_package_says_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_citation_gives_the_version():
    import spikemath

    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == spikemath.__version__


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_docstring_examples_run(path):
    if path.name == "__main__.py":
        pytest.skip("importing it runs it")
    try:
        module = importlib.import_module(".".join(["spikemath", dotted(path)]).rstrip("."))
    except ImportError as error:
        if "pip install 'spikemath[" not in str(error):
            raise
        pytest.skip(str(error))
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testmod(module, optionflags=flags, verbose=False)
    assert failed == 0, "the report is in the captured output"


def test_readme_example_runs():
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) == 1
    python(blocks[0])
