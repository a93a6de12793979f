"""The demo, on the first seconds of its recordings: what its table says, and what it leaves behind."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from rich.console import Console

from spikemath import datasets, demo

pytestmark = pytest.mark.jit_only  # two minutes otherwise


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "new" / "folder"
    cell, brain = datasets.membrane(), datasets.eeg()
    short = {
        "membrane": replace(cell, samples=cell.samples[:5000]),
        "eeg": replace(brain, samples=brain.samples[:2, :160], channels=brain.channels[:2]),
    }
    console = Console(record=True, width=80, file=open("/dev/null", "w"))  # noqa: SIM115
    with pytest.MonkeyPatch.context() as patch:
        for name in short:
            patch.setattr(datasets, name, lambda name=name: short[name])
        rows = demo.run(folder, console)
    console.file.close()
    return folder, rows, console.export_text()


def test_every_operator_and_reset_is_there(shown):
    _, rows, _ = shown
    assert len({(r.recording, r.pulses, r.operator, r.reset) for r in rows}) == len(rows) == 36


def test_the_bound_holds_for_modulo(shown):
    for row in shown[1]:
        if row.reset == "modulo":
            assert row.holds
            assert row.norm < row.threshold
            assert row.sup_error < row.threshold
            assert row.norm > 0.9 * row.threshold


def test_with_pulses_the_others_leave_the_tube(shown):
    for row in shown[1]:
        if row.reset != "modulo" and row.pulses:
            assert not row.holds
            assert row.norm > 1.5 * row.threshold


def test_as_recorded_all_resets_agree(shown):
    same = {}
    for row in shown[1]:
        if not row.pulses:
            spikes = same.setdefault((row.recording, row.operator), row.spikes)
            assert abs(row.spikes - spikes) <= 1
            assert row.norm <= row.threshold * (1 + 1e-6)


def test_the_mass_budget_bounds_the_spikes(shown):
    for row in shown[1]:
        if not row.pulses:
            assert 50 < row.spikes <= demo.BUDGET[row.recording] * 2


def test_the_tables_fit_a_terminal(shown):
    said = shown[2]
    assert max(map(len, said.splitlines()[:-1])) <= 80  # the last line names the folder
    for word in ("SendOnDelta", "modulo", "subtract", "zero", "as recorded", "+ 3 pulses", "yes", "no"):
        assert word in said
    assert "\u2026" not in said  # nothing is cut off


def test_what_it_writes(shown):
    folder, rows, _ = shown
    names = ["raster.png", "recording.png", "residual.png", "results.csv", "results.json"]
    assert sorted(p.name for p in folder.iterdir()) == names
    for name in names[:3]:
        assert (folder / name).read_bytes()[:4] == b"\x89PNG"
        assert (folder / name).stat().st_size < 400_000
    results = json.loads((folder / "results.json").read_text())
    assert [demo.Row(**r) for r in results] == rows
    with open(folder / "results.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["norm"]) for line in lines] == [row.norm for row in rows]


def test_recordings_are_encoded_as_said():
    cell = datasets.membrane()
    cell = replace(cell, samples=cell.samples[:600])
    made = list(demo.cases(cell))
    assert [type(c.make("zero")).__name__ for c in made] == ["SendOnDelta", "IF", "LIF"] * 2
    for case in made[3:]:
        pulses = case.measure[0].impulses
        theta = case.make("zero").threshold
        assert np.allclose(pulses.weights, [w * theta for w in demo.PULSES.values()])
        assert np.allclose(pulses.times, [120 / 2000, 162 / 2000, 204 / 2000])


@pytest.mark.parametrize(
    ("x", "digits", "said"),
    [
        (0.1, 5, "0.10000"),
        (np.nextafter(0.3, 0.0), 5, "0.29999"),
        (6.999999999, 5, "6.9999"),
        (7.0, 5, "7"),
        (0.0, 5, "0"),
        (1.5e-12, 5, None),
        (1.23456e20, 5, None),
    ],
)
def test_rounded_down(x, digits, said):
    got = demo.rounded_down(x, digits)
    assert Fraction(got) <= Fraction(float(x))
    assert Fraction(float(x)) - Fraction(got) <= Fraction(float(abs(x))) / 10 ** (digits - 1)
    assert said is None or got == said
