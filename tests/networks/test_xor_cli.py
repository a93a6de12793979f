"""`spikemath xor`: the table, JSON, the files, the errors."""

from __future__ import annotations

import csv
import json
from fractions import Fraction

import pytest

from spikemath.cli import main
from spikemath.networks import xor

FEW = ["--samples", "60", "--hidden", "2"]


def run(capsys, *args):
    code = main(["xor", *args], standalone_mode=False)
    return code, capsys.readouterr().out


def test_the_table_has_shares_intervals_and_exact_probabilities(capsys):
    code, out = run(capsys, *FEW, "--refractory", "0")
    assert not code
    rows = [line for line in out.splitlines() if "one-line" in line and "(0." in line]
    assert len(rows) == 6
    assert "exactly 0.1316" in out
    assert "exactly 0 " in out
    assert "weights 11/16 and 25/32" in out
    assert "60 random layers, graded spikes" in out


def test_json_holds_the_same(capsys):
    _, out = run(capsys, *FEW, "--json", "--encoding", "latency", "--encoding", "referenced", "--gate", "xor", "--beta",
                 "1/2", "--readout", "count", "--refractory", "0", "--unit", "--seed", "3")  # fmt: skip
    said = json.loads(out)
    assert said["beta"] == "1/2"
    assert {row["gate"] for row in said["rows"]} == {"XOR"}
    assert len(said["rows"]) == 2 * 3 * 2
    found = xor.study(("latency", "referenced"), alphas=said["settings"]["alphas"][0], spikes="unit", readouts="count",
                      hidden=2, samples=60, seed=3)  # fmt: skip
    for row in said["rows"]:
        p = found.probability("XOR", row["hidden"], encoding=row["encoding"], reset=row["reset"])
        assert (row["value"], row["low"]) == p[:2]
        if row["encoding"] == "referenced":
            assert row["exact"] is None
        else:
            law = xor.law("latency", Fraction(1, 2), row["reset"], 0, "count", False)
            assert row["exact"] == float(law.probability("XOR", row["hidden"]))


@pytest.mark.jit_only
def test_files_are_written(capsys, tmp_path):
    folder = tmp_path / "xor"
    run(capsys, *FEW, "--encoding", "two-lines", "--refractory", "0", "--out", str(folder))
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["settings.json", "table.csv"]
        + [f"{name}.{kind}" for name in ("map", "probabilities", "solution", "weights") for kind in ("png", "svg")]
    )
    with open(folder / "table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 2 * 2 * 17
    assert {row["gate"] for row in rows} == {*xor.GATES, "all"}


def test_a_checkpoint_is_gone_on_from(capsys, tmp_path):
    path = tmp_path / "study.npz"
    _, first = run(capsys, *FEW, "--checkpoint", str(path))
    assert path.is_file()
    assert run(capsys, *FEW, "--checkpoint", str(path))[1] == first


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--gate", "XAND"], "gate = 'XAND' must be a number from 0 to 15"),
        (["--beta", "2"], "2 is no number in (0, 1]"),
        (["--beta", "1/0"], "1/0 is no number in (0, 1]"),
        (["--samples", "0"], "samples"),
        (["--encoding", "rate"], "rate"),
        (["--checkpoint", "/nowhere/at/all.npz"], "no file can be put there"),
    ],
)
def test_errors_are_one_line(capsys, args, said):
    with pytest.raises(SystemExit) as exit_:
        main(["xor", *FEW, *args])
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("spikemath: error: ")
    assert error.count("\n") == 1
    assert said in error
