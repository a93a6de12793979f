"""What the experiments share: random trains, comparisons that are facts, chances, and what an experiment is.

    train      n pulses, gaps uniform in [0.2, 1], the first pulse one gap after 0, weights multiples of 1/4, uniform
               in [-a, a] (a zero weight vanishes)
    noise      n pulses, gaps exponential with mean 1, weights b_(k+1) - b_k of fair bits b_k: partial sums stay in
               {-1, 0, 1}, so its norm is at most 1 for alpha = 0

Both are those of the authors' notebook AlexSNN.nb (github.com/LunglmayrMoser/AlexSNN), which belongs to arXiv
2305.08012 and 2305.05772.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikemath import plot
from spikemath.norms import alexiewicz_norm
from spikemath.operators import LIF
from spikemath.signals import SpikeTrain

FloatArray = NDArray[np.float64]

SEED = 2305
RESETS = ("modulo", "subtract", "zero")
COLOURS = {"modulo": plot.BLUE, "subtract": plot.ORANGE, "zero": plot.VERMILION}
LEAST_GAP, MOST_GAP, STEP = 0.2, 1.0, 0.25
UNLIKELY = 0.001  # a reported number differs from ours where chance explains it more rarely; some 30 are compared


class Row(NamedTuple):
    """One line of agreement: a quantity, our value, the reported one, and what to think of it.

    The verdict is "agrees" or "differs" for reported numbers, "holds" or "fails" for statements.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.experiments.Row("E1", "median", "0.9952", "0.9954", "agrees").verdict
    'agrees'
    """

    experiment: str
    quantity: str
    ours: str
    reported: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """An experiment: data are computed, drawn, and compared with what was reported.

    Attributes
    ----------
    name, file, title : str
        Such as "E1", "e1_quantization", "Quantization error".
    trains, quick : int
        Number of random trains by default, and in a quick run.
    size : (float, float)
        Width and height of the figure, inches.
    compute : callable
        ``compute(trains, seed, progress, quick)`` gives the raw numbers, a frozen dataclass of arrays.
    draw : callable
        ``draw(result, figure)`` draws them on an empty matplotlib figure.
    agreement : callable
        ``agreement(result)`` gives a list of :class:`Row`.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.experiments.all()[1].title
    'Threshold deviation'
    """

    name: str
    file: str
    title: str
    trains: int
    quick: int
    size: tuple[float, float]
    compute: Callable[..., Any]
    draw: Callable[[Any, Any], None]
    agreement: Callable[[Any], list[Row]]

    def figure(self, result: Any) -> Any:
        """The figure of a result, a matplotlib Figure that belongs to no window."""
        figure, _ = plot.new_figure(1, *self.size)
        figure.clear()
        self.draw(result, figure)
        return figure

    def numbers(self, result: Any) -> dict[str, Any]:
        """Everything that was computed, ready for JSON."""
        values = {key: _plain(value) for key, value in asdict(result).items()}
        rows = [row._asdict() for row in self.agreement(result)]
        return {"experiment": self.name, "title": self.title, **values, "agreement": rows}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


# data


def generator(seed: int, *path: int) -> np.random.Generator:
    """Random numbers of their own for every train, so that more trains begin with the same ones."""
    return np.random.default_rng((seed, *path))


def train(rng: np.random.Generator, spikes: int, amplitude: float) -> SpikeTrain:
    """A random train as in the head of this file."""
    most = round(amplitude / STEP)
    times = np.cumsum(rng.uniform(LEAST_GAP, MOST_GAP, spikes))
    return SpikeTrain(times, STEP * rng.integers(-most, most, spikes, endpoint=True))


def noise(rng: np.random.Generator, spikes: int) -> SpikeTrain:
    """A random disturbance as in the head of this file."""
    times = np.cumsum(rng.exponential(1.0, spikes))
    return SpikeTrain(times, np.diff(rng.integers(0, 2, spikes + 1)).astype(np.float64))


def error(f: SpikeTrain, theta: float, alpha: float, reset: str, arithmetic: str = "exact") -> float:
    """||LIF(f) - f||_{A,alpha}, rounded down."""
    return float(alexiewicz_norm(f - LIF(theta, alpha, reset, arithmetic=arithmetic)(f), alpha))


# facts and chances


def surely_less(left: float, *right: float) -> bool:
    """Whether a norm is less than a sum of norms and thresholds; norms are given rounded down, thresholds exactly.

    A norm lies below the next float after its rounding, so this comparison of rationals proves the inequality of
    the exact numbers. It errs on the safe side only.
    """
    return Fraction(math.nextafter(left, math.inf)) <= sum(map(Fraction, right))


def chance(pool: FloatArray, count: int, part: float, reported: float) -> float:
    """How likely a quantile of `count` values lies as far out as the reported one (two-sided), our pool being the law.

    The quantile is <= r where at least part * count of the values are, and how many are is binomial.
    """
    from scipy.special import bdtr

    def below(share: float, least: float) -> float:
        """The chance that at least so many values are below."""
        return 1.0 - float(bdtr(math.ceil(least) - 1, count, share))

    shares = [(np.count_nonzero(side) + 0.5) / (pool.size + 1) for side in (pool <= reported, pool < reported)]
    at_most = below(shares[0], part * count)
    at_least = 1.0 - below(shares[1], part * count)
    return min(1.0, 2.0 * min(at_most, at_least))


def judged(p: float) -> tuple[str, str]:
    """Verdict and note for a chance."""
    return ("agrees" if p >= UNLIKELY else "differs"), f"p = {p:.2g}"


def held(yes: Any) -> str:
    """Verdict of a statement."""
    return "holds" if np.all(yes) else "fails"


def below(x: float, digits: int = 5) -> str:
    """Decimal digits rounded down: what is below a bound does not look equal to it."""
    return f"{Context(prec=digits, rounding=ROUND_FLOOR).create_decimal(Decimal(float(x))).normalize():f}"


# progress and style


def bar(name: str, total: int, progress: bool) -> Any:
    """A progress bar to be used as a context; `update()` is one step."""
    from tqdm import tqdm

    return tqdm(total=total, desc=name, disable=not progress, leave=False)


def titled(ax: Any, letter: str, text: str) -> None:
    """A panel's letter and title, left above it."""
    ax.set_title(rf"$\bf{{({letter})}}$ {text}", loc="left", fontsize=9.5)


def boxes(ax: Any, groups: FloatArray, colour: str, width: float = 0.55) -> None:
    """Box plots at 0, 1, ...: quartiles, whiskers to the last value within 1.5 boxes, what lies beyond as points.

    Drawn by hand: matplotlib's own reads every setting, which makes it choose a window system.
    """
    for x, values in enumerate(groups):
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        reach = 1.5 * (high - low)
        inside = values[(low - reach <= values) & (values <= high + reach)]
        ax.bar(x, high - low, width, low, color=colour, alpha=0.55, zorder=2)
        ax.bar(x, high - low, width, low, fill=False, edgecolor="black", linewidth=0.8, zorder=3)
        for edge, end in ((low, inside.min()), (high, inside.max())):
            ax.vlines(x, *sorted((edge, end)), colors="black", linewidths=0.8, zorder=3)
            ax.hlines(end, x - width / 4, x + width / 4, colors="black", linewidths=0.8, zorder=3)
        ax.hlines(middle, x - width / 2, x + width / 2, colors="black", linewidths=1.6, zorder=4)
        beyond = values[(values < low - reach) | (values > high + reach)]
        ax.plot(np.full(beyond.size, x), beyond, ".", color="#444444", markersize=3.5, markeredgewidth=0, zorder=3)


def tidy(ax: Any) -> None:
    """No box around the panel, small numbers."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)


def tagged(ax: Any, x: float, y: float, text: str, colour: str, **options: Any) -> None:
    """A label beside a curve, in its colour."""
    ax.text(x, y, text, color=colour, fontsize=8.5, **({"ha": "left", "va": "center"} | options))


def ends(ax: Any, labels: list[tuple[float, str, str]]) -> None:
    """Labels (height, text, colour) at the right end of curves, moved apart where they would touch."""
    low, high = ax.get_ylim()
    least, last = 0.055 * (high - low), -np.inf
    for y, text, colour in sorted(labels):
        last = max(y, last + least)
        ax.annotate(
            text,
            (1.0, last),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            fontsize=8.5,
            va="center",
        )


def resets(ax: Any, x: FloatArray, curves: FloatArray) -> None:
    """A curve for each reset, shape (3, m), with a legend above the panel."""
    for reset, y, width in zip(RESETS, curves, (1.5, 2.4, 1.1), strict=True):
        ax.plot(x, y, color=COLOURS[reset], linewidth=width, label=f"reset {reset}")
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.2}
    ax.legend(ncols=len(RESETS), frameon=False, fontsize=8.5, **place)
