"""Any function as a piecewise polynomial: Chebyshev interpolation and bisection.

On a piece [a, a + h] the function is interpolated in the ten Chebyshev points of the first kind (they avoid
the ends, so a jump at a knot does no harm),

    func(t) ~ sum_n a_n T_n(s),    s = 2 (t - a)/h - 1.

With T_n(2u - 1) = sum_k M_kn u^k (M holds integers) the coefficients in powers of t - a are
c_k = (M a)_k / h^k. This loses nothing that matters: sum_k |M_kn| = T_n(3) < 5.83^n, and the a_n of an
accepted piece fall faster.

A piece is accepted where twice the error on a check grid (other points than the nodes) is at most
tol * sup |func|, and halved otherwise. Three things end the halving where the function is not smooth:

* noise. If halving lowers the error no more, and the error is what a few ulp of t or of the value explain,
  then the piece is as good as float64 evaluation of func allows. Its error is reported.
* a jump. Halving ends with neighbouring floats a < b; the jump lies in (a, b], and b becomes a knot.
  (If func turns out continuous, only steep, the piece is the line from a to b.)
* a pole. There the values grow like a power of the distance over many octaves: refused.

Where halving went deep (a jump, a kink), the place becomes a knot, and all is fitted again: pieces graded
toward the place are then not needed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import ArrayLike, NDArray

from spikemath.signals.checks import FloatArray as Array
from spikemath.signals.checks import carries_unit, float_array, positive, real_number

DEGREE = 9  # a higher one needs fewer pieces, but roots and power basis get worse; 9 is a compromise
SAFETY = 2.0
FLOAT = np.finfo(np.float64)
LEAST_CHECK = 20  # points of the check grid of every piece
DEEP = 20  # halvings after which a place counts as singular
NODES: Array = np.cos(np.pi * (np.arange(DEGREE, -1, -1) + 0.5) / (DEGREE + 1))

# column n: the integer coefficients of T_n(2u - 1) in powers of u
TO_POWERS = np.zeros((DEGREE + 1, DEGREE + 1))
for _n in range(DEGREE + 1):
    _shifted = Chebyshev.basis(_n, domain=[0.0, 1.0]).convert(kind=Polynomial, domain=[-1.0, 1.0]).coef
    TO_POWERS[: _shifted.size, _n] = np.rint(_shifted)


class AdaptivePieces(NamedTuple):
    """Knots (n + 1,), coefficients (degree + 1, n) in ascending powers of t - knots[k], achieved error."""

    knots: Array
    coefficients: Array
    error: float


class _Run(NamedTuple):
    left: NDArray[Any]
    coefficients: NDArray[Any]
    error: NDArray[Any]
    depth: NDArray[Any]

    def pick(self, which: NDArray[Any]) -> _Run:
        return _Run(*(column[..., which] for column in self))


def check_interval(t0: Any, t1: Any) -> tuple[float, float]:
    """Return the ends as floats; refuse what is no interval of positive, finite length."""
    start, stop = real_number(t0, "t0"), real_number(t1, "t1")
    if not (start < stop and math.isfinite(stop - start)):
        raise ValueError(f"t1 = {stop!r} must be larger than t0 = {start!r}, by a finite float64")
    return start, stop


def adaptive_pieces(
    func: Callable[[Any], Any],
    t0: float,
    t1: float,
    tol: float = 1e-12,
    breaks: ArrayLike = (),
    max_pieces: int = 100_000,
    first_check: int = 512,
) -> AdaptivePieces:
    """Fit piecewise polynomials of degree at most 9 to a function, to a tolerance.

    Smooth functions take few pieces; jumps and kinks are found to the last float64, but knowing them is surer
    and cheaper. A jump that is no break gives a RuntimeWarning.

    Parameters
    ----------
    func : callable
        Takes an array of times (n,) and returns real values (n,), or takes and returns one number.
    t0, t1 : float
        The interval, t0 < t1.
    tol : float
        Largest error, relative to the largest |func| seen on [t0, t1] (absolute floor 2.2e-308). Where
        float64 evaluation of `func` is noisier than that, `error` says so.
    breaks : array_like of float
        Times in [t0, t1] where func or a derivative jumps. There func counts by its limits from each side.
    max_pieces : int
        Give up beyond this number of pieces.
    first_check : int
        Points of the check grid on all of [t0, t1] before the first halving: how small a feature can be missed.

    Returns
    -------
    AdaptivePieces
        `error` is twice the largest difference between func and the pieces, as they are stored, on a grid
        without nodes. It does not count the one float64 step in which a jump lies.

    Raises
    ------
    ValueError
        Values that are NaN, infinite, unbounded (with the time) or of a wrong shape; bad arguments; too many
        pieces.
    TypeError
        Complex, text, masked or unit-carrying values.

    Examples
    --------
    >>> pieces = adaptive_pieces(lambda t: 1 + t * t, 0.0, 2.0)
    >>> pieces.knots.tolist(), len(pieces.coefficients)
    ([0.0, 2.0], 3)
    """
    start, stop = check_interval(t0, t1)
    tolerance = positive(tol, "tol")
    knots = _break_knots(breaks, start, stop)
    sample = _Sampler(func)
    sample(knots)  # a value that is not finite at a knot would escape the nodes
    run = _refine(sample, knots, tolerance, max_pieces, first_check)
    jumps = _jumps(sample, run, knots, tolerance)
    more = np.union1d(knots, np.append(jumps, _kinks(run, jumps, stop)))
    if more.size > knots.size:
        again = _refine(sample, more, tolerance, max_pieces, first_check)
        run = again if again.left.size < run.left.size else run
    if jumps.size:
        places = ", ".join(repr(float(t)) for t in jumps[:5]) + (", ..." if jumps.size > 5 else "")
        text = f"func has a jump near t={places}: the error does not count it; if known, name it in breaks"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    rows = 1 + max(np.flatnonzero(np.any(run.coefficients != 0, axis=1)), default=0)
    error = float(SAFETY * np.max(run.error))
    return AdaptivePieces(np.append(run.left, stop), run.coefficients[:rows], error)


def expanded(coefficients: list[Fraction], a: float, b: float) -> tuple[list[float], float]:
    """A polynomial, in ascending powers of t, about a: rounded once, and a bound of that error on [a, b]."""
    c = list(coefficients[::-1])
    at, h = Fraction(a), Fraction(b) - Fraction(a)
    for last in range(len(c), 1, -1):  # repeated synthetic division
        for k in range(1, last):
            c[k] += at * c[k - 1]
    try:
        column = [float(v) for v in c[::-1]]
    except OverflowError as error:
        raise ValueError(f"the polynomial about t = {a!r} must stay inside the range of float64") from error
    lost = sum((abs(v - Fraction(w)) * h**k for k, (v, w) in enumerate(zip(c[::-1], column, strict=True))))
    return column, math.nextafter(float(lost), math.inf) if lost else 0.0


def _break_knots(breaks: ArrayLike, start: float, stop: float) -> Array:
    values = float_array(breaks, "breaks")
    for k in np.flatnonzero(~((values >= start) & (values <= stop)))[:1]:
        raise ValueError(f"breaks[{k}] = {float(values[k])!r} must lie in [t0, t1] = [{start!r}, {stop!r}]")
    return np.unique(np.concatenate([[start, stop], values])) + 0.0


class _Sampler:
    """Calls func on arrays or, if that fails, on numbers; refuses what is not finite; keeps the scale."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        if not callable(func):
            raise TypeError(f"func must be callable, got {type(func).__name__}")
        self.func = func
        self.vectorised = True
        self.scale = 0.0

    def __call__(self, t: Array) -> Array:
        flat = np.ravel(t)
        if flat.size == 0:
            return np.zeros(np.shape(t))
        with np.errstate(all="ignore"):
            y = self._values(flat)
        for k in np.flatnonzero(~np.isfinite(y))[:1]:
            raise ValueError(f"func({float(flat[k])!r}) = {float(y[k])!r} must be finite on [t0, t1]")
        self.scale = max(self.scale, float(np.max(np.abs(y))))
        return y.reshape(np.shape(t))

    def _values(self, flat: Array) -> Array:
        if self.vectorised:
            try:
                y = self.func(flat.copy())
            except Exception:  # code for one number fails in many ways; a true error comes again
                y = None
            if np.shape(y) == flat.shape:
                return _real(y, flat[0])
            self.vectorised = False
        out = np.empty(flat.size)
        for k, t in enumerate(flat.tolist()):
            y = self.func(t)
            if np.shape(y) != ():
                raise ValueError(f"func must return one value per time, got shape {np.shape(y)} at t = {t!r}")
            out[k] = _real(y, t)
        return out


def _real(y: Any, t: float) -> Array:
    if np.ma.isMaskedArray(y) or carries_unit(y):
        raise TypeError(f"func must return plain numbers, got {type(y).__name__} near t = {float(t)!r}")
    values = np.asarray(y)
    if values.dtype.kind == "c" or (values.dtype.kind == "O" and any(np.imag(v) != 0 for v in values.flat)):
        raise TypeError(f"func must return real values, got complex ones near t = {float(t)!r}")
    if values.dtype.kind not in "buifO":
        raise TypeError(f"func must return numbers, got dtype {values.dtype} near t = {float(t)!r}")
    return values.astype(np.float64)


def _refine(sample: _Sampler, knots: Array, tol: float, max_pieces: int, first_check: int) -> _Run:
    """Halve until every piece is accepted; one level of halving at a time, so that func sees long arrays."""
    left, right = knots[:-1], knots[1:]
    parent = np.full(left.size, np.inf)
    done: list[_Run] = []
    count = depth = 0
    first = first_check // left.size
    while left.size:
        if count + left.size > max_pieces:
            where = f"pieces for tol = {tol!r}, most near t = {float(np.median(left))!r}"
            raise ValueError(f"func needs more than max_pieces = {max_pieces} {where}: give breaks")
        with np.errstate(all="ignore"):  # what is not finite here is not accepted
            coefficients, tail, noise = _fit(sample, left, right)
            error = _check(sample, left, right, coefficients, max(LEAST_CHECK, first >> depth))
        goal = tol * sample.scale + FLOAT.tiny
        # a last coefficient far above the tolerance means that the check grid was lucky
        accept = (SAFETY * error <= goal) & (tail <= 64 * goal)
        accept |= (error > 0.5 * parent) & (SAFETY * error <= noise)
        single = np.nextafter(left, right) == right
        for k in np.flatnonzero(single):
            _, error[k], coefficients[:2, k] = _last_step(sample, left[k], right[k], knots, goal)
        accept |= single
        kept = _Run(left, coefficients, error, np.full(left.size, depth))
        done.append(kept.pick(accept))
        count, depth = count + int(accept.sum()), depth + 1
        a, b = left[~accept], right[~accept]
        middle = a + 0.5 * (b - a)
        if depth > DEEP:  # floats are endlessly dense at 0, and jumps are often there
            middle[(a < 0) & (b > 0)] = 0.0
        sample(middle)  # a pole at a knot would escape the nodes
        left, right = np.stack([a, middle], 1).ravel(), np.stack([middle, b], 1).ravel()
        parent = np.repeat(error[~accept], 2)
    run = _Run(*(np.concatenate(column, axis=-1) for column in zip(*done, strict=True)))
    return run.pick(np.argsort(run.left))


def _fit(sample: _Sampler, left: Array, right: Array) -> tuple[Array, Array, Array]:
    """Interpolate on each piece: power coefficients (10, n), last Chebyshev coefficient, noise (n,)."""
    width, last = right - left, np.nextafter(right, left)
    ulp = np.spacing(np.maximum(np.abs(left), np.abs(right)))
    powers, tail, noise = np.zeros((DEGREE + 1, left.size)), np.zeros(left.size), np.zeros(left.size)
    wide = width > 64 * ulp
    if not wide.all():  # too few floats for ten nodes: the line through the first and the last
        n = ~wide
        y0, y1 = sample(np.stack([left[n], last[n]]))
        step = last[n] - left[n]
        powers[0, n], powers[1, n] = y0, np.where(step > 0, (y1 - y0) / step, 0.0)
        # a line through two neighbouring floats proves nothing: there may be a jump between them
        tail[n] = np.where((np.nextafter(left[n], last[n]) == last[n]) & (y0 != y1), np.inf, 0.0)
    if wide.any():
        a, h = left[wide], width[wide]
        t = np.clip(a + 0.5 * (1 + NODES[:, None]) * h, a, last[wide])
        y = sample(t)
        # the nodes as they were rounded, since at t = 1e9 rounding moves them far
        basis = chebvander(2 * ((t - a) / h).T - 1, DEGREE)
        c = np.linalg.solve(basis, y.T[..., None])[..., 0].T
        tail[wide] = np.abs(c[-1])
        spread = np.ptp(y, axis=0) * ulp[wide] / h
        small = 16 * FLOAT.eps * np.max(np.abs(y), axis=0)
        noise[wide] = np.where(h > 1024 * ulp[wide], small + 16 * spread, 0.0)
        c[np.cumsum(np.abs(c[::-1]), axis=0)[::-1] <= small] = 0.0
        # h^k must stay inside the range of float64
        degree = np.minimum(DEGREE, 1000 // np.maximum(np.abs(np.log2(h)), 1)).astype(np.int64)
        k = np.arange(DEGREE + 1)[:, None]
        c[k > degree] = 0.0
        powers[:, wide] = TO_POWERS @ c / h ** np.minimum(k, degree)
    return powers, tail, noise


def _check(sample: _Sampler, left: Array, right: Array, powers: Array, m: int) -> Array:
    """Largest error of each piece on a grid of irrational steps, denser toward the ends."""
    u = 0.5 - 0.5 * np.cos(np.pi * (np.arange(1, m + 1) * 0.6180339887498949 % 1.0))
    # the innermost floats at both ends show a jump just inside; the value at a knot may belong to either side
    first, last = np.nextafter(left, right), np.nextafter(right, left)
    t = np.clip(left + np.append(u, [0.0, 1.0])[:, None] * (right - left), np.minimum(first, last), last)
    x, value = t - left, np.zeros_like(t)
    for row in powers[::-1]:
        value = value * x + row
    error = np.max(np.abs(sample(t) - value), axis=0)
    return np.where(np.isfinite(error), error, np.inf)


def _last_step(sample: _Sampler, a: float, b: float, knots: Array, goal: float) -> tuple[bool, float, list[float]]:
    """Does func jump between two neighbouring floats? If not, the error of the line, and the line."""
    distance = np.spacing(max(abs(a), abs(b))) * 2.0 ** np.arange(25)
    left, right = (t[(t >= knots[0]) & (t <= knots[-1])] for t in (a - distance, b + distance))
    y = sample(np.concatenate([left[::-1], [a, b], right]))
    ya, yb = float(y[left.size]), float(y[left.size + 1])
    before, after = y[: left.size][::-1], y[left.size + 2 :]
    for side in (np.abs(before[4:]), np.abs(after[4:])):
        # a power of the distance grows on every octave, a jump on one
        if side.size > 10 and side.min() > 0 and np.diff(np.log2(side)).max() < -0.15:
            raise ValueError(f"func must be bounded on [t0, t1]: it grows without limit near t = {float(b)!r}")
    # what is continuous, however steep, changes more over a thousand such steps than over one
    change = max(np.max(np.abs(before[:11] - ya), initial=0.0), np.max(np.abs(after[:11] - yb), initial=0.0))
    if abs(yb - ya) > max(goal, 4 * change):
        return True, 0.0, [ya, 0.0]
    bends = [abs(yb - 2 * ya + y) for y in before[:1]] + [abs(ya - 2 * yb + y) for y in after[:1]]
    return False, float(min([abs(yb - ya), *bends])), [ya, (yb - ya) / (b - a)]


def _jumps(sample: _Sampler, run: _Run, knots: Array, tol: float) -> Array:
    """The first float after every jump that is no break."""
    narrow = np.diff(np.append(run.left, knots[-1])) <= 128 * np.spacing(np.abs(run.left))
    ends = np.setdiff1d(run.left[1:][narrow[1:] | narrow[:-1]], knots)
    goal = tol * sample.scale + FLOAT.tiny
    return np.array([b for b in ends if _last_step(sample, np.nextafter(b, -np.inf), b, knots, goal)[0]])


def _kinks(run: _Run, jumps: Array, stop: float) -> Array:
    """Both ends of the pieces where halving went deepest."""
    right = np.append(run.left[1:], stop)
    width = right - run.left
    around = np.minimum(np.append(width[1:], np.inf), np.insert(width[:-1], 0, np.inf))
    deepest = np.flatnonzero((run.depth >= DEEP) & (width <= around))
    if jumps.size:  # beside a jump the pieces are short because of the jump
        distance = np.min(np.abs(run.left[deepest, None] - jumps), axis=1)
        deepest = deepest[distance > 1e-6 * (stop - run.left[0])]
    return np.append(run.left[deepest], right[deepest])
