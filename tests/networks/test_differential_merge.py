"""Waiting times and their merging: spelling, order, width, and that blocks merge to the same stream."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import differential as oracle

from spikemath.networks import differential as dt

gaps = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 70)), max_size=12)
many = st.lists(gaps.map(lambda g: list(itertools.accumulate(g))), max_size=9)
widths = st.integers(1, 7)


def events(stream):
    return list(zip(stream.times.tolist(), stream.sources.tolist(), stream.spike.tolist(), strict=True))


@given(many, widths)
def test_decode_undoes_encode(trains, bits):
    words = dt.encode(trains, bits)
    assert [t.tolist() for t in dt.decode(words)] == trains
    assert [list(dt.decode_stream(w.tolist(), bits)) for w in words] == trains
    assert words.spikes == sum(map(len, trains))


@given(many)
def test_without_a_width_there_are_no_null_events(trains):
    words = dt.encode(trains)
    assert len(words.words) == sum(map(len, trains))
    assert words.bits == dt.word_bits(max((b - a for t in trains for a, b in itertools.pairwise([0, *t])), default=0))


@given(many, widths)
def test_a_merged_stream_is_the_sorted_one(trains, bits):
    stream = dt.merge(dt.encode(trains, bits))
    spikes = [(t, i) for t, i, spike in events(stream) if spike]
    assert spikes == oracle.sorted_events(trains)


@given(many, widths)
def test_registers_tree_and_generator_agree(trains, bits):
    words = dt.encode(trains, bits)
    tree = dt.merge(words)
    assert events(tree) == events(dt.merge(words, flat=True))
    pulled = list(dt.merge_streams([w.tolist() for w in words], bits))
    assert pulled == list(zip(tree.waits.tolist(), tree.sources.tolist(), tree.spike.tolist(), strict=True))


@given(many, widths)
def test_no_wait_is_wider_than_a_word(trains, bits):
    assert dt.merge(dt.encode(trains, bits)).waits.max(initial=0) <= 2**bits - 1


@given(many, widths, st.data())
def test_blocks_merged_first_give_the_same_stream(trains, bits, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(trains)), max_size=3)))
    blocks = [trains[a:b] for a, b in itertools.pairwise([0, *cuts, len(trains)])]
    merged = dt.merge_merged([dt.merge(dt.encode(b, bits)) for b in blocks], [len(b) for b in blocks])
    assert events(merged) == events(dt.merge(dt.encode(trains, bits)))


@given(many, widths)
def test_the_invariant(trains, bits):
    """After each event, register i = next event of train i - time of the last event: what is left to wait."""
    words = dt.encode(trains, bits)
    ends = [list(itertools.accumulate(w.tolist())) for w in words]  # ticks of all events, null ones too
    done, now = [0] * len(ends), 0
    for wait, source, _ in zip(
        *(getattr(dt.merge(words), k).tolist() for k in ("waits", "sources", "spike")), strict=True
    ):
        left = [e[k] - now for e, k in zip(ends, done, strict=True) if k < len(e)]
        assert all(0 <= x <= words.null for x in left)
        assert wait == min(left)
        now += wait
        assert ends[source][done[source]] == now
        done[source] += 1


@given(many, widths)
def test_a_stream_goes_back_into_trains(trains, bits):
    stream = dt.merge(dt.encode(trains, bits))
    assert [t.tolist() for t in dt.decode(stream.trains(len(trains), bits))] == trains
    assert events(dt.Stream.of(trains)) == [e for e in events(stream) if e[2]]


def test_trains_without_an_end():
    clocks = [itertools.repeat(2), itertools.repeat(3), itertools.count(1)]
    got = list(itertools.islice(dt.merge_streams(clocks, 5), 9))
    t, times = 0, []
    for wait, source, _ in got:
        t += wait
        times.append((t, source))
    assert times == [(1, 2), (2, 0), (3, 1), (3, 2), (4, 0), (6, 0), (6, 1), (6, 2), (8, 0)]


def test_one_word_of_each_train_is_held():
    taken = [0, 0]

    def clock(i):
        while True:
            taken[i] += 1
            yield 4

    list(itertools.islice(dt.merge_streams([clock(0), clock(1)], 3), 10))
    assert max(taken) <= 6


def test_a_long_gap_is_null_events_and_the_rest():
    assert dt.encode([[21]], bits=3).words.tolist() == [7, 7, 7, 0]
    assert dt.encode([[6, 13]], bits=3).words.tolist() == [6, 7, 0]


@pytest.mark.parametrize("bits", [1, 8, 9, 16, 17, 32, 33, 62])
def test_words_of_every_width(bits):
    t = [0, 0, 1, 300, 70_000, 5_000_000] if bits > 8 else [0, 0, 1, 300]
    words = dt.encode([t, t], bits)
    assert words.words.dtype.itemsize * 8 >= bits and words.words.dtype.kind == "u"
    assert [x.tolist() for x in dt.decode(words)] == [t, t]
    if bits in (1, 9, 33):
        assert dt.merge(words).spike.sum() == 2 * len(t)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: dt.encode([[3, 1]]), ValueError, r"trains\[0\]\[1\] = 1: ticks must ascend"),
        (lambda: dt.encode([[-1]]), ValueError, "ticks must ascend from 0"),
        (lambda: dt.encode([[0.5]]), TypeError, "integers"),
        (lambda: dt.encode([[1]], bits=0), ValueError, "bits = 0"),
        (lambda: dt.WaitingTimes(np.array([1]), np.array([0, 2]), 3), ValueError, "indptr"),
        (lambda: list(dt.merge_streams([[9]], 3)), ValueError, "train 0 has the word 9"),
        (lambda: dt.merge_merged([dt.Stream.of([[1]])], [1, 2]), ValueError, "1 streams and 2 counts"),
        (lambda: dt.Stream([1], [0, 0], [True]), ValueError, "1 waits, 2 sources"),
        (lambda: dt.Stream([-1], [0], [True]), ValueError, "must not be negative"),
    ],
)
def test_bad_arguments(make, error, says):
    with pytest.raises(error, match=says):
        make()
