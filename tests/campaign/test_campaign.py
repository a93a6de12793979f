"""The campaign by volume: its trains, its certifier, and that neither blocks nor interruptions change what it finds."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import numpy as np
import pytest

from campaign import reference
from spikemath._numeric.jit import DISABLED
from spikemath.campaign import ALPHAS, COLUMNS, FAMILIES, THRESHOLDS, CheckpointError, run, train
from spikemath.campaign._certify import KEPT, LOST, OPEN, certify_if, certify_lif
from spikemath.campaign._escalate import certified, examine, parts, spikes_of, tables
from spikemath.campaign._sweep import EXACT, PLAIN
from spikemath.norms import alexiewicz_norm
from spikemath.operators import LIF

MANY = 40 if DISABLED else 3000
SEED = 20261122


@pytest.mark.parametrize("lengths", [(1, 50), (3, 3), (1, 200)])
def test_the_trains_are_those_of_the_description(lengths):
    seen = set()
    for index in [*range(MANY), 2**40, 2**62]:
        ticks, weights, which, leak, family = parts(SEED, index, lengths)
        got = ticks.tolist(), weights.tolist(), THRESHOLDS[which], ALPHAS[leak], FAMILIES[family]
        assert got == reference.train(SEED, index, *lengths), index
        seen.add((got[2], got[3], got[4]))
        if index % 10:
            continue
        eta, theta, alpha = train(SEED, index, lengths)
        assert (theta, alpha) == got[2:4]
        assert eta.exact_times() == [Fraction(int(t), 10) for t in ticks]
        assert eta.exact_weights() == list(map(Fraction, got[1]))
    if not DISABLED:
        assert len(seen) >= 6 * 4 + 3 * 3 * 2  # all but the rare ones


@pytest.mark.jit_only
def test_rare_families_come_up_and_are_escalated_and_kept():
    result = run(20_000, seed=SEED, lengths=(1, 30))
    for family in ("deep", "aimed", "homing"):
        alphas = (0.0,) if family == "deep" else ALPHAS[1:]
        assert sum(result.total("trains", alpha=alpha, family=family) for alpha in alphas) > 0, family
    deep = result.total("trains", family="deep")
    assert 0.5 * deep <= result.total("escalated", family="deep") <= deep
    assert result.good
    assert result.total("violations") == result.total("undecided") == 0
    assert result.total("events") > 10 * result.total("trains")


def test_the_kernel_emits_what_the_operator_emits():
    """The checksum covers every spike: time and count, of every train."""
    n = MANY // 4
    result = run(n, seed=SEED)
    checksum = spikes = 0
    for index in range(n):
        verdict, count, digest = examine(SEED, index, (1, 50), EXACT)
        assert verdict == KEPT
        checksum, spikes = (checksum + digest) % 2**64, spikes + count
    assert (result.checksum, result.total("spikes")) == (checksum, spikes)


def test_the_operators_themselves_keep_the_bound_there():
    for index in range(MANY // 20):
        eta, theta, alpha = train(SEED, index)
        assert alexiewicz_norm(eta - LIF(theta, alpha)(eta), alpha) < theta


def test_the_same_on_every_run_and_for_every_block_size():
    n = MANY
    whole = run(n, seed=SEED)
    for block in (n, 997, 13 if not DISABLED else 7):
        assert run(n, seed=SEED, block=block) == whole, block
    assert run(n, seed=SEED + 1).checksum != whole.checksum
    assert run(n - 1, seed=SEED).checksum != whole.checksum


@pytest.mark.parametrize("trial", range(4))
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, trial):
    n, file, rng = MANY // 2, tmp_path / "c.json", random.Random(trial)
    whole = run(n, seed=SEED, encoder="plain")
    stops = 0
    while True:
        left = rng.randint(1, 5)

        def stop(done, total):
            nonlocal left
            left -= 1
            if left == 0 and done < total:
                raise KeyboardInterrupt

        try:
            result = run(
                n, SEED, checkpoint=file, progress=stop, encoder="plain",
                every=rng.choice([0.0, 100.0]), block=rng.randint(n // 20, n // 8),
            )  # fmt: skip
            break
        except KeyboardInterrupt:
            stops += 1
            assert 0 < json.loads(file.read_text())["done"] < n
    assert stops >= 1
    assert result == whole
    assert result.notable == whole.notable != ()
    assert list(tmp_path.iterdir()) == [file]


def test_killed_without_a_word_it_goes_on_from_the_last_checkpoint(tmp_path):
    n, file = MANY // 4, tmp_path / "c.json"
    run(n // 2, SEED, checkpoint=file)
    before = file.read_bytes()
    run(n // 2 + 5, SEED, checkpoint=file)
    file.write_bytes(before)  # what came after was never written
    assert run(n, SEED, checkpoint=file) == run(n, SEED)
    assert run(n, SEED, checkpoint=file) == run(n, SEED)  # and a finished one is not run again


def test_a_planted_encoder_is_found_and_each_violation_reproduced_from_its_index():
    n = MANY
    result = run(n, seed=SEED, encoder="plain")
    assert not result.good
    assert result.total("violations") == len(result.notable) > 0
    if not DISABLED:
        assert result.total("violations") > 0.1 * n
    for found in result.notable:
        assert found["verdict"] == "violation"
        ticks, weights, theta, alpha, family = reference.train(SEED, found["index"], 1, 50)
        assert [float.fromhex(w) for w in found["weights"]] == weights
        assert (found["ticks"], found["threshold"], found["alpha"], found["family"]) == (ticks, theta, alpha, family)
        counts = reference.plain(ticks, weights, theta, alpha)
        sent = dict(zip(found["spike_ticks"], found["counts"], strict=True))
        assert sent == {t: c for t, c in zip(ticks, counts, strict=True) if c}
        if alpha == 0.0:
            assert not reference.kept(weights, [c * Fraction(theta) for c in counts], theta)


def test_the_contrast_counts_what_plain_floats_violate():
    n = MANY // 2
    result, broken = run(n, seed=SEED), 0
    for index in range(n):
        ticks, weights, theta, alpha, family = reference.train(SEED, index, 1, 50)
        if alpha == 0.0 and family != "deep":
            counts = reference.plain(ticks, weights, theta, alpha)
            broken += not reference.kept(weights, [Fraction(theta * c) for c in counts], theta)
    assert result.total("plain_violations", alpha=0.0) == broken > 0


def wrong(counts, rng):
    """Some count off by one, or none."""
    out = list(counts)
    if out and rng.random() < 0.7:
        out[rng.randrange(len(out))] += rng.choice([-1, 1])
    return out


def test_the_integer_certifier_agrees_with_fractions():
    rng, seen = random.Random(1), {KEPT: 0, LOST: 0}
    for index in range(MANY):
        ticks, weights, theta, alpha, family = reference.train(SEED, index, 1, 50)
        if alpha != 0.0 or family == "deep":
            continue
        counts = wrong(reference.plain(ticks, weights, theta, 0.0), rng)
        good = reference.kept(weights, [c * Fraction(theta) for c in counts], theta)
        grid = np.array(ticks, dtype=float)
        args = grid, np.array(weights), len(ticks), theta, len(counts), np.array(counts, dtype=np.int64), grid
        verdict = certify_if(*args)
        assert verdict == (KEPT if good else LOST)
        seen[verdict] += 1
        floats = [theta * c for c in counts]
        good = reference.kept(weights, map(Fraction, floats), theta)
        assert certify_if(*args[:4], -1, np.array(floats), grid) == (KEPT if good else LOST)
    assert min(seen.values()) > (0 if DISABLED else 100)


def test_the_enclosing_certifier_agrees_with_balls():
    rng, seen = random.Random(2), {KEPT: 0, LOST: 0, OPEN: 0}
    hi, lo = tables()
    for index in range(MANY):
        ticks, weights, theta, alpha, _ = reference.train(SEED, index, 1, 50)
        if alpha == 0.0:
            continue
        counts = wrong(reference.plain(ticks, weights, theta, alpha), rng)
        truth = certified(ticks, weights, theta, alpha, ticks, counts)
        grid, row = np.array(ticks, dtype=float), ALPHAS.index(alpha)
        got = certify_lif(
            grid, np.array(weights), len(ticks), theta, hi[row], lo[row], len(counts),
            np.array(counts, dtype=np.int64), grid,
        )  # fmt: skip
        assert got in (truth, OPEN)
        seen[got] += 1
    assert seen[KEPT] > 0
    assert seen[LOST] > 0
    assert seen[OPEN] <= 0.02 * MANY


ULP = 2.0**-53  # of the floats just below 1


@pytest.mark.parametrize(
    ("weights", "counts", "verdict"),
    [
        ([1.0 - ULP], [0], KEPT),
        ([1.0], [0], LOST),
        ([-1.0], [0], LOST),
        ([-1.0 + ULP], [0], KEPT),
        ([1.0, -(2.0**-100)], [0, 0], LOST),  # once is too often
        ([2.0**-100, 1.0], [0, 1], KEPT),
        ([-(2.0**-100), 1.0], [0, 1], KEPT),
        ([-(2.0**-100), 1.0, 2.0**-100], [0, 0, 0], LOST),
        ([-(2.0**-100), -1.0 + ULP, -ULP], [0, 0, 0], LOST),
        ([2.0**-101], [0], OPEN),
        ([1024.0], [1024], OPEN),
        ([1023.5], [1023], KEPT),
        ([-1023.5], [-1023], KEPT),
        ([1023.5, 1023.5], [0, 0], OPEN),
    ],
)
def test_the_integer_certifier_on_its_edges(weights, counts, verdict):
    grid = np.arange(float(len(weights)))
    args = grid, np.array(weights), len(weights), 1.0, len(counts), np.array(counts, dtype=np.int64), grid
    assert certify_if(*args) == verdict
    if verdict == OPEN:
        return
    hi, lo = tables()
    exact = certified(list(range(len(weights))), weights, 1.0, 0.0, list(range(len(weights))), counts)
    assert exact == verdict
    assert certify_lif(*args[:4], hi[0], lo[0], *args[4:]) in (verdict, OPEN)  # the row of no leak


def test_a_spike_where_there_is_no_pulse_is_a_violation():
    one, half = np.array([1], dtype=np.int64), np.array([0.5])
    hi, lo = tables()
    for at in (1.0, 3.0):
        sent = np.array([at])
        assert certify_if(np.array([2.0]), half, 1, 1.0, 1, one, sent) == LOST
        assert certify_lif(np.array([2.0]), half, 1, 1.0, hi[2], lo[2], 1, one, sent) == LOST
        assert certified([2], [0.5], 1.0, 0.0, [int(at)], [1]) == LOST


def test_the_decay_table_is_within_its_error():
    hi, lo = tables()
    for a, alpha in enumerate(ALPHAS):
        for gap in (0, 1, 2, 7, 8, 50, 400, 1600):
            assert hi[a, gap] == reference.decay(alpha, gap)
            reference.getcontext().prec = 90
            exact = Fraction((reference.Decimal(alpha) * gap / -10).exp())
            assert abs(Fraction(hi[a, gap]) + Fraction(lo[a, gap]) - exact) <= exact / 2**106 + Fraction(2) ** -1070


@pytest.mark.parametrize("damage", ["cut", "empty", "changed", "foreign", "list"])
def test_a_damaged_checkpoint_is_refused(tmp_path, damage):
    file = tmp_path / "c.json"
    run(20, SEED, checkpoint=file)
    text = file.read_text()
    tampered = text.replace('"done": 20', '"done": 10')
    assert tampered != text
    file.write_text({"cut": text[:-30], "empty": "", "changed": tampered, "foreign": '{"a": 1}', "list": "[]"}[damage])
    with pytest.raises(CheckpointError, match="damaged, or no checkpoint"):
        run(40, SEED, checkpoint=file)


def test_the_checkpoint_of_another_campaign_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "c.json"
    run(20, SEED, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(CheckpointError, match=r"seed = 20261122, not 5"):
        run(40, 5, checkpoint=file)
    with pytest.raises(CheckpointError, match=r"lengths = \[1, 50\], not \[2, 50\]"):
        run(40, SEED, lengths=(2, 50), checkpoint=file)
    with pytest.raises(CheckpointError, match="encoder = 'exact', not 'plain'"):
        run(40, SEED, checkpoint=file, encoder="plain")
    with pytest.raises(CheckpointError, match="holds 20 trains already"):
        run(10, SEED, checkpoint=file)
    monkeypatch.setattr("spikemath.campaign._state.code_digest", lambda: "0")
    with pytest.raises(CheckpointError, match="made by other code"):
        run(40, SEED, checkpoint=file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"trains": -1}, "trains = -1"),
        ({"trains": 1.5}, "trains = 1.5"),
        ({"seed": -1}, "seed = -1"),
        ({"seed": 2**63}, "seed = 9223372036854775808"),
        ({"lengths": (0, 5)}, "lengths"),
        ({"lengths": (5, 4)}, "lengths"),
        ({"lengths": (1, 201)}, "lengths"),
        ({"encoder": "own"}, "encoder = 'own'"),
        ({"block": 0}, "block = 0"),
    ],
)
def test_bad_arguments(changed, said):
    with pytest.raises(ValueError, match=said):
        run(**({"trains": 1} | changed))


def test_no_trains():
    result = run(0)
    assert result.good
    assert result.done == result.checksum == 0
    assert [result.total(column) for column in COLUMNS] == [0] * len(COLUMNS)


def test_plain_spikes_from_an_index_are_those_of_the_reference():
    for index in range(MANY // 10):
        ticks, weights, theta, alpha, _ = reference.train(SEED, index, 1, 50)
        counts = reference.plain(ticks, weights, theta, alpha)
        at, sent, _ = spikes_of(SEED, index, (1, 50), PLAIN)
        assert dict(zip(at, sent, strict=True)) == {t: c for t, c in zip(ticks, counts, strict=True) if c}
