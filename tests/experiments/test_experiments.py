"""The published experiments: set-ups as stated, bounds that hold, numbers near the reported, whole files."""

from __future__ import annotations

import csv
import io
import json
import math
from contextlib import contextmanager
from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest
from laws.cases import RESETS
from oracles.trains import encode_train
from rich.console import Console

import spikemath as sm
from spikemath import experiments, plot
from spikemath._files import replacing
from spikemath.experiments import _base as base
from spikemath.experiments import e1_quantization as e1
from spikemath.experiments import e2_threshold as e2
from spikemath.experiments import e3_delay as e3
from spikemath.experiments import e4_quasi_isometry as e4
from spikemath.experiments import e5_resonance as e5

# computed once, in seconds
SMALL = {"QUICK_POOL": 12, "QUICK_STEPS": 16, "QUICK_GRID": 6, "QUICK_SAW": 16}
MEMBERS = {"E1": e1, "E2": e2, "E3": e3, "E4": e4, "E5": e5}
JIT = pytest.mark.jit_only


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        for member in MEMBERS.values():
            for name, value in SMALL.items():
                if hasattr(member, name):
                    patch.setattr(member, name, value)
        yield {name: member.compute(3, 7, False, True) for name, member in MEMBERS.items()}


def quiet():
    return Console(record=True, width=120, file=io.StringIO())


# set-ups


@pytest.mark.parametrize("amplitude", [1.0, 2.0])
def test_trains_are_those_of_the_set_up(amplitude):
    seen, gaps = set(), []
    for k in range(60):
        eta = base.train(base.generator(3, k), 50, amplitude)
        weights = eta.exact_weights()
        assert all((4 * w).denominator == 1 and abs(w) <= amplitude for w in weights)
        assert 0.2 <= eta.times[0] <= 1.0 or len(eta) < 50  # the first pulse may have weight zero
        assert len(eta) > 30
        seen |= set(weights)
        gaps += np.diff(eta.times).tolist()
    assert seen == {Fraction(q, 4) for q in range(-4 * int(amplitude), 4 * int(amplitude) + 1)} - {0}
    assert min(gaps) >= 0.2
    assert 0.55 < np.median(gaps) < 0.7  # U[0.2, 1], now and then a pulse missing


def test_noise_has_partial_sums_in_minus_one_to_one():
    signs = set()
    for k in range(60):
        nu = base.noise(base.generator(5, k), 30)
        sums = np.cumsum(nu.weights)
        assert set(sums) <= {-1.0, 0.0, 1.0}
        assert np.ptp(np.append(sums, 0.0)) <= 1.0  # differences of bits
        signs |= set(nu.weights)
        assert sm.alexiewicz_norm(nu) <= 1.0
    assert signs == {-1.0, 1.0}


def test_disturbance_of_the_surface_has_norm_p():
    for p in (0.0, 0.25, 1.0, 3.7):
        assert sm.alexiewicz_norm(e5.disturbance(p)) == p
    assert e5.disturbance(1.0) == sm.SpikeTrain([2.3, 5.85, 7.0], [1.0, -1.0, 1.0])


def test_published_parameters():
    assert (e1.SPIKES, e1.THETA, e1.ALPHAS, e1.AMPLITUDES) == (50, 1.0, (0.01, 0.1, 1.0, 10.0, 100.0), (1.0, 2.0))
    assert (e2.SPIKES, e2.THETA, e2.ALPHA, e2.MOST) == (15, 0.2, 0.8, 0.4)
    assert (e3.SPIKES, e3.THETA, e3.ALPHA) == (15, 0.2, 2.0)
    assert (e4.SPIKES, e4.THETA, e4.ALPHA) == (15, 0.3, 4.0)
    assert (e5.ALPHAS, e5.THETA) == ((0.0, 0.1, 1.0, 10.0), 1.0)
    assert experiments.get("e1").trains == 100
    assert experiments.get("e5").trains == 30


def test_more_trains_begin_with_the_same_ones():
    assert e1.trains(5, 7, 1.0)[:3] == e1.trains(3, 7, 1.0)
    assert e1.trains(3, 7, 1.0) != e1.trains(3, 8, 1.0)
    assert e1.trains(3, 7, 1.0) != e1.trains(3, 7, 2.0)


# facts


def test_comparison_is_strict_and_rounds_the_safe_way():
    third = 1.0 / 3.0
    assert base.surely_less(0.5, 0.5 + 2.0**-52)
    assert not base.surely_less(0.5, 0.5 - 2.0**-54)
    assert base.surely_less(0.5, math.nextafter(0.5, 1.0))  # a norm rounded down to 0.5 is below the next float
    assert not base.surely_less(0.5, 0.5)
    assert not base.surely_less(third, third)
    assert base.surely_less(0.3, 0.1, 0.2 + 2.0**-50)


def test_errors_are_those_of_the_oracle():
    """Exact at alpha = 0, where the residual of a train is a rational."""
    for k in range(6):
        eta = base.train(base.generator(11, k), 20, 2.0)
        for reset in RESETS:
            times, weights = eta.exact_times(), eta.exact_weights()
            found = encode_train(times, weights, (times[0], times[-1]), Fraction(1), Fraction(0), reset)
            change = dict(zip(times, weights, strict=True))
            for t, count in zip(found.times, found.counts, strict=True):
                change[t] -= count
            total, worst = Fraction(0), Fraction(0)
            for t in sorted(change):
                total += change[t]
                worst = max(worst, abs(total))
            assert base.error(eta, 1.0, 0.0, reset) == worst


def test_modulo_is_below_the_threshold(small):
    assert (small["E1"].norms[:, 0] < 1.0).all()
    assert (small["E1"].pool < 1.0).all()
    assert (small["E1"].norms[1, 1:, :2] >= 1.0).mean() > 0.8  # subtract and zero on [-2, 2]
    assert (small["E1"].norms[0, 0] == small["E1"].norms[0, 1]).all()  # theory Q4


def test_threshold_deviation_is_below_the_greater_threshold(small):
    r = small["E2"]
    assert (r.thresholds == 0.2 + r.deviations).all()
    assert (r.norms[:, 0] < r.thresholds).all()
    assert (r.norms[:, :, 0] == 0.0).all()  # no deviation, no difference
    assert (r.norms[:, 0] / r.thresholds).max() > 0.7


def test_delay_is_below_its_bounds(small):
    r = small["E3"]
    bound = r.bound()
    assert (r.norms[:, 0] < bound * (1 - e3.SLACK)).all()
    for norm, size in zip(r.norms[:, 0].ravel(), r.inputs.ravel(), strict=True):
        assert base.surely_less(norm, e3.THETA, size)
    assert (bound >= (e3.THETA + r.inputs) * (1 - 1e-12)).all()  # P6 follows from P1
    near = r.delays <= 0.2
    assert (r.norms[:, 0] < r.published())[:, near].all()


def test_delay_mass_is_the_mass_in_the_window(small):
    """By plain summation over the window."""
    r = small["E3"]
    for k in range(2):
        eta = base.train(base.generator(7, 3, k), e3.SPIKES, 1.0)
        t, a = eta.times, eta.weights
        for i in (3, 9, 16):
            D = r.delays[i]
            at = np.concatenate([t, np.nextafter(t + D, 9e9)])
            inside = (t[None, :] <= at[:, None]) & (t[None, :] > at[:, None] - D)
            mass = (inside * a * np.exp(-e3.ALPHA * (at[:, None] - t))).sum(axis=1)
            assert np.abs(mass).max() == pytest.approx(r.masses[k, i], rel=1e-9)


def test_published_delay_line_needs_a_small_delay():
    eta = sm.SpikeTrain([0.0, 0.25, 0.5, 0.75])
    lif = sm.IF(0.25)
    assert sm.alexiewicz_norm(lif(eta.shift(1.0)) - lif(eta)) == 4.0 > 2 * 0.25 + 1.0


def test_quasi_isometry_holds_on_both_sides(small):
    r = small["E4"]
    theta = r.settings[:, :, 1]
    assert theta[0].tolist() == [0.3] * theta.shape[1]
    assert theta[1, -1] == 1.0
    assert r.settings[0, 0, 0] == 0.0
    assert r.settings[0, -1, 0] == 10.0
    for k, row, m in np.ndindex(*r.inputs.shape):
        size, output, th = r.inputs[k, row, m], r.outputs[k, 0, row, m], theta[row, m]
        assert base.surely_less(output, size, th)
        assert base.surely_less(size, output, th, th)


def test_resonance_is_below_its_bounds(small):
    r = small["E5"]
    for norm, size in zip(r.surface[0].ravel(), r.sizes.ravel(), strict=True):
        assert base.surely_less(norm, size, 1.0)
    assert (r.surface[:, 0] == 0.0).all()  # p = 0
    assert r.norms[0, 0].max() <= 1.0  # theory P4
    teeth = np.ceil(r.scales)
    assert (r.extremal == teeth).all()
    assert (r.random <= teeth).all()


def test_every_statement_of_the_tables_holds(small):
    for name, result in small.items():
        rows = MEMBERS[name].EXPERIMENT.agreement(result)
        assert {row.experiment for row in rows} == {name}
        assert {row.verdict for row in rows} <= {"agrees", "differs", "holds", "no bound claimed"}


# reported numbers


@JIT
def test_medians_are_near_the_reported():
    """On [-2, 2], of 200 trains; a median of 200 strays some 0.0006 (alpha = 0.01) and 0.002 (0.1)."""
    for alpha, slack in ((0.01, 0.003), (0.1, 0.009)):
        norms = [base.error(eta, 1.0, alpha, "modulo") for eta in e1.trains(200, 1, 2.0)]
        assert abs(np.median(norms) - e1.REPORTED[alpha][1]) < slack


@JIT
def test_a_quartile_of_floats():
    """At alpha = 100 plain floats fire where the exact neuron stays below: many norms are 0.75, none exactly."""
    trains = e1.trains(40, 1, 2.0)
    floats = [base.error(eta, 1.0, 100.0, "modulo", "fast") for eta in trains]
    assert np.quantile(floats, 0.25) == pytest.approx(0.75, abs=1e-6)
    assert min(base.error(eta, 1.0, 100.0, "modulo") for eta in trains) > 0.99


def test_chance_is_that_of_simulation():
    rng = np.random.default_rng(1)
    pool = rng.normal(size=4000)
    for part, count in ((0.5, 100), (0.25, 100), (1.0, 30)):
        draws = np.sort(rng.normal(size=(4000, count)), axis=1)[:, math.ceil(part * count) - 1]
        for reported in np.quantile(draws, [0.02, 0.3, 0.5, 0.9]):
            real = 2 * min(np.mean(draws <= reported), np.mean(draws >= reported))
            assert base.chance(pool, count, part, reported) == pytest.approx(min(1.0, real), abs=0.12)
    assert base.chance(pool, 100, 0.5, 3.0) < 1e-6
    assert base.judged(base.chance(pool, 100, 0.5, 3.0))[0] == "differs"
    assert base.judged(base.chance(pool, 100, 0.5, 0.0))[0] == "agrees"
    assert base.chance(np.ones(50), 30, 1.0, 1.0) == pytest.approx(1.0, abs=0.6)  # an atom is no surprise


# running them


def same(a, b):
    for field in fields(a):
        assert np.array_equal(getattr(a, field.name), getattr(b, field.name)), field.name


@pytest.mark.parametrize("name", ["E2", "E3", "E4"])
def test_the_seed_decides(name, small, monkeypatch):
    member = MEMBERS[name]
    monkeypatch.setattr(member, "QUICK_STEPS", 4)
    first, again, other = (member.compute(1, seed, False, True) for seed in (7, 7, 8))
    same(first, again)
    norms = "outputs" if name == "E4" else "norms"
    assert not np.array_equal(getattr(first, norms), getattr(other, norms))


@pytest.mark.parametrize("name", list(MEMBERS))
def test_figures_are_drawn_whole(name, small):
    figure = MEMBERS[name].EXPERIMENT.figure(small[name])
    png = plot.encoded(figure, ".png", 30)
    assert png[:4] == b"\x89PNG"
    assert all(ax.has_data() for ax in figure.axes)


def test_run_writes_whole_files_and_says_what_agrees(tmp_path, small, monkeypatch):
    monkeypatch.setattr(e2, "QUICK_STEPS", 8)
    console = quiet()
    rows = experiments.run(tmp_path / "new", ["e2"], trains=2, seed=3, progress=False, quick=True, console=console)
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"e2_threshold.png", "e2_threshold.svg", "e2_threshold.json", "agreement.csv"}
    assert (tmp_path / "new" / "e2_threshold.svg").read_bytes().rstrip().endswith(b"</svg>")
    numbers = json.loads((tmp_path / "new" / "e2_threshold.json").read_text())
    assert numbers["seed"] == 3
    assert np.array(numbers["norms"]).shape == (2, 3, 9)
    assert np.array_equal(numbers["norms"], e2.compute(2, 3, False, True).norms)
    with (tmp_path / "new" / "agreement.csv").open(newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["experiment", "quantity", "ours", "reported", "verdict", "note"]
    assert [tuple(row) for row in table[1:]] == [tuple(row) for row in rows]
    assert "holds" in console.export_text()


def test_an_interrupted_run_leaves_no_torn_file(tmp_path, small, monkeypatch):
    """Ctrl-C during the second experiment, and during the writing of a figure."""
    monkeypatch.setattr(e2, "QUICK_STEPS", 4)
    monkeypatch.setattr(e3, "alexiewicz_norm", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    console = quiet()
    with pytest.raises(KeyboardInterrupt):
        experiments.run(tmp_path, ["E2", "E3"], trains=1, progress=False, quick=True, console=console)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(whole) == {"e2_threshold.png", "e2_threshold.svg", "e2_threshold.json"}
    json.loads(whole["e2_threshold.json"])
    monkeypatch.setattr(experiments, "replacing", halted)
    with pytest.raises(KeyboardInterrupt):
        experiments.run(tmp_path, ["E2"], trains=1, seed=9, progress=False, quick=True, console=console)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == whole


@contextmanager
def halted(path):
    """A file whose writing is interrupted halfway."""
    with replacing(path) as file:

        class Halted:
            def write(self, content):
                file.write(content[: len(content) // 2])
                raise KeyboardInterrupt

        yield Halted()


def test_bad_arguments(tmp_path):
    for kwargs, error, match in (
        ({"only": "E9"}, KeyError, "E1, E2"),
        ({"trains": 0}, ValueError, "trains"),
        ({"trains": 1.5}, ValueError, "trains"),
        ({"seed": -1}, ValueError, "seed"),
    ):
        with pytest.raises(error, match=match):
            experiments.run(tmp_path, progress=False, **kwargs)
    assert not list(tmp_path.iterdir())


def test_names():
    assert [e.name for e in experiments.all()] == list(MEMBERS)
    assert all(e is experiments.get(e.file) for e in experiments.all())


def test_no_matplotlib_until_something_is_drawn():
    import subprocess
    import sys

    code = (
        "import sys, spikemath as sm; r = sm.experiments.get('E2').compute; "
        "print([m for m in ('matplotlib', 'tqdm', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


def test_drawing_chooses_no_window_system():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, spikemath as sm; from spikemath.experiments import _base; "
        "figure, (ax,) = sm.plot.new_figure(); _base.boxes(ax, np.random.rand(3, 20), 'C0'); "
        "sm.plot.encoded(figure, '.svg'); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr
