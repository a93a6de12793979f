"""Laws that compare two runs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from spikemath.conformance._finding import Finding, Runs, known
from spikemath.conformance._inputs import Case
from spikemath.conformance._subject import Input, Subject, show


def _compare(inputs: tuple[Input, ...], found: dict[Fraction, int], wanted: dict[Fraction, int]) -> Finding:
    return Finding(found == wanted, inputs, show(found), show(wanted))


def causality(s: Subject, case: Case, run: Runs) -> Finding | None:
    """The spikes of a prefix are a prefix of the spikes, whatever follows: the rest, or one large pulse."""
    x = case.input
    n = min(case.cut, len(x.weights))
    if x.times is not None:
        while n < len(x.times) and x.times[n] == x.times[n - 1]:
            n += 1
    part = Input(None if x.times is None else x.times[:n], x.weights[:n])
    last = Fraction(n - 1) if x.times is None else Fraction(x.times[n - 1])
    large = s.unit or s.amplitude or 64.0 * float(s.rule.threshold)
    after = None if part.times is None else (*part.times, part.times[-1] + 1.0)
    for whole in (x, Input(after, (*part.weights, large))):
        finding = _compare((part, whole), run(part).until(last), run(whole).until(last))
        if not finding.good:
            return finding
    return Finding(True, (part, x))


def fresh(s: Subject, case: Case, run: Runs) -> Finding:
    """The same input again, another one in between."""
    before = run(case.input).by_time()
    between = Input(case.input.times, case.input.weights[::-1])
    s.run(between)
    return _compare((case.input, between, case.input), s.run(case.input).by_time(), before)


def odd(s: Subject, case: Case, run: Runs) -> Finding:
    """Signs of all weights changed."""
    minus = Input(case.input.times, tuple(0.0 - w for w in case.input.weights))
    return _compare((minus, case.input), run(minus).by_time(), {t: -k for t, k in run(case.input).by_time().items()})


def shift(s: Subject, case: Case, run: Runs) -> Finding | None:
    """Later by some steps; by an amount that is exact for every time."""
    x = case.input
    if x.times is None:
        by = abs(case.shift)
        later = Input(None, (0.0,) * by + x.weights)
        delay = Fraction(by)
    else:
        dt = float(case.shift)
        later = Input(tuple(t + dt for t in x.times), x.weights)
        delay = Fraction(dt)
        if any(Fraction(a) + delay != Fraction(b) for a, b in zip(x.times, later.times or (), strict=True)):
            return None
    if not delay:
        return None
    wanted = {t + delay: k for t, k in known(s, x, run(x)).items()}
    return _compare((later, x), known(s, later, run(later)), wanted)


def scale(s: Subject, case: Case, run: Runs) -> Finding | None:
    """Weights and threshold times c, where both products are exact."""
    assert s.family is not None
    c, theta = case.factor, float(s.rule.threshold)
    exact = all(Fraction(c * w) == Fraction(c) * Fraction(w) for w in (*case.input.weights, theta))
    other = replace(s, rule=replace(s.rule, threshold=Fraction(c) * s.rule.threshold))
    scaled = Input(case.input.times, tuple(c * w for w in case.input.weights))
    if not exact or not replace(other, amplitude=None, unit=None).claims(scaled):
        return None
    got = other.run(scaled, s.family(c * theta)).by_time()
    return _compare((scaled, case.input), got, run(case.input).by_time())


def idempotence(s: Subject, case: Case, run: Runs) -> Finding | None:
    """The spikes as input; only where their float weights are exact multiples of the threshold."""
    first = run(case.input)
    theta = s.rule.threshold
    weights = [float(k * theta) for k in first.counts]
    if s.margin or any(Fraction(w) != k * theta for w, k in zip(weights, first.counts, strict=True)):
        return None
    times = [float(t) for t in first.times]
    if [Fraction(t) for t in times] != list(first.times):
        return None
    if case.input.times is None:
        samples = [0.0] * len(case.input.weights)
        for t, w in zip(first.times, weights, strict=True):
            samples[int(t)] = w
        again = Input(None, tuple(samples))
    else:
        again = Input(tuple(times), tuple(weights))
    return _compare((again,), run(again).by_time(), first.by_time()) if s.claims(again) else None


def chunks(s: Subject, case: Case, run: Runs) -> Finding | None:
    """A stream that is fed two or three pieces."""
    x = case.input
    edges = sorted({e % len(x.weights) for e in (case.cut, case.cut + case.place + 1)} - {0})
    if x.times is not None:  # equal times stay together
        edges = [e for e in edges if x.times[e] != x.times[e - 1]]
    if not edges:
        return None
    got = s.run_chunks(x, tuple(edges)).by_time()
    finding = _compare((x,), got, run(x).by_time())
    return replace(finding, got=f"{finding.got} in pieces that end before event {', '.join(map(str, edges))}")


def simultaneous(s: Subject, case: Case, run: Runs) -> Finding | None:
    """A pulse in two parts at one time, and all equal times added, where the sums are exact."""
    x = case.input
    assert x.times is not None
    i = case.place % len(x.weights)
    w = x.weights[i]
    part = case.share * w
    apart = Input((*x.times[:i], x.times[i], *x.times[i:]), (*x.weights[:i], part, w - part, *x.weights[i + 1 :]))
    events = apart.events()
    merged = Input(tuple(float(t) for t, _ in events), tuple(float(a) for _, a in events))
    if merged.events() != events or any(Fraction(float(a)) != a for _, a in events):
        return None
    if not s.claims(apart) or not s.claims(merged):
        return None
    return _compare((apart, merged), known(s, apart, run(apart)), known(s, merged, run(merged)))


def zeros(s: Subject, case: Case, run: Runs) -> Finding | None:
    """Free events: one of weight zero more. A clock: nothing at samples that are zero."""
    x = case.input
    if x.times is None:
        longer = Input(None, (*x.weights, 0.0, 0.0))
        found = run(longer).by_time()
        return _compare((longer,), found, {t: k for t, k in found.items() if longer.weights[int(t)]})
    i = case.place % len(x.weights)
    before = x.times[i - 1] if i else x.times[i] - 1.0
    t = x.times[i] if case.share == 1.0 else 0.5 * (before + x.times[i])
    more = Input((*x.times[:i], t, *x.times[i:]), (*x.weights[:i], 0.0, *x.weights[i:]))
    return _compare((more, x), known(s, more, run(more)), known(s, x, run(x)))
