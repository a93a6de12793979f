"""Goals of reconstruction, measured: signal to noise, processor time, iterations; all ratios within one run.

    python benchmarks/reconstruction.py [--quick] [--out docs/_static/reconstruction.md]

Signal to noise is that of the whole signal, mean included, at random instants of the inner 90 %, or
of the whole interval. Times are processor seconds of one thread for ``decoder.decode(encoding)``, the piecewise
polynomial included. Every case prints its line as it is done.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is loaded

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import spikemath as sm

B = 0.5  # the Nyquist interval is the unit of time
HEAD = "| case | spikes | per Nyquist interval | steps | SNR inner 90 % (dB) | SNR whole (dB) | CPU (s) | goal | met |"


@dataclass
class Row:
    """One line of the table."""

    case: str
    spikes: int
    density: float
    steps: int | None
    inner: float
    whole: float
    seconds: float
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        met = {True: "yes", False: "NO", None: ""}[self.met]
        return (
            f"| {self.case} | {self.spikes} | {self.density:.2f} | {'' if self.steps is None else self.steps} | "
            f"{self.inner:.1f} | {self.whole:.1f} | {self.seconds:.3g} | {self.goal} | {met} |"
        )


def db(f: Callable[[Any], Any], g: Callable[[Any], Any], t: Any) -> float:
    a = f(t)
    return float(10.0 * np.log10(np.sum(a**2) / np.sum((g(t) - a) ** 2)))


def whole(f: Callable[[Any], Any], g: Callable[[Any], Any], duration: float) -> float:
    """The same over the whole domain: the two ends, where errors are largest, count by their length."""
    end = min(20.0, 0.25 * duration)
    parts = (0.0, end), (end, duration - end), (duration - end, duration)
    power = noise = 0.0
    for a, b in parts:
        t = np.sort(np.random.default_rng(1).uniform(a, b, 10_000))
        power += (b - a) * float(np.mean(f(t) ** 2))
        noise += (b - a) * float(np.mean((g(t) - f(t)) ** 2))
    return 10.0 * float(np.log10(power / noise))


def places(duration: float, edge: float, count: int = 20_000) -> Any:
    return np.sort(np.random.default_rng(0).uniform(edge * duration, (1.0 - edge) * duration, count))


def decoded(decoder: Any, enc: Any, repeat: int = 1, **options: Any) -> tuple[Any, float]:
    """The decoding, and the least processor time of a few."""
    best = np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.decoders.DecodingWarning)
        for _ in range(repeat):
            start = time.process_time()
            made = decoder.decode(enc, **options)
            best = min(best, time.process_time() - start)
    return made, best


def measure(
    case: str, g: Any, op: Any, decoder: Any, enc: Any = None, repeat: int = 1, goal: str = "", test: Any = None
) -> Row:  # fmt: skip
    """Encode, decode, compare with the closed form."""
    f = g.signal()
    enc = op.encode(f) if enc is None else enc
    made, seconds = decoded(decoder, enc, repeat)
    duration = g.domain[1]
    t = places(duration, 0.05)
    report = made.report
    row = Row(
        case, report.spikes, report.spikes / (2.0 * B * duration), report.iterations,
        db(g, made.signal, t), whole(g, made.signal, duration), seconds, goal,
    )  # fmt: skip
    row.met = None if test is None else bool(test(row))
    print(row, flush=True)
    return row


def signal(duration: float, mean: float, periodic: bool, seed: int = 0) -> Any:
    return sm.gallery.bandlimited(B, duration, mean=mean, periodic=periodic, seed=seed)


def biased(quick: bool) -> list[Row]:
    """Biased neurons at 2.5 spikes per Nyquist interval."""
    rows = []
    long = 4e4 if quick else 4e5
    for periodic in (True, False):
        kind = "periodic" if periodic else "not periodic"
        decoder = sm.decoders.Bandlimited(B, periodic=periodic)
        g = signal(80.0, 2.0, periodic)
        op = sm.IF(0.8)
        goal, test = (">= 240 dB", lambda r: r.inner >= 240.0)
        rows.append(measure(f"IF, biased, {kind}", g, op, decoder, repeat=5, goal=goal, test=test))
        g = signal(4e4, 2.0, periodic)
        rows.append(measure(f"IF, biased, {kind}", g, op, decoder, repeat=3))
        g = signal(long, 2.0, periodic)
        goal, test = (">= 195 dB in 3 s", lambda r: r.inner >= 195.0 and r.seconds <= 3.0)
        rows.append(measure(f"IF, biased, {kind}", g, op, decoder, repeat=2, goal=goal, test=test))
        goal, test = (">= 190 dB", lambda r: r.inner >= 190.0)
        lif = sm.LIF(0.86, alpha=0.1)
        rows.append(measure(f"LIF, biased, {kind}", g, lif, decoder, goal=goal, test=test))
    return rows


def signed(quick: bool) -> list[Row]:
    """No bias: the gap condition fails everywhere."""
    rows = []
    duration = 400.0 if quick else 2000.0
    g = signal(duration, 0.0, True, seed=1)
    decoder = sm.decoders.Bandlimited(B, periodic=True, iterations=5000)
    for density, wanted in ((2.24, 120.0), (4.9, 145.0), (1.05, None)):
        op = at_density(g, density)
        goal = "" if wanted is None else f">= {wanted:.0f} dB"
        test = None if wanted is None else (lambda r, w=wanted: r.inner >= w)
        rows.append(measure("IF, signed, no bias, periodic", g, op, decoder, goal=goal, test=test))
    return rows


def at_density(g: Any, density: float) -> Any:
    """IF whose spikes have at least this density, and hardly more."""
    f, low, high = g.signal(), 1e-3, 10.0
    for _ in range(24):
        middle = (low * high) ** 0.5
        if len(sm.IF(middle).encode(f)) >= density * 2.0 * B * g.domain[1]:
            low = middle
        else:
            high = middle
    return sm.IF(low)


def dense(quick: bool) -> list[Row]:
    """Against the dense pseudo-inverse, not periodic, same spikes."""
    rows = []
    for spikes in (200, 1000) if quick else (200, 1000, 5000):
        g = signal(spikes / 2.5, 2.0, False)
        op = sm.IF(0.8)
        enc = op.encode(g.signal())
        slow = measure("SincPseudoInverse, not periodic", g, op, sm.decoders.SincPseudoInverse(B), enc)
        wanted = 1000.0 if spikes == 5000 else 0.0

        def test(row: Row, slow: Row = slow, wanted: float = wanted) -> bool:
            ratio = slow.seconds / row.seconds
            row.goal = f"more dB inside and in whole; {ratio:.0f} times faster" + " (>= 1000)" * (wanted > 0.0)
            return ratio >= wanted and row.inner > slow.inner and row.whole > slow.whole

        fast = measure("Bandlimited, the same spikes", g, op, sm.decoders.Bandlimited(B), enc, 5, test=test)
        rows += [slow, fast]
    return rows


def channels(quick: bool) -> list[Row]:
    """M channels with M-th part of the spikes each."""
    rows = []
    g = signal(400.0, 2.0, False, seed=3)
    f = g.signal()
    for m in (2, 3, 5):
        start = [0.8 * j for j in range(m)]
        encs = [sm.IF(0.8 * m).encode(f + sm.SpikeTrain([0.0], [s], domain=f.domain)) for s in start]
        decoder = sm.decoders.MultichannelBandlimited(B, offsets=tuple(start))
        rows.append(measure(f"{m} channels with shifted starts", g, None, decoder, encs))
    return rows


def delta(quick: bool) -> list[Row]:
    """Send-on-delta: samples at irregular instants."""
    g = signal(400.0 if quick else 4000.0, 0.0, False, seed=4)
    rows = []
    for threshold in (0.05, 0.1):
        op = sm.SendOnDelta(threshold)
        enc = op.encode(g.signal())
        local = [sm.decoders.Hold(), sm.decoders.Linear(), sm.decoders.Pchip(), sm.decoders.Spline(5)]
        for d in local * (threshold == 0.05):
            rows.append(measure(f"send-on-delta, {d!r}", g, op, d, enc))
        rows.append(measure("send-on-delta, Bandlimited", g, op, sm.decoders.Bandlimited(B), enc))
    return rows


def noise(quick: bool) -> list[str]:
    """Spike times rounded to a clock, in Nyquist intervals."""
    g = signal(400.0, 2.0, True, seed=5)
    op = sm.IF(0.8)
    spikes = op(g.signal())
    t = places(400.0, 0.05)
    lines = ["| clock / Nyquist interval | SNR inner 90 % (dB) | per decade (dB) |", "|---|---|---|"]
    before = None
    for clock in (1e-5, 1e-4, 1e-3, 1e-2):
        times = np.clip(np.round(spikes.times / clock) * clock, 0.0, 400.0)
        rounded = sm.SpikeTrain(times, spikes.weights, domain=(0.0, 400.0))
        made, _ = decoded(sm.decoders.Bandlimited(B, periodic=True, tolerance=0.1 * clock), rounded, operator=op)
        value = db(g, made.signal, t)
        lines.append(f"| {clock:g} | {value:.1f} | {'' if before is None else f'{before - value:.1f}'} |")
        before = value
    print("\n".join(lines), flush=True)
    return lines


def innovation(quick: bool) -> list[str]:
    """Twenty pulses, without noise and with jitter."""
    lines = [
        "| pulses | spikes | jitter / Nyquist interval | largest error of places / Nyquist interval | largest error of "
        "weights | goal | met |",
        "|---|---|---|---|---|---|---|",
    ]
    x = sm.gallery.diracs(20, 1.0, separation=0.02, seed=0)
    band = 30.0
    mean = 1.5 * float(np.abs(x.filtered(band)(np.linspace(0.0, 1.0, 5001))).max())
    op = sm.IF(mean / (2.5 * 2.0 * band))
    enc = op.encode(x.filtered(band, mean=mean).signal())
    for jitter in (0.0, 1e-8, 1e-6, 1e-4, 1e-3):
        given: Any = enc
        options: dict[str, Any] = {"bias": mean}
        if jitter:
            moved = enc.spikes.times + np.random.default_rng(1).normal(size=len(enc)) * jitter / (2.0 * band)
            given = sm.SpikeTrain(np.clip(np.sort(moved), 0.0, 1.0), enc.spikes.weights, domain=(0.0, 1.0))
            options["operator"] = op
        decoder = sm.decoders.FiniteRateOfInnovation(20, band, tolerance=max(1e-14, 0.1 * jitter))
        made, _ = decoded(decoder, given, **options)
        place = float(np.abs(made.signal.times - x.times).max())
        weight = float(np.abs(made.signal.weights - x.weights).max())
        goal, met = ("places to 1e-14 of the period", "yes" if place <= 1e-14 else "NO") if not jitter else ("", "")
        lines.append(f"| 20 | {len(enc)} | {jitter:g} | {place * 2.0 * band:.2g} | {weight:.2g} | {goal} | {met} |")
    print("\n".join(lines), flush=True)
    return lines


def jumps(quick: bool) -> list[str]:
    """Piecewise constant signals: exact times, and times rounded to a clock."""
    g = sm.gallery.piecewise_constant(20, 100.0, low=-2.0, high=2.0, seed=11)
    f, op = g.signal(), sm.IF(0.05)
    enc = op.encode(f)
    t = places(100.0, 0.0)
    lines = ["| decoder | times | SNR whole (dB) |", "|---|---|---|"]
    clock = 0.02
    times = np.clip(np.round(enc.spikes.times / clock) * clock, 0.0, 100.0)
    rounded = sm.SpikeTrain(times, enc.spikes.weights, domain=(0.0, 100.0))
    taut, sparse, linear = sm.decoders.TautString(), sm.decoders.SparseJumps(), sm.decoders.Linear()
    wide = sm.decoders.TautString(radius=1.0 + 2.0 * clock / op.threshold)
    for d, given, what, options in (
        (sparse, enc, "exact", {}), (taut, enc, "exact", {}), (linear, enc, "exact", {}),
        (wide, rounded, f"rounded to {clock:g}", {"operator": op}),
        (linear, rounded, f"rounded to {clock:g}", {"operator": op}),
    ):  # fmt: skip
        lines.append(f"| {d!r} | {what} | {db(g, decoded(d, given, **options)[0].signal, t):.1f} |")
    print("\n".join(lines), flush=True)
    return lines


PARTS = (
    ("Biased neurons at 2.5 spikes per Nyquist interval", biased),
    ("Signed integrate-and-fire without bias", signed),
    ("Against the dense pseudo-inverse", dense),
    ("Several channels", channels),
    ("Send-on-delta", delta),
    ("Times rounded to a clock", noise),
    ("Finite rate of innovation", innovation),
    ("Piecewise constant signals", jumps),
)


TABLES = (biased, signed, dense, channels, delta)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size: 1e5 spikes instead of 1e6")
    parser.add_argument("--out", type=Path, help="write the tables there, as Markdown")
    options = parser.parse_args()
    text = [f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, one thread.", ""]
    failed = 0
    with warnings.catch_warnings():
        sm.decoders.Bandlimited(B)(sm.LIF(0.5, alpha=0.1).encode(signal(40.0, 2.0, False).signal()))  # compile
    for title, part in PARTS:
        print(f"\n{title}\n{HEAD if part in TABLES else ''}", flush=True)
        rows = part(options.quick)
        table = [str(row) for row in rows]
        failed += sum(" NO |" in row for row in table)
        if isinstance(rows[0], Row):
            table = [HEAD, "|---|" + "---|" * 8, *table]
        text += [f"**{title}**", "", *table, ""]
    if options.out:
        options.out.write_text("\n".join(text), encoding="utf-8")
    print(f"\n{failed} goals not met" if failed else "\nall goals met")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
