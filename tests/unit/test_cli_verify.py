"""`spikemath verify` and `spikemath experiments`: what they print, and the exit code that goes with it."""

from __future__ import annotations

import functools
import importlib
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

import spikemath.campaign as volume
import spikemath.cli as cli
import spikemath.experiments as published
from spikemath import theorems
from spikemath.cli._show import in_full
from spikemath.operators import IF
from spikemath.signals import Signal, SpikeTrain
from spikemath.theorems import Report, Verdict
from spikemath.theorems._claim import compare, exactly

module = importlib.import_module("spikemath.cli.verify")
CAMPAIGN = 200


def run(line: str):
    return CliRunner().invoke(cli.main, line.split())


def planted(name: str = "X1", limit: float = 3.0, **changes):
    """A false claim: trains have mass below a limit."""

    def instances():
        return st.tuples(st.lists(st.integers(0, 9), max_size=6).map(lambda w: SpikeTrain(range(len(w)), w)))

    def judge(eta):
        return compare(exactly(sum(map(abs, eta.exact_weights()))), exactly(limit))

    claim = theorems.get("Q1")
    return replace(
        claim, name=name, title="Mass is small", status="new", instances=instances, judge=judge, hypotheses=(),
        sharp=(), **changes,
    )  # fmt: skip


@pytest.fixture
def only(monkeypatch):
    """Let these be all the claims there are."""

    def set_claims(*claims):
        monkeypatch.setattr(theorems, "_known", {claim.name: claim for claim in claims})

    return set_claims


def test_a_claim_that_holds():
    done = run("verify q1 --examples 3 --seed 1")
    assert (done.exit_code, done.stderr) == (0, "")
    for part in ("claim", "worst ratio", "Q1", "The error of a train", "sharpened", "holds", "1 of 1 claims came out"):
        assert part in done.stdout
    assert "0.999999 " in done.stdout  # 1 - 2^-53, not rounded up to 1


def test_a_refuted_claim_comes_with_its_counterexample(only):
    claim = planted(limit=3.0)
    counterexample = theorems.Example("one heavy pulse", (SpikeTrain([2.5], [3.0]),))
    only(replace(claim, status="refuted", counterexamples=(counterexample,)))
    done = run("verify --examples 5")
    assert done.exit_code == 0
    assert "X1 is refuted: one heavy pulse\n    eta = SpikeTrain([2.5], [3.0])\n" in done.stdout


def test_a_claim_that_fails_shows_the_smallest_failing_instance_in_full(only):
    only(planted(limit=3.0), theorems.get("Q1"))
    done = run("verify --examples 200")
    assert done.exit_code == 1
    assert "1 of 2 claims came out as the theory says; not: X1" in done.stdout
    assert "X1: fails\n    eta = SpikeTrain([0.0], [3.0])\n    left = 3.0, right = 3.0, margin = 0.0\n" in done.stdout
    assert "holds" in done.stdout  # the other one ran as well


def test_a_claim_that_breaks_does_not_stop_the_others(only, monkeypatch):
    def broken(eta):
        raise RuntimeError("out of order")

    claims = planted("X1"), planted("X2", limit=1e6)
    only(replace(claims[0], judge=broken), claims[1])
    done = run("verify --examples 5")
    assert done.exit_code == 1
    assert "X1: error; RuntimeError: out of order" in done.stdout
    assert "1 of 2 claims came out as the theory says; not: X1" in done.stdout
    monkeypatch.setenv("SPIKEMATH_TRACEBACK", "1")
    assert isinstance(run("verify X1 --examples 5").exception, RuntimeError)


def test_an_undecided_claim_is_not_good(only):
    only(replace(planted(), judge=lambda eta: Verdict("undecided")))
    assert run("verify --examples 5").exit_code == 1


def test_verify_in_json(only):
    only(planted("X1", limit=1e6), planted("X2"))
    done = run("verify --examples 200 --seed 3 --json")
    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (said["examples"], said["seed"], said["good"], said["interrupted"]) == (200, 3, False, False)
    first, second = said["claims"]
    assert (first["name"], first["outcome"], first["good"], first["failing"]) == ("X1", "holds", True, None)
    assert first["examples"] == 200
    assert (second["outcome"], second["good"]) == ("fails", False)
    assert second["failing"] == ["eta = SpikeTrain([0.0], [3.0])"]


def test_the_status_chooses(only):
    only(planted("X1", limit=1e6), theorems.get("Q1"))
    said = json.loads(run("verify --examples 2 --status sharpened --json").stdout)
    assert [claim["name"] for claim in said["claims"]] == ["Q1"]


def test_ctrl_c_prints_what_was_done(only, monkeypatch):
    only(*(planted(f"X{i}", limit=1e6) for i in range(1, 4)))

    def verify(claim, *rest):
        if claim.name == "X3":
            raise KeyboardInterrupt
        return Report(claim.name, claim.status)

    monkeypatch.setattr(theorems, "verify", verify)
    done = run("verify")
    assert done.exit_code == 130
    assert "X2" in done.stdout
    assert "X3" not in done.stdout
    assert done.stderr == "spikemath: error: interrupted after 2 of 3 claims\n"
    assert json.loads(run("verify --json").stdout)["interrupted"] is True


def test_progress_only_where_somebody_looks(only, monkeypatch):
    only(planted(limit=1e6))
    assert run("verify --examples 20").stderr == ""
    monkeypatch.setattr(module, "somebody_looks", lambda: True)
    assert "X1" in run("verify --examples 20").stderr
    assert run("verify --examples 20 --json").stderr == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("verify Z9", "no claim 'Z9'; there are Q1"),
        ("verify Q1 --examples -1", "--examples"),
        ("verify --status true", "'true' is not one of"),
        ("verify --checkpoint c.json", "--checkpoint is for --campaign"),
        ("verify Q1 --campaign 10", "takes no claims"),
        ("verify --campaign 1.5", "1.5 is no whole number >= 1"),
        ("verify --campaign 0", "0 is no whole number >= 1"),
        ("verify --campaign many", "many is no whole number >= 1"),
        ("verify --campaign inf", "inf is no whole number >= 1"),
        ("verify --campaign 10 --checkpoint no/c.json", "no file can be put there"),
        ("experiments E9", "no experiment 'E9'; there are E1"),
    ],
)
def test_wrong_usage(line, said):
    done = run(line)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("spikemath: error: ")
    assert said in done.stderr


# the campaign


def test_a_campaign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(f"verify --campaign {CAMPAIGN} --seed 7 --checkpoint c.json")
    assert done.exit_code == 0
    result = volume.run(CAMPAIGN, 7)
    assert f"{CAMPAIGN} trains with {result.total('events'):,} pulses" in done.stdout
    assert (
        f"violations of the bound: 0; undecided: 0; escalated to rationals or balls: {result.total('escalated')}; "
        in (done.stdout)
    )
    said = json.loads(run(f"verify --campaign {CAMPAIGN + 50} --seed 7 --checkpoint c.json --json").stdout)
    more = volume.run(CAMPAIGN + 50, 7)
    assert said["checksum"] == f"{more.checksum:016x}"
    assert said["trains"] == sum(cell["trains"] for cell in said["cells"]) == CAMPAIGN + 50
    assert said["plain_violations"] == more.total("plain_violations")
    assert json.loads(run("verify --campaign 2e1 --json").stdout)["trains"] == 20


def test_a_campaign_that_finds_something(monkeypatch):
    monkeypatch.setattr(volume, "run", functools.partial(volume.run, encoder="plain"))
    done = run(f"verify --campaign {CAMPAIGN} --seed 7")
    found = volume.run(CAMPAIGN, 7).notable
    assert done.exit_code == 1
    assert f"violation at index {found[0]['index']}: " in done.stdout
    assert f"and {len(found) - 10} more: see --json" in done.stdout


def test_a_campaign_that_is_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = volume.run

    def stopped(trains, progress, **rest):
        def stop(done, total):
            progress(done, total)
            raise KeyboardInterrupt

        return whole(trains, progress=stop, block=30, **rest)

    monkeypatch.setattr(volume, "run", stopped)
    done = run("verify --campaign 1e2 --seed 7 --checkpoint c.json")
    assert (done.exit_code, done.stdout) == (130, "")
    assert "interrupted after 30 of 100 trains\n" in done.stderr
    assert "to go on: spikemath verify --campaign 100 --seed 7 --checkpoint c.json\n" in done.stderr
    monkeypatch.setattr(volume, "run", whole)
    said = json.loads(run("verify --campaign 1e2 --seed 7 --checkpoint c.json --json").stdout)
    assert said["checksum"] == f"{whole(100, 7).checksum:016x}"
    monkeypatch.setattr(volume, "run", stopped)
    assert "--checkpoint FILE keeps the state" in run("verify --campaign 1e2").stderr


def test_a_damaged_checkpoint_is_bad_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.json").write_text("{")
    done = run("verify --campaign 10 --checkpoint c.json")
    assert done.exit_code == 2
    assert "c.json is damaged" in done.stderr


# the experiments


def test_experiments_are_run_as_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(published, "run", lambda **how: asked.append(how))
    assert run("experiments").exit_code == 0
    assert run("experiments E1 e5 --out there --quick --seed 4").exit_code == 0
    assert asked == [
        {"out": "experiments-output", "only": None, "quick": False, "progress": False},
        {"out": "there", "only": ("E1", "e5"), "quick": True, "progress": False, "seed": 4},
    ]


# objects in full


def test_instances_can_be_typed_in_again():
    for eta in (
        SpikeTrain([]),
        SpikeTrain([0.1, 0.2], [5e-324, -1e300]),
        SpikeTrain([1.0, 2.0], [0.3, 0.3], domain=(0.0, 2.0)),
        IF(0.1)(SpikeTrain([0.0, 1.0], [0.25, 0.5])),
    ):
        again = eval(in_full(eta), {"SpikeTrain": SpikeTrain})
        if eta.quantum is None:
            assert again == eta
    tenth = SpikeTrain.from_samples([0.0, 1.0], fs=10.0)
    assert in_full(tenth) == "SpikeTrain([1/10], [1.0], domain=(0.0, 1/10))"


def test_signals_show_knots_coefficients_and_pulses():
    f = Signal.from_samples([1.0, 2.0], fs=2.0, t0=1.0, hold="linear") + SpikeTrain([1.5], [0.1])
    assert in_full(f) == (
        "Signal on [1.0, 1.5]: pieces with knots [1.0, 1.5] and coefficients [[1.0, 2.0]] + "
        "SpikeTrain([1.5], [0.1], domain=(1.0, 1.5))"
    )
    assert f(1.25) == 1.0 + 2.0 * 0.25


def test_long_lists_are_cut_only_where_asked():
    eta = SpikeTrain(range(50), [1.0] * 50)
    assert "49.0" in in_full(eta)
    assert "0.0, 1.0, ... (50 in all)" in in_full(eta, 2)
    assert in_full(((1, [2.5]), "x", None, True)) == "((1, [2.5]), 'x', None, True)"
