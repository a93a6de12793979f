"""What a linear readout sees of the hidden layer, as integers.

A hidden neuron answers each of the four inputs with a train of spikes sum_k c_k theta delta_{t_k}. A readout is
linear in it:

    time-resolved   sum_k c_k g(t_k) with any function g: one feature for each instant at which a spike can happen
    windows         one feature for each stretch of time between given edges: the sum of c_k in it
    count           one window, so one feature a neuron

*graded*: c_k is the signed number of thresholds; *unit*: its sign. Only reset to modulo sends more than one
threshold.

At which instants a spike can happen is known beforehand: at the pulses of any of the four inputs, and (with a
refractory time t_r) m t_r after one of them. Simulation is that of the package: `spikes` asks the operator itself,
one train after the other, and `reservoir` runs the same compiled kernels over many neurons; comparisons that the
kernel leaves open go to the operator. Every decision is exact.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder.firing import DONE, add_up
from spikemath._encoder.rules import Settings
from spikemath._encoder.train_kernels import FLOATS, INTEGERS, WRITTEN, if_train, lif_train
from spikemath._numeric.eft import CAPACITY, grow
from spikemath._numeric.jit import compiled
from spikemath.networks.xor.encodings import BitEncoding, bit_encoding
from spikemath.operators import IF, LIF

IntArray = NDArray[np.int64]
Readout = str | tuple[float, ...]
SPIKES = ("graded", "unit")
_MOST = 4096  # instants at which spikes can happen


class Slots(NamedTuple):
    """The instants at which a spike can happen: coordinates, and as exact numbers."""

    hi: NDArray[np.float64]
    lo: NDArray[np.float64]
    times: tuple[Fraction, ...]


def slots(encoding: BitEncoding, refractory: float = 0.0) -> Slots:
    """Every instant at which a neuron may answer one of the four inputs, in order."""
    end, found = Fraction(encoding.end), {}
    for start in sorted({t for x in encoding.pulses for _, t, _ in x}):
        hi, lo = float(start), 0.0
        while (time := Fraction(hi) + Fraction(lo)) <= end and time not in found:
            found[time] = (hi, lo)
            if len(found) > _MOST:
                raise ValueError(f"refractory = {refractory!r} is so short that more than {_MOST} spikes fit: raise it")
            if refractory == 0.0:
                break
            hi, lo = map(float, add_up(hi, lo, refractory, 0.0))
    times = tuple(sorted(found))
    return Slots(np.array([found[t][0] for t in times]), np.array([found[t][1] for t in times]), times)


def spikes(weights: Any, encoding: Any, neuron: LIF | IF) -> IntArray:
    """Counts of every neuron's spikes, by the operator itself.

    Parameters
    ----------
    weights : array_like, shape (neurons, lines)
        The weight of each line for each neuron.
    encoding : str or BitEncoding
        How bits become pulses.
    neuron : LIF or IF
        The operator of the hidden layer.

    Returns
    -------
    numpy.ndarray of int64, shape (neurons, 4, slots)
        Signed counts at every instant at which a spike can happen, for 00, 01, 10, 11.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.spikes([[1.5]], "one-line", sm.LIF(1.0, alpha=0.5))[0, 1]      # 01: pulses at 0 and 3
    array([1, 0, 0, 1])
    """
    code = bit_encoding(encoding)
    _exact(neuron)
    w = _weights(weights, code)
    at = {t: k for k, t in enumerate(slots(code, neuron.refractory).times)}
    out = np.zeros((w.shape[0], 4, len(at)), dtype=np.int64)
    for m, row in enumerate(w):
        for place in range(4):
            train = neuron(code.train(place, row))
            for t, count in zip(train.exact_times(), train.counts, strict=True):
                out[m, place, at[t]] = count
    return out


def features(
    weights: Any, encoding: Any, neuron: LIF | IF, readout: Readout = "time-resolved", graded: bool = True
) -> IntArray:  # fmt: skip
    """The feature vectors of a hidden layer on 00, 01, 10, 11.

    Parameters
    ----------
    weights : array_like, shape (neurons, lines)
        The weight of each line for each neuron.
    encoding : str or BitEncoding
        How bits become pulses.
    neuron : LIF or IF
        The operator of the hidden layer.
    readout : {"time-resolved", "count"} or tuple of float
        What of a spike train the readout sees; a tuple gives the edges between windows (at an edge is right of it).
    graded : bool
        Whether a spike counts with its number of thresholds, or with its sign only.

    Returns
    -------
    numpy.ndarray of int64, shape (4, features)

    Examples
    --------
    >>> import spikemath as sm
    >>> lif = sm.LIF(1.0, alpha=0.5)
    >>> sm.networks.xor.features([[1.75], [-2.5]], "one-line", lif, "count").tolist()
    [[3, -4], [2, -4], [3, -4], [3, -4]]
    """
    code = bit_encoding(encoding)
    return np.ascontiguousarray(read(spikes(weights, code, neuron), code, neuron.refractory, readout, graded)[0])


def read(
    counts: IntArray, encoding: BitEncoding, refractory: float, readout: Readout, graded: bool, hidden: int = 0
) -> IntArray:  # fmt: skip
    """Features (networks, 4, features) of networks of ``hidden`` neurons (default: all in one) from their counts."""
    seen = counts if graded else np.sign(counts)
    if readout != "time-resolved":
        edges = () if readout == "count" else readout
        times = [float(t) for t in slots(encoding, refractory).times]
        window = np.searchsorted(np.asarray(edges, dtype=np.float64), times, side="right")
        seen = np.stack([seen[..., window == k].sum(axis=-1) for k in range(len(edges) + 1)], axis=-1)
    n = hidden or seen.shape[0]
    together = seen.reshape(-1, n, *seen.shape[1:]).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(together).reshape(together.shape[0], 4, -1)


def check_readout(readout: Any) -> Readout:
    """A readout, checked."""
    if isinstance(readout, str):
        if readout in ("time-resolved", "count"):
            return readout
        raise ValueError(f"readout = {readout!r} must be 'time-resolved', 'count' or a tuple of increasing times")
    edges = tuple(float(edge) for edge in readout)
    if not edges or list(edges) != sorted(set(edges)):
        raise ValueError(f"readout = {readout!r}: edges between windows must be increasing times, at least one")
    return edges


def _exact(neuron: Any) -> Settings:
    if not isinstance(neuron, LIF | IF):
        raise TypeError(f"neuron must be LIF or IF, got {type(neuron).__name__}")
    if neuron.arithmetic != "exact":
        raise ValueError(f"neuron.arithmetic = {neuron.arithmetic!r} must be 'exact': gates are decided, not estimated")
    return neuron._settings


def _weights(weights: Any, code: BitEncoding) -> NDArray[np.float64]:
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[1] != code.lines:
        raise ValueError(f"weights has shape {w.shape}; (neurons, {code.lines}) is needed for encoding {code.name!r}")
    if not np.isfinite(w).all():
        raise ValueError("weights must be finite")
    return w


def _run(
    weights: Any, first: Any, line: Any, time: Any, sign: Any, end: float, leak: float, theta: float, reset: int,
    bipolar: int, refractory: float, slot_hi: Any, slot_lo: Any, out: Any, open_: Any,
) -> None:  # fmt: skip
    """The answers of many neurons to the four inputs; ``open_`` marks neurons with a comparison left open."""
    state, flags = np.zeros(FLOATS), np.zeros(INTEGERS, dtype=np.int64)
    most = slot_hi.size + 1
    out_hi, out_lo, out_count = np.zeros(most + 1), np.zeros(most + 1), np.zeros(most + 1, dtype=np.int64)
    parts = np.zeros(CAPACITY)
    for m in range(weights.shape[0]):
        for place in range(4):
            a, b = first[place], first[place + 1]
            hi, terms = np.zeros(b - a + 1), np.zeros((weights.shape[1], b - a + 1))
            n, j = 0, a
            while j < b:  # pulses of one instant become one event, exactly; sums that are 0 vanish
                now, size = time[j], 0
                while j < b and time[j] == now:
                    size = grow(parts, size, sign[j] * weights[m, line[j]])
                    j += 1
                if size > 0:
                    hi[n] = now
                    for k in range(size):
                        terms[k, n] = parts[size - 1 - k]
                    n += 1
            if refractory > 0.0:
                hi[n] = end
                n += 1
            state[:] = 0.0
            flags[:] = 0
            hi, lo, terms = hi[:n].copy(), np.zeros(n), terms[:, :n].copy()
            if leak > 0.0:
                status = lif_train(
                    state, flags, hi, lo, terms, leak, theta, reset, bipolar, refractory, 0.0, out_hi, out_lo, out_count
                )  # fmt: skip
            else:
                status = if_train(
                    state, flags, hi, lo, terms, theta, reset, bipolar, refractory, 0.0, out_hi, out_lo, out_count
                )  # fmt: skip
            if status != DONE:
                open_[m] = True
                break
            k = 0
            for i in range(flags[WRITTEN]):
                while slot_hi[k] != out_hi[i] or slot_lo[k] != out_lo[i]:
                    k += 1
                out[m, place, k] = out_count[i]


run = compiled(_run)


def reservoir(weights: Any, encoding: Any, neuron: LIF | IF) -> tuple[IntArray, int]:
    """The same as `spikes`, for very many neurons.

    Parameters
    ----------
    weights : array_like, shape (neurons, lines)
        The weight of each line for each neuron.
    encoding : str or BitEncoding
        How bits become pulses.
    neuron : LIF or IF
        The operator of the hidden layer.

    Returns
    -------
    counts : numpy.ndarray of int64, shape (neurons, 4, slots)
        As `spikes` has them.
    escalated : int
        How many neurons had a comparison too close for the kernel's bound; the operator decided them.

    Examples
    --------
    >>> import numpy as np
    >>> import spikemath as sm
    >>> w, lif = np.random.default_rng(0).uniform(-3, 3, (50, 1)), sm.LIF(1.0, alpha=0.5)
    >>> counts, escalated = sm.networks.xor.reservoir(w, "one-line", lif)
    >>> bool((counts == sm.networks.xor.spikes(w, "one-line", lif)).all())
    True
    """
    code = bit_encoding(encoding)
    w = np.ascontiguousarray(_weights(weights, code))
    s = _exact(neuron)
    where = slots(code, s.refractory)
    flat = [p for x in code.pulses for p in x]
    first = np.cumsum([0, *(len(x) for x in code.pulses)])
    line, time, sign = (np.array(column, dtype=kind) for column, kind in zip(
        zip(*flat, strict=True), (np.int64, np.float64, np.float64), strict=True))  # fmt: skip
    out, left = np.zeros((w.shape[0], 4, len(where.times)), dtype=np.int64), np.zeros(w.shape[0], dtype=np.bool_)
    run(w, first, line, time, sign, code.end, s.alpha, s.threshold, s.reset_code, int(s.bipolar), s.refractory,
        where.hi, where.lo, out, left)  # fmt: skip
    again = np.flatnonzero(left)
    if again.size:
        out[again] = spikes(w[again], code, neuron)
    return out, int(again.size)
