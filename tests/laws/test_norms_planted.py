"""Wrong kernels of the quick scan, a line away from the right ones: the corpus of near ties has to find each."""

from __future__ import annotations

import random
import types
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest

import spikemath as sm
from spikemath._numeric.jit import Kernel
from spikemath.norms import _candidates, _leaky_kernels, _pulse_kernels, _scan, _scan_kernels, _steps
from spikemath.norms._extremes import Extremes

from .test_norms_of_long_data import coordinates, exactly, extremes, held_extremes, numbers, pulses_at

pytestmark = pytest.mark.jit_only  # the same without compilation, but too slow there
MODULES = (_candidates, _steps, _pulse_kernels, _scan_kernels, _leaky_kernels)


def planted(monkeypatch, old: str, new: str) -> None:
    """The scan with one line of its kernels replaced, run as plain Python."""
    sources = [Path(m.__file__).read_text(encoding="utf-8") for m in MODULES]
    assert any(old in source for source in sources)
    made: dict[str, types.ModuleType] = {}
    for module, source in zip(MODULES, sources, strict=True):
        plain = types.ModuleType(module.__name__)
        exec(compile(source.replace(old, new), module.__file__, "exec"), plain.__dict__)  # noqa: S102
        for name, value in vars(plain).items():
            if isinstance(value, Kernel):
                home = made.get(value.python.__module__)
                setattr(plain, name, value.python if home is None else getattr(home, name))
        made[module.__name__] = plain
    kernels, leaky, pulses = (made[m.__name__] for m in (_scan_kernels, _leaky_kernels, _pulse_kernels))
    for name, value in (("kernels", kernels), ("leaky", leaky), ("pulses", pulses.pulses)):
        monkeypatch.setattr(_scan, name, value)


def outside(f, alpha, top, low) -> bool:
    """Whether the first enclosures, those of the scan, miss the supremum or the infimum; or are no use."""
    found = Extremes(f, alpha)
    for sigma, x in ((1, top), (-1, -low)):
        e = next(found.enclosures(sigma))
        if not e.lower <= x <= e.upper or e.upper - e.lower > abs(x) / 2**56:
            return True
    return False


def leaky_held(x, pulses, a) -> tuple[Fraction, Fraction]:
    """(sup U, inf U) of samples of one tick each plus pulses {exact coordinate: weight}, leak a per tick."""
    with mpmath.workdps(50):
        u, values, now, alpha = mpmath.mpf(0), [mpmath.mpf(0)], Fraction(0), mpmath.mpf(a)

        def mp(q):
            return mpmath.mpf(q.numerator) / q.denominator

        for c in sorted({*pulses, *map(Fraction, range(len(x) + 1))}):
            if c > now:
                decay = mpmath.exp(-alpha * mp(c - now))
                u = u * decay + mpmath.mpf(float(x[int(now)])) * (1 - decay) / alpha
                now = c
                values.append(u)
            if c in pulses:
                u += mp(pulses[c])
                values.append(u)
        return tuple(Fraction(int(v * 2**160), 2**160) for v in (max(values), min(values)))


def leaky_train(t, w, a) -> tuple[Fraction, Fraction]:
    """The same for a train."""
    with mpmath.workdps(50):
        u, values, last = mpmath.mpf(0), [mpmath.mpf(0)], t[0]
        for now, weight in zip(t, w, strict=True):
            u = u * mpmath.exp(-mpmath.mpf(a) * (mpmath.mpf(now) - mpmath.mpf(last))) + mpmath.mpf(weight)
            values.append(u)
            last = now
        return tuple(Fraction(int(v * 2**160), 2**160) for v in (max(values), min(values)))


def corpus():
    """Some fixed trains and recordings, their leak, and the answer; the cheap ones first."""
    turn, at = np.array([1.0, -1.0]), [(1.0, -(2.0**-70))]  # a pulse a hair before the peak
    pulses = exactly(at, [-0.5])
    yield sm.Signal.from_samples(turn, fs=1.0) + pulses_at(at, [-0.5], 2), 0.0, *held_extremes([1, -1], pulses)
    for seed in range(40):
        rng = random.Random(seed)
        x = numbers(rng, 1100)
        exact = [Fraction(v) for v in x.tolist()]
        yield sm.SpikeTrain(np.arange(1100.0), x), 0.0, *extremes(exact)
        at = coordinates(rng, 1100, 12)
        weights = [rng.choice([0.1, -0.1, 0.3, 1.0]) for _ in at]
        f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, weights, 1100)
        yield f, 0.0, *held_extremes(exact, exactly(at, weights))
        if seed >= 6:
            continue
        x, a = np.random.default_rng(seed).normal(size=400), rng.choice([0.01, 0.7, 3.0])
        for m in (10, 90):  # without and with a table
            at = coordinates(rng, 400, m)
            weights = [rng.choice([0.1, -0.3, 1.0]) for _ in at]
            f = sm.Signal.from_samples(x, fs=1.0) + pulses_at(at, weights, 400)
            yield f, a, *leaky_held(x, exactly(at, weights), a)
        t = np.cumsum(np.random.default_rng(seed).exponential(1.0, 400))
        yield sm.SpikeTrain(t, x), a, *leaky_train(t.tolist(), x.tolist(), a)


CORPUS = list(corpus())


def wrong() -> bool:
    """Whether anything of the corpus is measured wrongly."""
    return any(outside(f, a, top, low) for f, a, top, low in CORPUS)


def test_the_planted_bugs_below_are_not_found_in_the_kernels_as_they_are(monkeypatch):
    """The harness itself: nothing replaced, nothing wrong."""
    planted(monkeypatch, "SLOTS, SPARE = 4096, 256", "SLOTS, SPARE = 600, 256")
    assert not wrong()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # candidates
        ("if gap + (error + best[side, 2]) * UP + _CLOSE * abs(hi) < 0.0:", "if hi <= best[side, 0]:"),
        ("    below = (-uh - m[5]) - (ul + m[6])", "    below = (-uh - m[5]) - (m[6] - ul)"),
        ("return s == m[2] and ul == m[3]", "return s == m[2]"),
        # sums
        ("uh, ul = two_sum(uh, (ul + r) + lo)", "uh, ul = two_sum(uh, ul + r)"),
        ("        ul += (uh - (t - v)) + (y - v)\n", ""),
        ("uh, ul, err = listed[0], listed[1], listed[2] + listed[5]", "uh, ul, err = listed[0], 0.0, listed[2]"),
        ("_FUZZ = 2.0**-42", "_FUZZ = -(2.0**-42)"),
        ("            top, low = uh + top, uh + low\n", ""),
        ("            top, low = uh + top, uh + low\n", "            top, low = uh + top, low\n"),
        ("ul, r = two_sum(ul, e)", "r = 0.0"),
        ("mark = show(uh, ul, err, k - first + cell", "mark = show(uh, 0.0, err, k - first + cell"),
        ("and not (hidden and k + 1 == last)", "and not (k + 1 == last)"),
        # pulses
        ("now_hi, now_lo = pulses.at_hi[j], pulses.at_lo[j]", "now_hi = pulses.at_hi[j]"),
        ("k = k - 1.0 if at_hi[i] == k and at_lo[i] < 0.0 else k", "k = k + 0.0"),
        ("s_hi[i], s_lo[i] = two_sum(at_hi[i] - k, at_lo[i])", "s_hi[i], s_lo[i] = at_hi[i] - k, 0.0"),
        ("dl = r - e", "dl = r"),
        ("e += dh * gl + dl * gh", "e += dl * gh"),
        ("e += wh * el + wl * eh", "e += wl * eh"),
        ("left_lo[first + k] = h, r - pl", "left_lo[first + k] = h, r"),
        ("pl += eh * gl + el * gh", "pl += el * gh"),
        ("_C2, _C3, _C4, _C5, _C6 = 1.0 / 6.0, 1.0 / 24.0", "_C2, _C3, _C4, _C5, _C6 = 1.0 / 6.0, 1.0 / 25.0"),
        # leak
        ("uh, ul = two_sum(uh, r + (e + lo))", "uh, ul = two_sum(uh, r + e)"),
        ("decay[n], decay[LOW + n]", "decay[n], 0.0"),
        ("            e += uh * dl + ul * dh\n", ""),
        ("(t + pl) + (m * _PART_LO - zl)", "(t + pl) + m * _PART_LO"),
        ("            ul = r + e\n", "            ul = r\n"),
    ],
)
def test_planted_bugs_are_found(monkeypatch, old, new):
    """Wrong kernels that look right."""
    planted(monkeypatch, old, new)
    assert wrong()
