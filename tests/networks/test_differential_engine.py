"""The engine is the clocked integer model, spike for spike and potential for potential."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import differential as oracle

from spikemath._numeric.jit import DISABLED
from spikemath.networks import differential as dt
from spikemath.networks.differential import Decay, Engine, LifLayer, Stream

from .differential_cases import TABLES, by_oracle, differences, engine_of, oracle_decay, random_case

seeds = st.integers(0, 2**32 - 1)


def streams_equal(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("waits", "sources", "spike"))


@given(seeds, st.integers(1, 6))
def test_equal_to_the_oracle(seed, bits):
    case = random_case(np.random.default_rng(seed))
    assert not differences(case, engine_of(case)(dt.encode(case.trains, bits), case.until))


def test_hundreds_of_networks_equal_to_the_oracle_and_to_the_clocked_model(fresh_seed):
    rng = np.random.default_rng(fresh_seed)
    autonomous = 0
    for _ in range(20 if DISABLED else 300):
        case = random_case(rng)
        engine, trains = engine_of(case), dt.encode(case.trains, int(rng.integers(1, 7)))
        run, clocked = engine(trains, case.until), engine.clocked(trains, case.until)
        assert not differences(case, run), case
        for a, b in zip(run.streams[1:], clocked.streams[1:], strict=True):
            assert streams_equal(a, b)
        assert all(np.array_equal(a, b) for a, b in zip(run.potentials, clocked.potentials, strict=True))
        assert np.array_equal(run.scores, clocked.scores)
        autonomous += sum(c.get("autonomous", 0) for c in run.counts)
    assert autonomous > 0


@given(seeds, st.integers(1, 5), st.integers(1, 7), st.booleans())
def test_a_stream_in_blocks_gives_the_same_spikes(seed, bits, size, ends):
    """Wherever blocks are cut, in the middle of a tick too, and through a chain of layers."""
    case = random_case(np.random.default_rng(seed))
    words = dt.encode(case.trains, bits)
    until = case.until if ends else None
    whole = dt.merge(words)
    blocks = dt.in_blocks(dt.merge_streams([w.tolist() for w in words], bits), size)
    for layer in case.layers:
        whole, blocks = layer(whole, until), layer.blocks(blocks, until)
    sent = list(blocks)
    for name in ("waits", "sources"):
        joined = [x for block in sent for x in getattr(block, name).tolist()]
        assert joined == getattr(whole, name).tolist()


def test_autonomous_firings_between_events():
    """5 thresholds: 80 - 16 = 64, 32 - 16 = 16, 8: fires at 2 and, unasked, at 3; the next event is far."""
    stream, count, u = LifLayer([[80]], 16).run(Stream.of([[2, 1000]]), until=1000)
    assert stream.times.tolist() == [2, 3, 1000]
    assert count["autonomous"] == 1 and u.tolist() == [64]
    assert LifLayer([[80]], 16)(Stream.of([[2, 1000]])).times.tolist() == [2, 3, 1000, 1001]


def test_an_input_at_the_tick_of_an_autonomous_firing_is_added_first():
    """64 left at tick 0 is 32 at tick 1; with -20 it is 12 and silent."""
    layer = LifLayer([[80, -20]], 16)
    assert layer(Stream.of([[0], [1]]), until=5).times.tolist() == [0]


def test_no_decay_fires_on_until_it_is_below_threshold():
    layer = LifLayer([[7]], 2, Decay.table(1.0))
    assert layer(Stream.of([[0]])).times.tolist() == [0, 1, 2]


def test_spikes_at_one_tick_are_added_before_anything_fires():
    assert len(LifLayer([[5, -5]], 4)(Stream.of([[3], [3]]))) == 0


def test_neurons_of_one_tick_in_ascending_order_whatever_touched_them_first():
    layer = LifLayer([[0, 9], [9, 0], [0, 9]], 4)
    assert layer(Stream.of([[1], [1]]), until=1).sources.tolist() == [0, 1, 2]


@given(st.integers(-(2**40), 2**40), st.integers(0, 100), st.integers(1, 31))
def test_a_shift_by_the_gap_is_a_shift_per_tick(u, ticks, k):
    once = oracle.shift_down(k)
    v = u
    for _ in range(min(ticks, 50)):
        v = once(v)
    assert Decay(k)(u, min(ticks, 50)) == v


@given(st.sampled_from(TABLES), st.integers(-5000, 5000), st.integers(0, 40))
def test_a_table_is_its_map_once_per_tick(decay, u, ticks):
    once, v = oracle_decay(decay), u
    for _ in range(ticks):
        v = once(v)
    assert decay(u, ticks) == v


def test_a_gap_that_is_longer_than_any_table():
    for decay in TABLES:
        assert decay(5, 10**15) == decay(5, 10**4)


def test_floor_toward_zero_and_nearest_differ_where_they_should():
    one = [Decay.table(0.5, 4, rounding)(-5, 1) for rounding in ("down", "zero", "nearest")]
    assert one == [-3, -2, -2]
    assert Decay()(-5, 1) == -3 and Decay()(-1, 10**9) == -1  # an arithmetic shift never reaches 0 from below


@given(seeds)
def test_shared_patches_are_the_convolution(seed):
    rng = np.random.default_rng(seed)
    side, patch, stride, pad = (
        int(rng.integers(3, 8)),
        int(rng.integers(1, 4)),
        int(rng.integers(1, 3)),
        int(rng.integers(0, 2)),
    )
    w = rng.integers(-3, 4, (2, 3, patch, patch))
    s = dt.Synapses.patches(w, side, stride, pad)
    x = rng.integers(0, 3, (3, side, side))
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    new = (side + 2 * pad - patch) // stride + 1
    wanted = [
        int((w[o] * padded[:, r * stride : r * stride + patch, c * stride : c * stride + patch]).sum())
        for o in range(2)
        for r in range(new)
        for c in range(new)
    ]
    assert (s.matrix() @ x.ravel()).tolist() == wanted


@given(st.integers(1, 2**12), st.integers(1, 12))
def test_first_spike_under_constant_drive_is_the_closed_form(numerator, n_max):
    """Drives k / 2^12 in units fine enough that no shift loses anything."""
    from fractions import Fraction

    scale = 2**n_max
    trains = dt.encode_drive([numerator * scale], threshold=2**12 * scale, until=n_max)
    times = dt.decode(trains)[0]
    first = int(times[0]) if times.size else None
    I = Fraction(numerator, 2**12)  # noqa: E741
    inside = [
        n
        for n in range(1, n_max + 1)
        if I * (2**n - 1) >= 2 ** (n - 1) and (n == 1 or I * (2 ** (n - 1) - 1) < 2 ** (n - 2))
    ]
    assert ([first] if first else []) == inside
    wanted = dt.first_spike(I)
    assert first == (wanted if wanted is not None and wanted <= n_max else None)


@pytest.mark.parametrize("drive", [2**19, 2**19 - 1, 1, 0, -7])
def test_half_a_threshold_never_fires(drive):
    assert dt.encode_drive([drive], threshold=2**20, until=1000).spikes == 0


@given(seeds, st.sampled_from(["subtract", "modulo"]))
def test_encoders_are_the_clocked_model(seed, reset):
    rng = np.random.default_rng(seed)
    decay = [Decay(), Decay(2), *TABLES][rng.integers(7)]
    drive = rng.integers(-20, 70, 12)
    until = int(rng.integers(0, 12))
    trains = dt.encode_drive(drive, 16, until, decay, reset, bits=[None, 2][rng.integers(2)])
    fired, _ = oracle.layer(
        [range(1, until + 1)], drive[:, None].tolist(), [16] * 12, oracle_decay(decay), reset, until
    )
    assert [t.tolist() for t in dt.decode(trains)] == fired


def test_memory_maps_are_read_in_place(tmp_path):
    rng = np.random.default_rng(5)
    case = random_case(rng)
    trains = dt.encode(case.trains, 3)
    np.save(tmp_path / "words.npy", trains.words)
    mapped = dt.WaitingTimes(np.load(tmp_path / "words.npy", mmap_mode="r"), trains.indptr, 3)
    assert streams_equal(dt.merge(mapped), dt.merge(trains))
    assert not differences(case, engine_of(case)(mapped, case.until))


def test_empty_everything():
    layer = LifLayer(np.zeros((0, 2), int), 1)
    assert len(layer(Stream.of([[1], []]), until=3)) == 0
    assert len(LifLayer([[3]], 1)(Stream.of([[]]))) == 0
    assert len(LifLayer([[3]], 1)(Stream.of([[7]]), until=6)) == 0


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: LifLayer([[0.5]], 1), TypeError, "weights must be integers"),
        (lambda: LifLayer([[1]], 0), ValueError, "threshold = 0: must be positive"),
        (lambda: LifLayer([[1]], 1, reset="zero"), ValueError, "reset = 'zero'"),
        (lambda: LifLayer([1], 1), ValueError, "must be a matrix"),
        (lambda: LifLayer([[1]], 1)(Stream.of([[], [1]])), ValueError, "sources beyond 1 inputs"),
        (lambda: Engine([LifLayer([[1]], 1), LifLayer([[1, 1]], 1)]), ValueError, "layer 1 has 2 inputs"),
        (lambda: Engine([]), ValueError, "needs a layer"),
        (lambda: Decay(0), ValueError, "shift = 0"),
        (lambda: Decay.table(1.5), ValueError, "beta from 0 to 1"),
        (lambda: Decay.table(0.5, rounding="up"), ValueError, "rounding = 'up'"),
        (lambda: dt.encode_drive([1], 0, 3), ValueError, "threshold = 0"),
    ],
)
def test_bad_arguments(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_the_oracle_alone():
    """By hand: 5 at tick 0, threshold 2, halving: 5 - 2 = 3, 1, 0."""
    assert oracle.layer([[0]], [[5]], [2], oracle.shift_down(1), "subtract", 3) == ([[0]], [0])
    assert oracle.layer([[0]], [[9]], [2], oracle.shift_down(1), "subtract", 3) == ([[0, 1]], [0])
    assert oracle.layer([[0]], [[9]], [2], oracle.shift_down(1), "modulo", 0) == ([[0, 0, 0, 0]], [1])
    assert by_oracle(random_case(np.random.default_rng(0)))
