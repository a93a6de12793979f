"""Every public name from eight threads at once: the examples of the docstrings, which say what comes out.

The list is derived: whatever is public has an example (test_house.py), and that runs here.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import spikemath as sm

THREADS = 8
CHECK = doctest.OutputChecker()
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# pyplot is for one thread. The others start processes, or draw many random inputs: slow eight times over.
ELSEWHERE = ("plot", "conformance", "dask", "experiments", "strategies", "theorems")


def subjects() -> dict[str, Any]:
    """Public functions and classes, their public methods, and those of the public modules."""
    found: dict[str, Any] = {}
    for name in sm.__all__:
        thing = getattr(sm, name, None)
        if inspect.ismodule(thing):
            if name not in ELSEWHERE:
                found |= {f"{name}.{member}": getattr(thing, member) for member in thing.__all__}
        elif callable(thing):
            found[name] = thing
            if inspect.isclass(thing):
                found |= {
                    f"{name}.{member}": getattr(thing, member) for member in vars(thing) if not member.startswith("_")
                }
    return {name: thing for name, thing in found.items() if ">>>" in (inspect.getdoc(thing) or "")}


def ran(examples: list[doctest.Example]) -> list[str]:
    """What the examples show, one string each; without doctest's own runner, which takes over sys.stdout."""
    printed: list[str] = []

    def say(*words: Any, sep: str = " ", end: str = "\n") -> None:
        printed.append(sep.join(map(str, words)) + end)

    scope: dict[str, Any] = {"print": say, "__name__": "example"}
    shown = []
    for example in examples:
        tree = ast.parse(example.source)
        try:
            if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
                value = eval(example.source.strip(), scope)
                shown.append("".join(printed) + ("" if value is None else f"{value!r}\n"))
            else:
                exec(example.source, scope)  # noqa: S102
                shown.append("".join(printed))
        except Exception as error:
            shown.append(f"Traceback: {type(error).__name__}: {error}")
            if example.exc_msg is None:
                break
        printed.clear()
    return shown


def faults(name: str, examples: list[doctest.Example]) -> list[str]:
    """Examples that show something else than is written beside them."""
    out = []
    for example, got in zip(examples, ran(examples), strict=False):
        raised = got.startswith("Traceback")
        right = (
            raised and example.exc_msg is not None
            if raised or example.exc_msg is not None
            else not example.want or CHECK.check_output(example.want, got, OPTIONS)
        )
        if not right:
            out.append(f"{name}: {example.source.strip()} gave {got.strip()!r}, not {example.want.strip()!r}")
    return out


def test_every_public_name_from_eight_threads():
    """Each thread goes through all of them, from another place on."""
    parser = doctest.DocTestParser()
    examples = {
        name: [e for e in parser.get_examples(inspect.getdoc(thing) or "") if doctest.SKIP not in e.options]
        for name, thing in subjects().items()
    }
    assert {"LIF", "alexiewicz_norm", "certify", "Signal.from_samples", "sparsity.sparsest"} <= examples.keys()
    # Filters of warnings belong to the process: an example that sets them changes what the other threads see.
    names = [name for name in examples if not any("catch_warnings" in e.source for e in examples[name])]
    barrier = threading.Barrier(THREADS)

    def work(k: int) -> list[str]:
        barrier.wait()
        start = k * len(names) // THREADS
        return [fault for name in names[start:] + names[:start] for fault in faults(name, examples[name])]

    with ThreadPoolExecutor(THREADS) as pool:
        found = [fault for part in pool.map(work, range(THREADS)) for fault in part]
    assert not found, "\n".join(sorted(set(found)))


@pytest.mark.parametrize("example", [">>> 1 + 1\n3\n", ">>> print(1)\n2\n", ">>> 1 / 0\n0\n"])
def test_a_wrong_example_is_found(example):
    assert faults("this", doctest.DocTestParser().get_examples(example))
