"""The jobs of a study, and how they are done: in parallel, with a checkpoint that is written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from spikemath import decoders
from spikemath._files import replacing
from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.signals.checks import FloatArray, positive
from spikemath.study._job import Job, Point, done

OPERATORS = ("if", "biased-if", "lif", "sod")
RESETS = ("modulo", "subtract", "zero")
DECODERS: dict[str, Callable[..., Any]] = {
    "hold": lambda bandwidth: decoders.Hold(),
    "linear": lambda bandwidth: decoders.Linear(),
    "rate": lambda bandwidth: decoders.Rate(),
    "pchip": lambda bandwidth: decoders.Pchip(),
    "spline3": lambda bandwidth: decoders.Spline(3),
    "spline5": lambda bandwidth: decoders.Spline(5),
    "spline9": lambda bandwidth: decoders.Spline(9),
    "smoothing": lambda bandwidth: decoders.SmoothingSpline(),
    "bandlimited": lambda bandwidth: decoders.Bandlimited(bandwidth),
    "taut-string": lambda bandwidth: decoders.TautString(),
}
NEEDS_BANDWIDTH = ("bandlimited",)


def decoder(name: str, bandwidth: float | None = None) -> Any:
    """A decoder by its short name."""
    if name not in DECODERS:
        raise ValueError(f"decoder = {name!r} must be one of {', '.join(DECODERS)}")
    if name in NEEDS_BANDWIDTH and bandwidth is None:
        raise ValueError(f"decoder {name!r} needs a bandwidth (cycles per unit of time)")
    return DECODERS[name](bandwidth)


def grid(
    name: str,
    x: Any,
    fs: float,
    *,
    rates: Sequence[float] = (),
    thresholds: Sequence[float] = (),
    operators: Sequence[str] = OPERATORS,
    decoders: Sequence[str] = ("linear", "rate", "pchip", "spline3"),
    resets: Sequence[str] = ("modulo",),
    tau: float | None = None,
    refractory: float = 0.0,
    bandwidth: float | None = None,
    hold: str = "linear",
) -> list[Job]:
    """The jobs of a study: every operator, reset and decoder at every threshold.

    Parameters
    ----------
    name : str
        Name of the recording.
    x : array (n,)
        Samples.
    fs : float
        Samples per unit of time.
    rates : sequence of float
        Wanted spikes per unit of time; the threshold follows from the mass of what each operator integrates.
    thresholds : sequence of float
        Thresholds themselves, instead of rates or beside them.
    operators : sequence of {"if", "biased-if", "lif", "sod"}
        "biased-if" adds 1.25 times the largest value, so that all spikes are positive.
    decoders : sequence of str
        Keys of ``DECODERS``.
    resets : sequence of {"modulo", "subtract", "zero"}
    tau : float, optional
        Time constant of the LIF. Default: 20 samples.
    refractory : float
        Refractory time: resets differ only where it binds, or at pulses.
    bandwidth : float, optional
        For decoders that need one.
    hold : {"linear", "zero"}
        What lies between the samples.

    Returns
    -------
    list of Job

    Raises
    ------
    ValueError
        An unknown name, a rate or threshold that is not positive, none of both.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> x = np.sin(np.arange(100.0))
    >>> [str(job.operator) for job in sm.study.grid("sine", x, 10.0, rates=[20], operators=["sod"], decoders=["hold"])]
    ["SendOnDelta(threshold=0.305, reset='modulo')"]
    """
    samples, fs = np.asarray(x, dtype=np.float64), positive(fs, "fs")
    if not rates and not thresholds:
        raise ValueError("rates or thresholds are needed: what shall be swept?")
    for kind, known, wanted in (("operator", OPERATORS, operators), ("reset", RESETS, resets)):
        for word in wanted:
            if word not in known:
                raise ValueError(f"{kind} = {word!r} must be one of {', '.join(known)}")
    jobs = []
    for kind in operators:
        bias = 1.25 * float(np.abs(samples - samples.mean()).max()) if kind == "biased-if" else 0.0
        mass = _mass(samples, fs, kind, bias)
        swept = [*(positive(t, "threshold") for t in thresholds), *(_round(mass / positive(r, "rate")) for r in rates)]
        for theta in swept:
            for reset in resets:
                operator = _operator(kind, theta, 20.0 / fs if tau is None else tau, reset, refractory)
                for word in decoders:
                    if not (word == "rate" and kind == "sod") and not (word == "hold" and kind != "sod"):
                        jobs.append(Job(name, operator, decoder(word, bandwidth), bias, hold))
    return jobs


def _mass(x: FloatArray, fs: float, kind: str, bias: float) -> float:
    """Mass per unit of time of what is integrated."""
    if kind == "sod":
        return float(np.abs(np.diff(x)).sum()) * fs / (x.size - 1)
    return float(np.abs(x - x.mean() + bias).mean())


def _round(theta: float) -> float:
    return float(f"{theta:.3g}")


def _operator(kind: str, theta: float, tau: float, reset: str, refractory: float) -> Any:
    rest: dict[str, Any] = {"reset": reset, "refractory": refractory}
    if kind == "lif":
        return LIF(theta, tau=tau, **rest)
    return (SendOnDelta if kind == "sod" else IF)(theta, **rest)


def run(
    jobs: Iterable[Job],
    recordings: dict[str, tuple[FloatArray, float]],
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> list[Point]:
    """Do the jobs, in parallel; what a checkpoint already holds is not done again.

    Parameters
    ----------
    jobs : iterable of Job
        What is to be done.
    recordings : dict of name -> (samples, fs)
        The recordings that the jobs name.
    checkpoint : path, optional
        A JSON file that is read first, and replaced in one piece now and then and at the end (Ctrl-C too).
    workers : int, optional
        Processes. Default: one per core; 1 works in this process.
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    list of Point, in the order of the jobs

    Raises
    ------
    ValueError
        The checkpoint is not one, or is of other samples.

    Examples
    --------
    >>> import numpy as np, spikemath as sm
    >>> x = np.sin(np.arange(200.0) / 10)
    >>> jobs = sm.study.grid("sine", x, 10.0, rates=[20], operators=["sod"], decoders=["pchip"])
    >>> [point.snr > 20 for point in sm.study.run(jobs, {"sine": (x, 10.0)}, workers=1)]
    [True]
    """
    from tqdm import tqdm

    todo = list(jobs)
    book = _Book(checkpoint, recordings)
    missing = list({job.key: job for job in todo if job.key not in book.points}.values())
    count = min(workers or os.cpu_count() or 1, max(len(missing), 1))
    with tqdm(total=len(todo), initial=len(todo) - len(missing), disable=not progress, unit=" points") as bar:
        try:
            for point in _all(missing, recordings, count):
                book.add(point)
                bar.update()
        finally:
            book.write()
    return [book.points[job.key] for job in todo]


def _all(jobs: list[Job], recordings: dict[str, tuple[FloatArray, float]], workers: int) -> Iterable[Point]:
    if workers <= 1:
        yield from (done(job, *recordings[job.recording]) for job in jobs)
        return
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        waiting: set[Future[Point]] = set()
        queue = iter(jobs)
        while True:
            for job in queue:
                waiting.add(pool.submit(done, job, *recordings[job.recording]))
                if len(waiting) >= 2 * workers:
                    break
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Book:
    """The points so far, in a file that is complete at any moment."""

    EVERY = 20  # points between two writings

    def __init__(self, path: str | os.PathLike[str] | None, recordings: dict[str, tuple[FloatArray, float]]) -> None:
        self.path = path
        self.data = {name: [_digest(x), fs] for name, (x, fs) in recordings.items()}
        self.points: dict[str, Point] = {}
        self.unwritten = 0
        if path is None or not Path(path).exists():
            return
        try:
            held = json.loads(Path(path).read_text(encoding="utf-8"))
            points = [Point(**entry) for entry in held["points"]]
            known = held["recordings"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path} is no checkpoint of a study: name another, or remove it") from None
        for name, stamp in self.data.items():
            if known.get(name, stamp) != stamp:
                raise ValueError(f"{path} is of another recording named {name!r}: name another checkpoint")
        self.data = known | self.data
        self.points = {point.key: point for point in points}

    def add(self, point: Point) -> None:
        self.points[point.key] = point
        self.unwritten += 1
        if self.unwritten >= self.EVERY:
            self.write()

    def write(self) -> None:
        if self.path is None or not self.unwritten:
            return
        held = {"recordings": self.data, "points": [asdict(p) for p in self.points.values()]}
        with replacing(self.path) as file:
            file.write(json.dumps(held, indent=1).encode() + b"\n")
        self.unwritten = 0


def _digest(x: FloatArray) -> str:
    from hashlib import sha256

    return sha256(np.ascontiguousarray(x, dtype=np.float64).tobytes()).hexdigest()[:16]
