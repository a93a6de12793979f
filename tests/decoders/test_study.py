"""Studies: the grid, the numbers, resuming, tables and figures."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

import spikemath as sm
from spikemath.study import _run
from spikemath.study._job import done, prepared

X = np.cumsum(np.sin(np.arange(120.0) ** 1.3)) / 3.0
FS = 40.0
FEW = {"rates": [40.0, 160.0], "decoders": ["hold", "linear", "rate", "pchip", "spline3"]}


def test_the_grid_has_every_combination_that_makes_sense_once():
    jobs = sm.study.grid("x", X, FS, resets=["modulo", "zero"], **FEW)
    assert len({job.key for job in jobs}) == len(jobs)
    assert len(jobs) == 2 * 2 * (4 + 4 + 4 + 4)  # rates x resets x operators x decoders
    kinds = {(type(j.operator).__name__, j.decoder) for j in jobs}
    assert ("SendOnDelta", sm.decoders.Rate()) not in kinds
    assert ("IF", sm.decoders.Hold()) not in kinds


@pytest.mark.parametrize("kind", _run.OPERATORS)
def test_rates_are_met_from_below_but_for_the_last_digit(kind):
    """The mass budget: never more spikes than asked for (0.5 % for the rounded threshold, one for the start)."""
    (job,) = sm.study.grid("x", X, FS, rates=[100.0], operators=[kind], decoders=["linear"])
    point = done(job, X, FS)
    assert 20.0 < point.rate <= 100.0 * 1.01 + 1.0


def test_a_point_is_what_it_says():
    """Encoded and decoded by hand."""
    (job,) = sm.study.grid("x", X, FS, rates=[160.0], operators=["biased-if"], decoders=["spline3"])
    point = done(job, X, FS)
    f = sm.Signal.from_samples(X - X.mean(), fs=FS, hold="linear")
    enc = job.operator.encode(sm.Signal.from_samples(X - X.mean() + job.bias, fs=FS, hold="linear"))
    g = job.decoder(enc, bias=job.bias)
    t0, t1 = f.domain
    t = np.linspace(t0 + 0.05 * (t1 - t0), t1 - 0.05 * (t1 - t0), 2 * X.size + 1)
    assert point.spikes == len(enc)
    assert math.isclose(point.snr, 10 * math.log10(np.var(f(t)) / np.mean((g(t) - f(t)) ** 2)), rel_tol=1e-9)
    assert math.isclose(point.largest, np.abs(g(t) - f(t)).max(), rel_tol=1e-9)


def test_more_spikes_are_better():
    jobs = sm.study.grid("x", X, FS, rates=[50.0, 200.0, 800.0], operators=["biased-if"], decoders=["pchip", "linear"])
    points = sm.study.run(jobs, {"x": (X, FS)}, workers=1)
    for name in ("Pchip()", "Linear()"):
        snr = [p.snr for p in points if p.decoder == name]
        assert snr == sorted(snr)


def test_a_decoder_that_refuses_is_an_entry():
    """Reset to zero with a refractory time that binds: the level is lost, and the table says so."""
    settings = {"operators": ["if"], "resets": ["zero"], "refractory": 0.02, "decoders": ["linear", "rate"]}
    points = sm.study.run(sm.study.grid("x", X, FS, rates=[400.0], **settings), {"x": (X, FS)}, workers=1)
    assert points[0].condition == "error"
    assert math.isnan(points[0].snr)
    assert "lost an unknown charge" in points[0].note
    assert not math.isnan(points[1].snr)


def test_a_study_goes_on_where_it_was_interrupted(tmp_path, monkeypatch):
    """Ctrl-C after three points: they are in the checkpoint, which is complete, and are not done again."""
    jobs = sm.study.grid("x", X, FS, rates=[40.0, 80.0], operators=["sod"], decoders=["hold", "linear", "pchip"])
    path, count = tmp_path / "checkpoint.json", []

    def counted(job, x, fs):
        if len(count) == 3:
            raise KeyboardInterrupt
        count.append(job.key)
        return done(job, x, fs)

    monkeypatch.setattr(_run, "done", counted)
    with pytest.raises(KeyboardInterrupt):
        sm.study.run(jobs, {"x": (X, FS)}, checkpoint=path, workers=1)
    assert len(json.loads(path.read_text())["points"]) == 3
    first = list(count)
    count[:] = []
    points = sm.study.run(jobs, {"x": (X, FS)}, checkpoint=path, workers=1)
    assert len(count) == 3
    assert not set(first) & set(count)
    assert [p.key for p in points] == [j.key for j in jobs]
    count[:] = []
    again = sm.study.run(jobs, {"x": (X, FS)}, checkpoint=path, workers=1)
    assert not count
    assert [p.key for p in again] == [p.key for p in points]


def test_a_checkpoint_of_other_samples_is_refused(tmp_path):
    jobs = sm.study.grid("x", X, FS, rates=[40.0], operators=["sod"], decoders=["hold"])
    path = tmp_path / "checkpoint.json"
    sm.study.run(jobs, {"x": (X, FS)}, checkpoint=path, workers=1)
    with pytest.raises(ValueError, match="another recording"):
        sm.study.run(jobs, {"x": (X + 1.0, FS)}, checkpoint=path, workers=1)
    path.write_text("{}")
    with pytest.raises(ValueError, match="no checkpoint"):
        sm.study.run(jobs, {"x": (X, FS)}, checkpoint=path, workers=1)


@pytest.mark.jit_only
def test_processes_give_the_same_points():
    jobs = sm.study.grid("x", X, FS, rates=[80.0], operators=["sod"], decoders=["hold", "pchip"])
    one, two = (sm.study.run(jobs, {"x": (X, FS)}, workers=n) for n in (1, 2))
    assert [(p.key, p.snr, p.spikes) for p in one] == [(p.key, p.snr, p.spikes) for p in two]


def test_the_table_and_the_figure(tmp_path):
    points = sm.study.run(sm.study.grid("x", X, FS, **FEW), {"x": (X, FS)}, workers=1)
    path = tmp_path / "points.csv"
    sm.study.write_table(path, points)
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["rate"]) for row in rows] == [p.rate for p in points]
    assert [row["decoder"] for row in rows] == [p.decoder for p in points]
    lines = sm.study.table(points).splitlines()
    assert len(lines) == 2 + 2 * 4
    assert len({line.count("|") for line in lines}) == 1
    figure = sm.study.figure(points, "x")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["IF", "biased IF", "LIF, tau 0.5", "SendOnDelta"]
    drawn = {line.get_label() for ax in figure.axes for line in ax.lines}
    assert {"Linear()", "Pchip()", "Hold()"} <= drawn
    with pytest.raises(ValueError, match=r"\.csv or a \.parquet"):
        sm.study.write_table(tmp_path / "points.txt", points)


def test_parquet(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an optional package")
    points = sm.study.run(
        sm.study.grid("x", X, FS, rates=[40.0], operators=["sod"], decoders=["hold"]), {"x": (X, FS)}, workers=1
    )
    sm.study.write_table(tmp_path / "points.parquet", points)
    assert pq.read_table(tmp_path / "points.parquet").column("snr").to_pylist() == [p.snr for p in points]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rates": []}, "rates or thresholds"),
        ({"rates": [0.0]}, "rate"),
        ({"thresholds": [-1.0]}, "threshold"),
        ({"operators": ["izhikevich"]}, "operator"),
        ({"resets": ["half"]}, "reset"),
        ({"decoders": ["magic"]}, "decoder"),
        ({"decoders": ["bandlimited"]}, "bandwidth"),
    ],
)
def test_bad_settings_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        sm.study.grid("x", X, FS, **({"rates": [40.0]} | change))


def test_every_short_name_makes_a_decoder():
    for name in _run.DECODERS:
        assert isinstance(_run.decoder(name, 10.0), sm.decoders.Decoder)


def test_send_on_delta_starts_from_the_first_sample():
    f, given = prepared(X + 5.0, FS, sm.SendOnDelta(0.5), 0.0, "linear")
    assert f(0.0) == 0.0
    assert given is f
