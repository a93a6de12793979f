"""Wrong engines are caught: each has one mistake in one line of a kernel, and runs as plain Python."""

from __future__ import annotations

import importlib
import inspect
import itertools

import numpy as np
import pytest
from oracles import differential as oracle

from spikemath.networks import differential as dt

from .differential_cases import differences, engine_of, random_case

# the modules: the package exports functions of the same names
decay, drive, lif, merge, waiting = (
    importlib.import_module(f"spikemath.networks.differential.{name}")
    for name in ("decay", "drive", "lif", "merge", "waiting")
)

PLANTED = {
    "autonomous firings left out": (
        (lif, "lif_kernel", "waiting[n_waiting] = j", "continue"),
        (lif, "lif_kernel", "n_waiting += 1", "pass"),
    ),
    "autonomous firings of exactly one threshold left out": (
        (lif, "lif_kernel", "bits, rounding, powers) >= threshold[j]", "bits, rounding, powers) > threshold[j]"),
    ),
    "an autonomous firing that skips the events of its tick": (
        (lif, "lif_kernel", "t = min(t, arrived + waits[e])", "t = min(t + 1, arrived + waits[e])"),
    ),
    "fires above the threshold only": ((lif, "lif_kernel", "if u[j] >= threshold[j]:", "if u[j] > threshold[j]:"),),
    "takes the threshold of the first neuron": (
        (lif, "lif_kernel", "times[j] * threshold[j]", "times[j] * threshold[0]"),
    ),
    "decay once an event instead of once a tick": ((lif, "lif_kernel", "t - last[j], shift", "np.int64(1), shift"),),
    "null events touch the neurons": ((lif, "lif_kernel", "if spike[e]:", "if True:"),),
    "fires after every event instead of after the tick": (
        (lif, "lif_kernel", "while e < waits.shape[0] and arrived", "if e < waits.shape[0] and arrived"),
    ),
    "the last tick left out": ((lif, "lif_kernel", "if t > until:", "if t >= until:"),),
    "potentials of one tick before the last": ((lif, "settle_kernel", "until - last[j]", "until - last[j] - 1"),),
    "neurons in the order in which they were touched": (
        (lif, "lif_kernel", "np.sort(fired[:n_fired])", "fired[:n_fired]"),
    ),
    "modulo takes one threshold": ((lif, "lif_kernel", "u[j] // threshold[j] if modulo else 1", "1"),),
    "reset to zero": ((lif, "lif_kernel", "u[j] -= times[j] * threshold[j]", "u[j] = 0"),),
    "a shift toward zero": (
        (decay, "decayed_kernel", "return u >> min(shift * d, np.int64(62))", "return int(u / 2.0 ** (shift * d))"),
    ),
    "a table without its last power": ((decay, "decayed_kernel", "if j == top:", "if j == top and d == 0:"),),
    "a table one row off": ((decay, "decayed_kernel", "u = powers[j, u + reach]", "u = powers[0, u + reach]"),),
    "nearest rounds half down": (
        (decay, "step_kernel", "(np.int64(1) << (bits - 1))", "(np.int64(1) << (bits - 1)) - 1"),
    ),
    "a register off by one": (
        (merge, "merge_tree_kernel", "register[j + 1] = right - left", "register[j + 1] = right - left + 1"),
    ),
    "the right register is not reduced": ((merge, "merge_tree_kernel", "register[j - 1] = left - right", "pass"),),
    "the later train first": ((merge, "merge_tree_kernel", "if left <= right:", "if left < right:"),),
    "null events taken for spikes": ((merge, "merge_tree_kernel", "!= null", ">= 0"),),
    "flat: registers are not reduced": ((merge, "merge_registers_kernel", "register[i] -= step", "pass"),),
    "flat: the last of equals": (
        (merge, "merge_registers_kernel", "register[i] < register[m]", "register[i] <= register[m]"),
    ),
    "a missing null event": ((waiting, "spelled", "nulls = gaps // null", "nulls = np.maximum(gaps // null - 1, 0)"),),
    "a gap of exactly one null event": (
        (waiting, "spelled", "nulls = gaps // null", "nulls = (gaps - 1).clip(0) // null"),
    ),
    "an encoder that starts at tick 0": ((drive, "driven_kernel", "gaps[m] = t - sent", "gaps[m] = t - 1 - sent"),),
    "an encoder that fires once": ((drive, "driven_kernel", "u -= times * threshold", "u = -(10**6)"),),
}


def mutant(module, name, old, new, source=None):
    """The function of that name with one line changed, as plain Python."""
    function = getattr(getattr(module, name), "python", getattr(module, name))
    source = source or inspect.getsource(function)
    assert old in source, f"{old!r} is not in {name}"
    changed = source.replace(old, new)
    scope = dict(vars(module))
    exec(changed, scope)  # noqa: S102
    return scope[function.__name__], changed


def faults(rng, rounds):
    """What the properties of the engine say about what is installed."""
    found = []
    for _ in range(rounds):
        case = random_case(rng)
        bits = int(rng.integers(1, 5))
        words = dt.encode(case.trains, bits)
        if [t.tolist() for t in dt.decode(words)] != case.trains:
            found.append("decode does not undo encode")
            continue
        streams = dt.merge(words), dt.merge(words, flat=True)
        wanted = oracle.sorted_events(case.trains)
        for s in streams:
            got = [
                x
                for x, spike in zip(zip(s.times.tolist(), s.sources.tolist(), strict=True), s.spike, strict=True)
                if spike
            ]
            if got != wanted:
                found.append("a merged stream is not the sorted one")
                break
        else:
            found += differences(case, engine_of(case)(words, case.until))
        x, until = rng.integers(-5, 40, 8), 6
        fired, _ = oracle.layer(
            [range(1, until + 1)], x[:, None].tolist(), [16] * 8, oracle.shift_down(1), "subtract", until
        )
        if [t.tolist() for t in dt.decode(dt.encode_drive(x, 16, until))] != fired:
            found.append("an encoder is not the clocked one")
        for rounding in ("down", "nearest"):
            far = int(rng.integers(-200, 200))
            if dt.Decay.table(0.5, 4, rounding, reach=4)(far, 2) != twice(oracle.rounded_product(8, 4, rounding), far):
                found.append("a table is not its map")
        if found:
            break
    return found


def twice(f, x):
    return f(f(x))


@pytest.fixture
def as_python(monkeypatch):
    """All kernels as plain Python, so that changed ones and those they call go together."""
    for module, name in {(m, n) for changes in PLANTED.values() for m, n, _, _ in changes}:
        kernel = getattr(module, name)
        for other in (decay, drive, lif, merge, waiting):
            if getattr(other, name, None) is kernel:
                monkeypatch.setattr(other, name, getattr(kernel, "python", kernel))


@pytest.mark.parametrize("name", PLANTED)
def test_a_wrong_engine_is_caught(name, as_python, monkeypatch):
    source = None
    for module, function, old, new in PLANTED[name]:
        changed, source = mutant(module, function, old, new, source)
        original = getattr(module, function)
        for other in (decay, drive, lif, merge, waiting):
            if getattr(other, function, None) is original:
                monkeypatch.setattr(other, function, changed)
    with np.errstate(all="ignore"):
        try:
            found = faults(np.random.default_rng(1), 400)
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            found = [repr(error)]
    assert found, name


def test_the_right_engine_is_not(as_python):
    assert not faults(np.random.default_rng(1), 15)


def test_every_kernel_has_a_planted_mistake():
    touched = {name for changes in PLANTED.values() for _, name, _, _ in changes}
    kernels = {n for m in (decay, drive, lif, merge) for n, v in vars(m).items() if type(v).__name__ == "Kernel"}
    assert kernels <= touched, kernels - touched


def test_merging_by_hand():
    """The two-train example of docs/differential-time.md."""
    words = dt.encode([[1, 9], [2, 2]], bits=2)
    assert list(itertools.chain.from_iterable(w.tolist() for w in words)) == [1, 3, 3, 2, 2, 0]
    assert dt.merge(words).times.tolist() == [1, 2, 2, 4, 7, 9]
