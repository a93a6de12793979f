"""What is measured. A case is one line in the table: `@case(kernel, what, goals)` on a function that makes its data.

make(n) -> Work(reads, runs, ...)
reads    the arrays that one read, R, goes over
runs     what is timed: name -> function. "exact" and "fast" are ours, "loop" the plain numba loop
goals    name -> ratio to R to be reached
peer     input for the programs in peers/, where some can do this
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import spikemath as sm

from . import loops

RATES = {"none": 0.0, "0.3 %": 0.003, "2 %": 0.02, "13 %": 0.13}
RESETS = ("modulo", "subtract", "zero")
CHANNELS, PROBE = 512, 384


class Work(NamedTuple):
    """Made data, ready to be timed."""

    reads: list[np.ndarray]
    runs: dict[str, Callable[[], Any]]
    peer: dict[str, Any] | None = None
    note: str = ""


class Case(NamedTuple):
    """One line of the table."""

    kernel: str
    what: str
    make: Callable[[int], Work]
    goals: dict[str, float]
    scale: float = 1.0  # of n
    peers: str = ""  # what other programs run on its input: the kind of peer

    @property
    def name(self) -> str:
        return f"{self.kernel} {self.what}"


CASES: list[Case] = []


def case(
    kernel: str, what: str, goals: dict[str, float] | None = None, scale: float = 1.0, peers: str = ""
) -> Callable[[Callable[[int], Work]], Callable[[int], Work]]:
    """Register a case."""

    def add(make: Callable[[int], Work]) -> Callable[[int], Work]:
        wanted = dict(goals or {})
        if "fast" in wanted:  # exact arithmetic may cost half as much again
            wanted["exact"] = round(1.5 * wanted["fast"], 2)
        CASES.append(Case(kernel, what, make, wanted, scale, peers))
        return make

    return add


def rng() -> np.random.Generator:
    return np.random.default_rng(20261127)


def threshold_for(rate: float, events: Callable[[float], int], size: int, top: float) -> float:
    """A threshold at which ``events(theta) / size`` is about ``rate``; far above everything for rate 0."""
    if rate == 0.0:
        return top
    low, high = top * 1e-7, top
    for _ in range(30):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if events(middle) > rate * size else (low, middle)
    return high


# K1: the norm of a train


def _train(n: int, gaps: bool) -> tuple[Any, np.ndarray, np.ndarray]:
    g = rng()
    weights = g.uniform(-1.0, 1.0, n)
    times = np.cumsum(g.exponential(1.0, n)) if gaps else np.arange(float(n))
    return sm.SpikeTrain(times, weights), times, weights


@case("K1", "norm of a train, alpha = 0", {"exact": 1.7})
def _(n: int) -> Work:
    s, _, w = _train(n, False)
    return Work([w], {"exact": lambda: sm.alexiewicz_extremum(s), "loop": lambda: loops.norm_if(w)})


@case("K1", "norm of a train, alpha = 0, decimal weights (ties)", {"exact": 6.5})
def _(n: int) -> Work:
    w = np.resize(np.array([0.1, 0.2, -0.4, 0.3, -0.2]), n) * np.where(np.arange(n) // 50 % 2, 1.0, -1.0)
    s = sm.SpikeTrain(np.arange(float(n)), w)
    w = s.weights
    return Work([w], {"exact": lambda: sm.alexiewicz_extremum(s), "loop": lambda: loops.norm_if(w)})


@case("K1", "norm of a train, alpha > 0", {"exact": 4.0})
def _(n: int) -> Work:
    s, t, w = _train(n, True)
    runs = {"exact": lambda: sm.alexiewicz_extremum(s, 0.02), "loop": lambda: loops.norm_lif(t, w, 0.02)}
    return Work([t, w], runs)


# K2: trains


def _k2(wanted: str, reset: str, leaky: bool, n: int) -> Work:
    s, t, w = _train(n, leaky)
    alpha, code, small = (0.02 if leaky else 0.0), loops.RESETS[reset], min(n, 200_000)

    def events(theta: float) -> int:
        if leaky:
            return len(loops.train_lif(t[:small], w[:small], alpha, theta, code)[0])
        return len(loops.train_if(w[:small], theta, code)[0])

    top = 4.0 * (loops.norm_lif(t, w, alpha) if leaky else loops.norm_if(w))[0] + 1.0
    theta = threshold_for(RATES[wanted], events, small, top)
    ours = {a: partial(sm.LIF(theta, alpha, reset=reset, arithmetic=a), s) for a in ("exact", "fast")}
    loop = partial(loops.train_lif, t, w, alpha, theta, code) if leaky else partial(loops.train_if, w, theta, code)
    peer = {"kind": "train", "times": t, "weights": w, "alpha": alpha, "theta": theta}
    return Work(
        [t, w] if leaky else [w],
        {**ours, "loop": loop},
        peer,
    )


for _leaky in (False, True):
    for _reset in RESETS:
        for _wanted in RATES:
            _near = {"none": (4.4, 3.7), "0.3 %": (4.4, 3.7), "13 %": (12.0, 9.0 if _reset == "modulo" else 8.0)}
            _goal = {"fast": _near[_wanted][_leaky]} if _wanted in _near else {}
            _asked = (_leaky, _reset, _wanted) == (True, "modulo", "2 %")
            case(
                "K2",
                f"train, alpha {'>' if _leaky else '='} 0, {_reset}, {_wanted}",
                _goal,
                peers="train" if _asked else "",
            )(partial(_k2, _wanted, _reset, _leaky))


# K3: samples


def _samples(n: int) -> np.ndarray:
    """White noise under a slow wave: crossings of both signs, and stretches without."""
    return rng().normal(0.0, 1.0, n) + np.sin(np.arange(n) * (2.0 * np.pi / 5000.0))


def _k3(wanted: str, leaky: bool, reset: str, n: int) -> Work:
    x = _samples(n)
    f = sm.Signal.from_samples(x, fs=1.0)
    a, small = (0.01 if leaky else 0.0), min(n, 200_000)
    top = 4.0 * loops.norm_of_difference(x, np.zeros(0), np.zeros(0), a)[0] + 1.0
    theta = threshold_for(RATES[wanted], lambda th: len(loops.samples_lif(x[:small], a, th)[0]), small, top)
    ours = {m: partial(sm.LIF(theta, a, reset=reset, arithmetic=m), f) for m in ("exact", "fast")}
    peer = {"kind": "samples", "x": x, "a": a, "theta": theta}
    return Work(
        [x],
        {**ours, "loop": partial(loops.samples_lif, x, a, theta)},
        peer,
    )


for _leaky in (False, True):
    for _wanted in RATES:
        _goal = {"none": {"fast": 1.8}, "0.3 %": {"fast": 2.5}, "2 %": {"fast": 5.5}}.get(_wanted, {}) if _leaky else {}
        _asked = (_leaky, _wanted) == (True, "2 %")
        case(
            "K3",
            f"samples, 1 channel, alpha {'>' if _leaky else '='} 0, {_wanted}",
            _goal,
            peers="samples" if _asked else "",
        )(partial(_k3, _wanted, _leaky, "modulo"))
for _reset in RESETS[1:]:
    case("K3", f"samples, 1 channel, alpha > 0, {_reset}, 2 %", {"fast": 5.5})(partial(_k3, "2 %", True, _reset))


def _k3_lines(wanted: str, leaky: bool, n: int) -> Work:
    x = _samples(n)
    f = sm.Signal.from_samples(x, fs=1.0, hold="linear")
    a, small = (0.01 if leaky else 0.0), min(n, 200_000)
    top = 4.0 * loops.norm_of_difference(x, np.zeros(0), np.zeros(0), a)[0] + 1.0
    theta = threshold_for(RATES[wanted], lambda th: len(loops.lines_lif(x[:small], a, th)[0]), small, top)
    return Work([x], {"exact": partial(sm.LIF(theta, a), f), "loop": partial(loops.lines_lif, x, a, theta)})


for _leaky in (False, True):
    for _wanted in RATES:
        case("K3", f"samples, linear hold, 1 channel, alpha {'>' if _leaky else '='} 0, {_wanted}")(
            partial(_k3_lines, _wanted, _leaky)
        )


@case("K3", "samples, 1 channel, float32, alpha > 0, 0.3 %")
def _(n: int) -> Work:
    wide = _k3("0.3 %", True, "modulo", n)
    f = sm.Signal.from_samples(wide.reads[0].astype(np.float32), fs=1.0)
    lif = wide.runs["fast"].func  # type: ignore[attr-defined]
    note = "R reads the float64 samples"
    return Work(wide.reads, {"float32": partial(lif, f), "fast": wide.runs["fast"]}, note=note)


def _k3_many(wanted: str, time_major: bool, n: int) -> Work:
    long = max(n // 100, 100)
    x = rng().normal(0.0, 1.0, (CHANNELS, long)) + np.sin(np.arange(long) * (2.0 * np.pi / 5000.0))
    a, small = 0.01, x[:4]
    theta = threshold_for(RATES[wanted], lambda th: loops.channels_lif(small, a, th), small.size, 1e3)
    if time_major:
        given = np.ascontiguousarray(x.T)
        f = sm.Signal.from_samples(given, fs=1.0, axis=0)
        loop = partial(loops.channels_lif_time_major, given, a, theta)
    else:
        given = x
        f, loop = sm.Signal.from_samples(x, fs=1.0), partial(loops.channels_lif, x, a, theta)
    ours = {m: partial(sm.LIF(theta, a, arithmetic=m), f) for m in ("exact", "fast")}
    peer = {"kind": "channels", "x": np.ascontiguousarray(x[:256].T), "a": a, "theta": theta} if time_major else None
    return Work([given], {**ours, "loop": loop}, peer)


for _major in (True, False):
    for _wanted in ("0.3 %", "2 %"):
        _goal = {"0.3 %": (2.3, 2.1), "2 %": (4.7, 4.5)}[_wanted][_major]
        _asked = (_major, _wanted) == (True, "2 %")
        _kind = "channels" if _asked else ""
        _layout = "time-major" if _major else "channel-major"
        case("K3", f"samples, {CHANNELS} channels, {_layout}, alpha > 0, {_wanted}", {"fast": _goal}, peers=_kind)(
            partial(_k3_many, _wanted, _major)
        )


# Streams


def _streams(kind: str, block: int, n: int) -> Work:
    fs, long, few = 30_000.0, min(max(n // PROBE // block, 1), 200) * block, min(n, 20_000)
    x = rng().integers(-300, 301, (PROBE, max(long, few))).astype(np.int16)
    if kind == "send-on-delta":
        x = (np.cumsum(x, axis=1, dtype=np.int64) / 200).astype(np.int16)
    make = {"LIF": partial(sm.LIF, alpha=50.0), "IF": sm.IF, "send-on-delta": sm.SendOnDelta}[kind]
    small = x[:4, :few]
    theta = threshold_for(RATES["0.3 %"], lambda th: len(make(th)(small, fs=fs).times), small.size, 1e4)
    x = np.ascontiguousarray(x[:, :long])

    def run() -> Any:
        stream, found = make(theta).stream(fs=fs, channels=PROBE), []
        for first in range(0, long, block):
            events, stream = stream.push(x[:, first : first + block])
            found.append(events)
        return sm.concatenate(found)

    return Work([x], {"exact": run}, note="R reads int16")


for _kind in ("LIF", "IF", "send-on-delta"):
    for _block in (1, 100, 1000, 10_000):
        case("K4" if _kind == "send-on-delta" else "K3", f"streams, {PROBE} channels, blocks of {_block}, {_kind}")(
            partial(_streams, _kind, _block)
        )


# K4: send-on-delta


def _k4(wanted: str, reset: str, n: int) -> Work:
    x = np.cumsum(rng().normal(0.0, 1.0, n)) * 1e-2
    g, code, small = sm.Signal.from_samples(x, fs=1.0), loops.RESETS[reset], min(n, 200_000)
    top = 4.0 * float(np.abs(x).max())
    theta = threshold_for(
        RATES[wanted], lambda th: len(loops.send_on_delta(x[:small], th, loops.MODULO)[0]), small, top
    )
    ours = {m: partial(sm.SendOnDelta(theta, reset=reset, arithmetic=m), g) for m in ("exact", "fast")}
    peer = {"kind": "delta", "x": x, "theta": theta}
    return Work([x], {**ours, "loop": partial(loops.send_on_delta, x, theta, code)}, peer)


for _reset in RESETS:
    for _wanted in RATES:
        _goal = {"none": {"fast": 1.6}, "0.3 %": {"fast": 1.6}}.get(_wanted, {})
        _asked = (_reset, _wanted) == ("modulo", "2 %")
        case("K4", f"send-on-delta, {_reset}, {_wanted}", _goal, peers="delta" if _asked else "")(
            partial(_k4, _wanted, _reset)
        )


# K5: the norm of samples minus spikes


def _k5(rate: float, leaky: bool, n: int) -> Work:
    x = _samples(n)
    a, small = (0.01 if leaky else 0.0), min(n, 200_000)
    theta = threshold_for(rate, lambda th: len(loops.samples_lif(x[:small], a, th)[0]), small, 1e4)
    at, sign = loops.samples_lif(x, a, theta)
    f = sm.Signal.from_samples(x, fs=1.0)
    eta = sm.SpikeTrain(at, sign * theta, domain=(0.0, float(n)))
    times, weights = eta.times, eta.weights
    return Work(
        [x, times, weights],
        {
            "exact": lambda: sm.alexiewicz_extremum(f - eta, a),
            "loop": lambda: loops.norm_of_difference(x, times, weights, a),
        },
    )


for _leaky in (False, True):
    for _percent, _goal in (("0.7 %", 2.1), ("2.5 %", 4.2)):
        case("K5", f"norm of samples minus spikes, alpha {'>' if _leaky else '='} 0, {_percent}", {"exact": _goal})(
            partial(_k5, float(_percent[:-2]) / 100.0, _leaky)
        )


@case("K1", "distance of two trains of 1e5 spikes", scale=0.01, peers="distance")
def _(n: int) -> Work:
    g = rng()
    a, b = (sm.SpikeTrain(np.sort(g.uniform(0.0, 1000.0, n))) for _ in range(2))
    times = np.concatenate([a.times, b.times])
    w = np.concatenate([np.ones(n), -np.ones(n)])

    def loop() -> Any:
        return loops.norm_if(w[np.argsort(times, kind="stable")])

    peer = {"kind": "distance", "a": a.times, "b": b.times}
    return Work([times, w], {"exact": lambda: sm.alexiewicz_norm(a - b), "loop": loop}, peer)


def selected(pattern: str) -> list[Case]:
    """The case of that name, or all whose name holds all words of a pattern."""
    exact = [c for c in CASES if c.name == pattern]
    words = pattern.lower().split()
    return exact or [c for c in CASES if all(w in c.name.lower() for w in words)]
