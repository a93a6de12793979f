"""The study: repeatable, whatever the threads and interruptions, and as the exact law says."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

import spikemath as sm
from spikemath.networks import xor
from spikemath.networks.xor import _tally
from spikemath.networks.xor._study import weights_of

SMALL = {"resets": ("modulo", "zero"), "readouts": ("time-resolved", "count"), "hidden": 3, "samples": 2100, "seed": 4}


@pytest.fixture(scope="module")
def small():
    return xor.study(**SMALL)


@pytest.mark.jit_only
def test_shares_are_as_the_law_says():
    """Fixed seed, intervals of confidence 1 - 1e-6: this cannot fail by chance, only once."""
    found = xor.study(
        ("one-line", "latency"), ("modulo", "subtract", "zero"), refractories=(0.0, 1.0), spikes=("graded", "unit"),
        readouts=["time-resolved", "count"], hidden=4, samples=5000, seed=7,
    )  # fmt: skip
    laws: dict = {}
    for row in found.rows(confidence=1.0 - 1e-6):
        if row["gate"] in ("all", "XOR", "AND") and (row["reset"] != "zero" or row["refractory"] == 0.0):
            cell = row["encoding"], row["reset"], int(row["refractory"]), row["readout"], row["spike"] == "graded"
            exact = laws.setdefault(cell, None) or xor.law(cell[0], Fraction(3, 5), *cell[1:])
            laws[cell] = exact
            p = float(exact.probability(row["gate"], row["hidden"]))
            assert row["low"] - 1e-12 <= p <= row["high"] + 1e-12, row


def test_every_network_is_counted_as_it_is():
    """Counted again one by one, by the operator."""
    found = xor.study(**SMALL | {"samples": 40, "readouts": "time-resolved"})
    again = np.zeros((2, 3, 17), dtype=int)
    for w in weights_of(found.settings, 1, 0):
        for r, reset in enumerate(found.settings.resets):
            for n in (1, 2, 3):
                mask = xor.solvable(xor.features(w[:n], "one-line", sm.LIF(1.0, xor.ALPHA, reset)))
                again[r, n - 1, :16] += mask >> np.arange(16) & 1
                again[r, n - 1, 16] += mask == 65535
    assert np.array_equal(found.solved[0, 0, 0, :, 0, 0], again)


def test_threads_and_progress_change_nothing(small):
    seen = []
    again = xor.study(**SMALL, workers=3, progress=lambda done, total: seen.append((done, total)))
    assert again == small
    assert seen[0] == (0, 6)
    assert seen[-1] == (6, 6)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert xor.study(**SMALL | {"seed": 5}) != small


def test_more_samples_begin_with_the_same_networks(small):
    s, t = small.settings, small.settings._replace(samples=9000)
    assert np.array_equal(weights_of(s, 1, 2), weights_of(t, 1, 2)[: 2100 - 2048])


def test_an_interrupted_study_goes_on_from_its_checkpoint(small, tmp_path):
    path = tmp_path / "study.npz"

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        xor.study(**SMALL, workers=1, progress=stop, checkpoint=path)
    assert 2 <= _tally.load(path, small.settings).finished.sum() < 6
    starts = []
    assert xor.study(**SMALL, checkpoint=path, progress=lambda done, total: starts.append(done)) == small
    assert starts[0] == 2
    assert xor.study(**SMALL, checkpoint=path) == small  # nothing left to do
    assert [p.name for p in tmp_path.iterdir()] == ["study.npz"]


def test_a_checkpoint_of_another_study_or_a_torn_one_is_refused(small, tmp_path, monkeypatch):
    path = tmp_path / "study.npz"
    _tally.save(path, small)
    with pytest.raises(ValueError, match="is of another study"):
        xor.study(**SMALL | {"seed": 9}, checkpoint=path)
    monkeypatch.setattr(_tally, "_code", lambda: "0")
    with pytest.raises(ValueError, match="made by other code"):
        xor.study(**SMALL, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="is damaged"):
        xor.study(**SMALL, checkpoint=path)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 10), (131, 1000), (1, 10**6)])
def test_wilson_ends_are_where_the_normal_test_says(k, n):
    """p is an end iff |k/n - p| = z sqrt(p (1 - p) / n): Wilson's definition, without its formula."""
    found = xor.wilson(k, n, 0.95)
    z = 1.959963984540054
    assert 0.0 <= found.low <= k / n <= found.high <= 1.0
    for p in (found.low, found.high):
        if 0.0 < p < 1.0:
            assert abs(k / n - p) == pytest.approx(z * (p * (1 - p) / n) ** 0.5, rel=1e-9)


def test_the_first_network_that_solves_is_the_one_that_is_named(small):
    w = xor.first_network(small, reset="modulo", readout="time-resolved")
    lif = sm.LIF(1.0, xor.ALPHA)
    assert w.shape == (2, 1)
    assert xor.solvable(xor.features(w, "one-line", lif)) == 65535
    before = int(small.first[0, 0, 0, 0, 0, 0, 1, 16])
    for v in weights_of(small.settings, 1, 0)[:before]:
        assert xor.solvable(xor.features(v[:2], "one-line", lif)) != 65535
    assert xor.first_network(small, reset="modulo", readout="count") is None


def test_histograms_hold_the_weights_of_what_was_solved(small):
    s = small.settings
    solved = small.solved[..., 16]
    assert np.array_equal(small.where.sum(axis=(-1, -2)), solved * np.arange(1, s.hidden + 1))


def test_rows_are_a_table_with_a_row_for_each_case(small):
    rows = small.rows()
    assert len(rows) == 2 * 2 * 3 * 17
    one = next(r for r in rows if r["reset"] == "zero" and r["hidden"] == 2 and r["gate"] == "all")
    said = small.probability(hidden=2, reset="zero", readout="time-resolved")
    assert (one["value"], one["low"], one["high"]) == said[:3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden": 0}, "hidden = 0 must be >= 1"),
        ({"samples": 0}, "samples = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"amplitude": 0.0}, "amplitude"),
        ({"threshold": 0.0}, "threshold"),
        ({"resets": "half"}, "reset = 'half'"),
        ({"resets": ()}, "at least one"),
        ({"alphas": (1.0, 1.0)}, "each once"),
        ({"spikes": "binary"}, "spikes = 'binary'"),
        ({"readouts": "rate"}, "readout = 'rate'"),
        ({"encodings": "rate"}, "encoding = 'rate'"),
        ({"refractories": -1.0}, "refractory"),
    ],
)
def test_bad_arguments(change, said):
    with pytest.raises(ValueError, match=said):
        xor.study(**{"samples": 10} | change)


def test_a_combination_has_to_be_named(small):
    with pytest.raises(ValueError, match="reset is needed: one of 'modulo', 'zero'"):
        small.probability(readout="count")
    with pytest.raises(ValueError, match="reset = 'half' is not in the study"):
        small.probability(reset="half", readout="count")
    with pytest.raises(ValueError, match="hidden = 4 must be from 1 to 3"):
        small.probability(hidden=4, reset="zero", readout="count")
    with pytest.raises(TypeError, match="leak: a combination is named by encoding"):
        small.probability(leak=0.0)


def test_windows_are_one_readout():
    found = xor.study(resets="modulo", readouts=(1.5, 2.5), hidden=1, samples=20)
    assert found.settings.readouts == ((1.5, 2.5),)
    assert json.loads(json.dumps(found.settings.described()))["readouts"] == [[1.5, 2.5]]
    assert all(isinstance(v, str | int | float | tuple) for row in found.rows() for v in row.values())


@pytest.mark.jit_only
def test_a_network_beyond_the_first_block_is_found_again():
    """A rare gate: XOR from two neurons with reset to zero by counts, once in some five thousand layers."""
    found = xor.study("two-lines", "zero", readouts="count", hidden=2, samples=6000, seed=1)
    assert found.first[0, 0, 0, 0, 0, 0, 1, 6] >= 1024
    w = xor.first_network(found, "XOR")
    assert xor.solvable(xor.features(w, "two-lines", sm.LIF(1.0, xor.ALPHA, "zero"), "count")) >> 6 & 1
