"""The loop of the campaign: make a train, encode it with the kernels that the operators use, certify, count.

The encoder is ``if_train`` and ``lif_train`` of spikemath/_encoder as they are, fed with arrays as
``LIF(theta, alpha)(train)`` feeds them. For contrast the same train goes through the textbook code in plain floats,

    u <- u exp(-alpha dt) + a,      s = theta * trunc(u / theta),      u <- u - s,

whose own output, the floats s, is certified by the same certifier.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spikemath._encoder.firing import DONE, MODULO
from spikemath._encoder.train_kernels import INTEGERS, PARTS, WRITTEN, if_train, lif_train
from spikemath._numeric.jit import compiled
from spikemath.campaign._certify import LOST, OPEN, certify_if, certify_lif
from spikemath.campaign._trains import make, mix

TRAINS, EVENTS, SPIKES, VIOLATIONS, ESCALATED, UNDECIDED, PLAIN_VIOLATIONS, PLAIN_OPEN = range(8)
COLUMNS = ("trains", "events", "spikes", "violations", "escalated", "undecided", "plain_violations", "plain_open")
EXACT, PLAIN = 0, 1  # which code is on trial: PLAIN is there to show that violations are seen


def _plain(ticks: Any, weights: Any, n: Any, leak: Any, theta: Any, counts: Any, sent: Any) -> Any:
    """Modulo reset in plain floats: the counts and the weights it would send at every pulse."""
    u, before = 0.0, 0.0
    for i in range(n):
        if leak > 0.0:
            u *= math.exp(-leak * (ticks[i] - before))
            before = ticks[i]
        u += weights[i]
        counts[i] = np.trunc(u / theta)
        sent[i] = theta * counts[i]
        u -= sent[i]


plain = compiled(_plain)


def _sweep(
    seed: Any, first: Any, last: Any, shortest: Any, longest: Any, trial: Any, thetas: Any, leaks: Any,
    beta: Any, beta_rest: Any, state: Any, tally: Any, todo: Any, found: Any, checksum: Any,
) -> Any:  # fmt: skip
    """Trains first ... last - 1. Adds to tally and checksum; returns how many indices were put in todo and in found."""
    ticks, weights, zeros = np.zeros(longest), np.zeros(longest), np.zeros(longest)
    room = longest + 1
    times, rests, counts = np.zeros(room), np.zeros(room), np.zeros(room, dtype=np.int64)
    quanta, sent = np.zeros(longest), np.zeros(longest)
    flags = np.zeros(INTEGERS, dtype=np.int64)
    left, lost = 0, 0
    for index in range(first, last):
        n, which, a, family = make(seed, index, shortest, longest, thetas, beta, ticks, weights)
        theta, leak = thetas[which], leaks[a]
        state[:PARTS] = 0.0
        flags[:] = 0
        terms = weights[:n].reshape((1, n))
        if a == 0:
            status = if_train(
                state, flags, ticks[:n], zeros[:n], terms, theta, MODULO, 1, 0.0, 0.0, times, rests, counts
            )  # fmt: skip
        else:
            status = lif_train(
                state, flags, ticks[:n], zeros[:n], terms, leak, theta, MODULO, 1, 0.0, 0.0, times, rests, counts
            )  # fmt: skip
        plain(ticks, weights, n, leak, theta, quanta, sent)
        spikes = flags[WRITTEN]
        if trial == PLAIN:
            status, spikes = DONE, 0
            for i in range(n):
                if quanta[i] != 0.0:
                    times[spikes], counts[spikes] = ticks[i], np.int64(quanta[i])
                    spikes += 1
        verdict = OPEN
        if status == DONE:
            if a == 0:
                verdict = certify_if(ticks, weights, n, theta, spikes, counts, times)
            else:
                verdict = certify_lif(ticks, weights, n, theta, beta[a], beta_rest[a], spikes, counts, times)
        if a == 0:
            contrast = certify_if(ticks, weights, n, theta, -1, sent, times)
        else:
            contrast = certify_lif(ticks, weights, n, theta, beta[a], beta_rest[a], -1, sent, times)
        row = tally[which, a, family]
        row[TRAINS] += 1
        row[EVENTS] += n
        row[PLAIN_VIOLATIONS] += contrast == LOST
        row[PLAIN_OPEN] += contrast == OPEN
        if verdict == OPEN:
            todo[left] = index
            left += 1
            row[ESCALATED] += 1
            continue
        row[SPIKES] += spikes
        digest = np.uint64(index)
        for j in range(spikes):
            digest = mix(digest ^ np.uint64(np.int64(times[j]))) + np.uint64(counts[j])
        checksum[0] += mix(digest)
        if verdict == LOST:
            found[lost] = index
            lost += 1
            row[VIOLATIONS] += 1
    return left, lost


sweep = compiled(_sweep)
