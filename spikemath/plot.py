"""Pictures: rasters, tubes, residuals and signals, each drawn on matplotlib axes and returned.

matplotlib is imported when a picture is first drawn, and nothing of it is changed but the axes at hand. Long
signals are thinned to the first, least, greatest and last value of some thousand stretches of time, so no
excursion and no spike is lost and files stay small.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikemath.operators import Encoding, SendOnDelta
from spikemath.signals import RunningIntegral, Signal, SpikeTrain, SpikeTrains
from spikemath.signals.checks import per_channel, positive
from spikemath.signals.many import channels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["raster", "residual", "signal", "tube"]

FloatArray = NDArray[np.float64]
Window = tuple[float, float]

# Okabe and Ito's colours, which people with any colour vision can tell apart
BLUE, ORANGE, VERMILION, GREEN, GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#777777"
BINS = 4000  # stretches of time that a long curve is thinned to, more than a picture has columns
_CELLS = 1 << 16  # cells drawn at a time


# what the four functions are made of


def new_figure(
    rows: int = 1, width: float = 8.0, height: float = 3.0, columns: int = 1, **grid: Any
) -> tuple[Figure, list[Any]]:
    """A figure with axes row by row that belongs to no window; for programs that write files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(np.ravel(figure.subplots(rows, columns, **grid)))


def encoded(figure: Figure, suffix: str = ".png", dpi: int = 150) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix.removeprefix(".").lower() or "png", dpi=dpi)
    return buffer.getvalue()


def _axes(ax: Axes | None, height: float) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8.0, height), layout="constrained")[1]


def _legend(ax: Axes) -> None:
    """Above the axes, where no data can be."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        options: dict[str, Any] = {"frameon": False, "borderaxespad": 0.2, "handlelength": 1.6}
        ax.legend(handles, labels, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(handles), **options)


def _one(f: Any, name: str, channel: int | None = None) -> Any:
    members = channels(f)
    if members is not None:
        if channel is None:
            raise ValueError(f"{name} has {len(f)} channels: draw one of them, {name}[0] say")
        if not -len(members) <= channel < len(members):
            raise ValueError(f"channel = {channel} of {len(members)} in {name}")
        f = members[channel]
    if not isinstance(f, Signal | SpikeTrain):
        raise TypeError(f"{name} must be a Signal or SpikeTrain, got {type(f).__name__}")
    return f


def _setting(x: Any, name: str, channel: int | None) -> Any:
    """A setting, or what it is for the channel that is drawn."""
    values = per_channel(x, name)
    if not isinstance(values, tuple):
        return values
    if channel is None or not -len(values) <= channel < len(values):
        raise ValueError(f"{name} has {len(values)} values: say which channel is drawn, channel=0 say")
    return values[channel]


class _Thinned:
    """Points in order of time, thinned where there are many: `add` puts them in, `points` takes them out."""

    def __init__(self, window: Window) -> None:
        self.start = window[0]
        self.width = (window[1] - window[0]) / BINS or 1.0
        self.t: list[FloatArray] = []
        self.y: list[FloatArray] = []
        self.thinned = False

    def add(self, t: FloatArray, y: FloatArray) -> None:
        if t.size > 4 * BINS or self.thinned:
            self.thinned = True
            t, y = self._thin(t, y)
        self.t.append(t)
        self.y.append(y)

    def _thin(self, t: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        at = np.floor((t - self.start) / self.width)
        first = np.concatenate([[0], np.flatnonzero(np.diff(at)) + 1])
        last = np.append(first[1:], t.size) - 1
        middle = 0.5 * (t[first] + t[last])
        low, high = np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)
        rising = y[last] >= y[first]
        extremes = np.where(rising, low, high), np.where(rising, high, low)
        times = np.stack([t[first], middle, middle, t[last]], axis=1)
        return times.ravel(), np.stack([y[first], *extremes, y[last]], axis=1).ravel()

    def points(self) -> tuple[FloatArray, FloatArray]:
        """The curve: times, values."""
        t, y = np.concatenate([*self.t, np.zeros(0)]), np.concatenate([*self.y, np.zeros(0)])
        return self._thin(t, y) if t.size > 16 * BINS else (t, y)

    def envelope(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Times, least and greatest values of the curve."""
        t, y = self.points()
        if not self.thinned:
            return t, y, y
        at = np.floor((t - self.start) / self.width)
        first = np.concatenate([[0], np.flatnonzero(np.diff(at)) + 1])
        return t[first], np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)


def _grid(U: RunningIntegral, window: Window, curved: bool) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Cells, some at a time: their edges (m + 1,), and times inside them (m, points)."""
    starts = U._starts[(window[0] <= U._starts) & (U._starts <= window[1])]
    starts = np.unique(np.concatenate([starts, window]))
    n = starts.size - 1
    points = min(max(BINS // max(n, 1), 8), 400) if curved else 0
    for a in range(0, n, _CELLS):
        edges = starts[a : min(a + _CELLS, n) + 1]
        yield edges, edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(1, points + 1) / (points + 1))


def _integral_curve(f: Any, alpha: float, window: Window) -> _Thinned:
    """A running integral with its jumps: at the edges of cells the left limit, then the value."""
    U = f.running_integral(alpha)
    curved = alpha > 0.0 or any(p.degree > 0 for p in f._parts)
    out = _Thinned(window)
    for edges, inside in _grid(U, window, curved):
        left, right = U(edges[:-1], side="left"), U(edges[:-1])
        between = U(inside) if inside.size else inside
        t = np.hstack([edges[:-1, None], edges[:-1, None], inside])
        out.add(t.ravel(), np.hstack([left[:, None], right[:, None], between]).ravel())
    end = window[1]
    out.add(np.array([end, end]), np.array([U(end, side="left"), U(end)]))
    return out


def _density_curve(f: Signal, window: Window) -> _Thinned:
    """The function part of a signal with its jumps."""
    U = f.running_integral()
    out = _Thinned(window)
    for edges, inside in _grid(U, window, any(p.degree > 1 for p in f._parts)):
        t = np.hstack([edges[:-1, None], inside, np.nextafter(edges[1:, None], -np.inf)]).ravel()
        out.add(t, U._density(t))
    return out


def _ticks(times: FloatArray, window: Window) -> FloatArray:
    """Times in the window, at most a few per pixel."""
    kept = times[(window[0] <= times) & (times <= window[1])]
    if kept.size <= 4 * BINS:
        return kept
    at = np.floor((kept - window[0]) / ((window[1] - window[0]) / BINS))
    return np.asarray(kept[np.concatenate([[True], np.diff(at) > 0])])


# pictures


def raster(s: Any, ax: Axes | None = None, *, window: Window | None = None) -> Axes:
    """Spikes as ticks, one row per channel: up for positive weights, down for negative ones.

    Parameters
    ----------
    s : SpikeTrain, SpikeTrains or Encoding
        The spikes.
    ax : matplotlib Axes, optional
        Where to draw. Default: new axes.
    window : (float, float), optional
        Draw this stretch of time only. Default: the domain.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([[1.0, -2.0, 3.0], [2.0, 2.0, -1.0]], fs=10.0)
    >>> ax = sm.plot.raster(sm.IF(0.05)(f))
    >>> [ticks.get_label() for ticks in ax.collections[:2]]
    ['positive', 'negative']
    """
    spikes = s.spikes if isinstance(s, Encoding) else s
    trains = spikes if isinstance(spikes, SpikeTrains) else SpikeTrains([_one(spikes, "s")])
    ax = _axes(ax, min(1.2 + 0.4 * len(trains), 9.0))
    span = window or trains.domain
    for sign, colour, label in ((1, BLUE, "positive"), (-1, VERMILION, "negative")):
        at = [_ticks(train.times[np.sign(train.weights) == sign], span) for train in trains]
        if any(x.size for x in at):
            rows = np.repeat(np.arange(len(trains)), [x.size for x in at])
            times = np.concatenate(at)
            ax.vlines(times, rows, rows - 0.42 * sign, colors=colour, linewidths=0.9, label=label)
    ax.hlines(np.arange(len(trains)), *span, colors=GREY, linewidths=0.4, zorder=0.5)
    ax.set(xlim=_stretched(span), ylim=(len(trains) - 0.4, -0.6), xlabel="time", ylabel="channel")
    if len(trains) <= 24:
        ax.set_yticks(range(len(trains)))
    _legend(ax)
    return ax


def tube(
    f: Any,
    enc_or_eta: Any,
    threshold: Any = None,
    ax: Axes | None = None,
    *,
    window: Window | None = None,
    channel: int | None = None,
) -> Axes:
    """What was quantized, the tube of one threshold around it, and what the spikes decode to.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        The recording.
    enc_or_eta : Encoding, SpikeTrain or SpikeTrains
        Its encoding. An Encoding knows what was quantized: for send-on-delta the recording itself, for IF its
        primitive, for LIF its running leaky integral. A bare train is taken as one of IF.
    threshold : float, or sequence with one per channel, optional
        Half the width of the tube, > 0. Default: that of the encoding.
    ax : matplotlib Axes, optional
        Where to draw. Default: new axes.
    window : (float, float), optional
        Draw this stretch of time only. Default: the domain.
    channel : int, optional
        Which channel is drawn, where there are many.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([0.0, 3.0, -2.0], fs=2.0, hold="linear")
    >>> ax = sm.plot.tube(f, sm.SendOnDelta(0.5).encode(f))
    >>> [line.get_label() for line in ax.lines]
    ['signal', 'decoded from the spikes']
    """
    known = isinstance(enc_or_eta, Encoding)
    eta = _one(enc_or_eta.spikes if known else enc_or_eta, "enc_or_eta", channel)
    f = _one(f, "f", channel)
    operator = enc_or_eta.operator if known else None
    alpha = 0.0 if operator is None else _setting(operator.alpha, "alpha", channel)
    threshold = _setting(threshold, "threshold", channel)
    if threshold is None and eta.quantum is None:
        raise ValueError("threshold is needed: the train does not say of which threshold its weights are multiples")
    theta = positive(eta.quantum if threshold is None else threshold, "threshold")
    ax = _axes(ax, 3.2)
    span = window or f.domain
    sampled = isinstance(operator, SendOnDelta) and isinstance(f, Signal)
    if sampled:
        curve, label = _density_curve(f, span), "signal"
    else:
        curve, label = (
            _integral_curve(f, alpha, span),
            "running leaky integral" if alpha else "running integral",
        )
    t, low, high = curve.envelope()
    ax.fill_between(t, low - theta, high + theta, color=BLUE, alpha=0.18, linewidth=0, label="\u00b1 threshold")
    ax.plot(*curve.points(), color="black", linewidth=0.9, label=label)
    decoded = _integral_curve(eta, alpha, span).points()
    if sampled:  # which is no primitive: nothing was 0 before it began
        decoded = decoded[0][1:], decoded[1][1:]
    ax.plot(*decoded, color=VERMILION, linewidth=1.1, label="decoded from the spikes")
    ax.set(xlim=_stretched(span), xlabel="time", ylabel=label)
    _legend(ax)
    return ax


def residual(
    f: Any,
    eta: Any,
    threshold: Any,
    alpha: Any = 0.0,
    ax: Axes | None = None,
    *,
    window: Window | None = None,
    channel: int | None = None,
) -> Axes:
    """The running leaky integral of f - eta between the lines at plus and minus the threshold.

    Its greatest distance from zero is the norm ||f - eta||_{A,alpha}. Jumps go from the left limit to the
    value; stretches outside the tube stand out.

    Parameters
    ----------
    f : Signal, SpikeTrain, Signals or SpikeTrains
        What was integrated (for send-on-delta the derivative of the recording).
    eta : SpikeTrain, SpikeTrains or Encoding
        The spikes.
    threshold : float, or sequence with one per channel
        Where the lines are, > 0.
    alpha : float, or sequence with one per channel
        Leak, 1/time, >= 0.
    ax : matplotlib Axes, optional
        Where to draw. Default: new axes.
    window : (float, float), optional
        Draw this stretch of time only. Default: the domain.
    channel : int, optional
        Which channel is drawn, where there are many.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 3.0, -2.0], fs=10.0)
    >>> ax = sm.plot.residual(f, sm.LIF(0.05, alpha=2.0)(f), 0.05, alpha=2.0)
    >>> bool(abs(ax.lines[0].get_ydata()).max() <= 0.05)
    True
    """
    theta = positive(_setting(threshold, "threshold", channel), "threshold")
    alpha = _setting(alpha, "alpha", channel)
    error = _one(f, "f", channel) - _one(eta.spikes if isinstance(eta, Encoding) else eta, "eta", channel)
    ax = _axes(ax, 2.6)
    span = window or error.domain
    t, y = _integral_curve(error, alpha, span).points()
    ax.plot(t, y, color=BLUE, linewidth=0.8, label="residual")
    if (np.abs(y) > theta).any():
        for level in (-theta, 0.0, theta):
            t, y = _crossed(t, y, level)
        outside = np.where(np.abs(y) >= theta, y, np.nan)
        ax.plot(t, outside, color=VERMILION, linewidth=1.0, label="outside the tube")
    ax.axhspan(-theta, theta, color=BLUE, alpha=0.12, linewidth=0, zorder=0)
    for level, label in ((theta, "\u00b1 threshold"), (-theta, None)):
        ax.axhline(level, color="black", linewidth=0.8, linestyle=(0, (5, 3)), label=label)
    ax.set(xlim=_stretched(span), xlabel="time", ylabel="residual")
    _legend(ax)
    return ax


def _crossed(t: FloatArray, y: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """The same curve with a point wherever it crosses the level."""
    at = np.flatnonzero((y[:-1] - level) * (y[1:] - level) < 0.0)
    part = (level - y[at]) / (y[at + 1] - y[at])
    return np.insert(t, at + 1, t[at] + part * (t[at + 1] - t[at])), np.insert(y, at + 1, level)


def signal(f: Any, ax: Axes | None = None, *, window: Window | None = None) -> Axes:
    """A signal: its function part as a curve, its Dirac pulses as stems of the height of their weights.

    Parameters
    ----------
    f : Signal or SpikeTrain
        One channel.
    ax : matplotlib Axes, optional
        Where to draw. Default: new axes.
    window : (float, float), optional
        Draw this stretch of time only. Default: the domain.

    Returns
    -------
    matplotlib.axes.Axes
        Weights have another unit than values: where there are both, stems have a second axis on the right.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0, 3.0, -2.0], fs=10.0)
    >>> ax = sm.plot.signal(f + sm.SpikeTrain([0.15], [0.4]))
    >>> ax.get_ylabel(), ax.figure.axes[1].get_ylabel()
    ('value', 'weight of pulses')
    """
    f = _one(f, "f")
    ax = _axes(ax, 2.8)
    span = window or f.domain
    pulses, stems = f._pulses, ax
    if f._parts:
        ax.plot(*_density_curve(f, span).points(), color=BLUE, linewidth=0.9, label="function")
        ax.set_ylabel("value")
        stems = ax.twinx() if len(pulses) else ax
    if len(pulses):
        t, top = _stems(pulses, span)
        stems.vlines(t, 0.0, top, colors=VERMILION, linewidths=1.0)
        stems.plot(t, top, "o", color=VERMILION, markersize=2.5 if t.size > 60 else 4.0, label="Dirac pulses")
        stems.set_ylabel("weight of pulses")
        reach = 1.1 * max(float(np.abs(top).max(initial=0.0)), 1e-300)
        stems.set_ylim(-reach if (top < 0).any() or f._parts else 0.0, reach)
        if stems is not ax:
            ax.plot([], [], "o", color=VERMILION, markersize=4.0, label="Dirac pulses")
    if stems is ax:
        ax.axhline(0.0, color=GREY, linewidth=0.5, zorder=0)
    ax.set(xlim=_stretched(span), xlabel="time")
    if f._parts and len(pulses):
        _legend(ax)
    return ax


def _stems(pulses: SpikeTrain, window: Window) -> tuple[FloatArray, FloatArray]:
    """Times and weights in the window; of very many, the least and the greatest of every stretch."""
    keep = (window[0] <= pulses.times) & (pulses.times <= window[1])
    t, w = pulses.times[keep], pulses.weights[keep]
    if t.size <= 2 * BINS:
        return t, w
    at = np.floor((t - window[0]) / ((window[1] - window[0]) / BINS))
    first = np.concatenate([[0], np.flatnonzero(np.diff(at)) + 1])
    low, high = np.minimum.reduceat(w, first), np.maximum.reduceat(w, first)
    return np.repeat(t[first], 2), np.stack([low, high], axis=1).ravel()


def _stretched(span: Window) -> Window:
    """A little more than the window, so that what happens at its ends is seen."""
    margin = 0.01 * (span[1] - span[0]) or 0.5
    return span[0] - margin, span[1] + margin
