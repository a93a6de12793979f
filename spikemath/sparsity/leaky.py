r"""The sparsest lattice train on the events of a train, with leak: cost-to-go functions and one exact walk.

Everything in units of the threshold. The residual after event n and its cost-to-go are

    r_n = beta_n r_(n-1) + x_n - k_n,   |r_n| < 1,        J_(n-1)(r) = min_k |k| + J_n(beta_n r + x_n - k),   J_N = 0.

1. At most two integers k are admissible: floor and ceil of u = beta_n r_(n-1) + x_n, one of them alone where u is an
   integer. They differ in size, so "the smaller one" has a meaning.
2. J_n is a function of one number, integer-valued and piecewise constant, and what is open stays open: a feasible
   choice at r is feasible near r, so at a break point J is not below its one-sided limits. Hence the value of a piece,
   continued over a small interval around each break point where it is the smaller one, bounds J from below
   *everywhere*. So J is kept as integers on pieces with rational break points, computed backward in integer arithmetic,
   and every rounding only lowers it. Two histories whose residuals lie in one piece cost the same from there on: this
   is the pruning that keeps the 2^N histories from being visited. The number of pieces is not bounded by a polynomial
   (each break point has 2 beta preimages on average); for N = 100 it is at most some hundreds.
3. A walk forward decides with the true residual, a sum of c_i exp(-alpha (t - t_i)) with rational c_i, in balls of
   128 to 1000 bits. By the theorem of Lindemann and Weierstrass it is rational only if all c_i of earlier times
   vanish, so ties are decided in rationals and everything else is a matter of digits. The walk spends a budget that
   starts at the lower bound and grows as long as no walk keeps within it: the first that does is optimal, and because
   the smaller |k| is tried first, it is the optimum with the lexicographically smallest |k_1|, |k_2|, ...
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from spikemath._numeric.balls import arb, fmpq
from spikemath._numeric.potential import BITS, bounds, precision, rational

PLACES = 192  # break points are integers times 2^-PLACES
ONE = 1 << PLACES
VISITS = 1 << 20  # residuals that a walk may look at before it gives up

Pieces = tuple[list[int], list[int]]  # break points in (-ONE, ONE), values on the pieces (one more)


class Leaky:
    """A train with leak, in units of the threshold: decays and weights at every precision."""

    def __init__(self, times: list[Fraction], weights: list[Fraction], threshold: Fraction, alpha: Fraction) -> None:
        self.weights = [w / threshold for w in weights]
        self.exponents = [alpha * (t - s) for s, t in zip([times[0], *times], times, strict=False)] if times else []
        self._decay: dict[tuple[int, int], Any] = {}

    def __len__(self) -> int:
        return len(self.weights)

    def decay(self, n: int, bits: int) -> Any:
        """exp(-alpha (t_n - t_(n-1))) as a ball; call within ``precision(bits)``."""
        if (n, bits) not in self._decay:
            self._decay[n, bits] = (-arb(rational(self.exponents[n]))).exp()
        return self._decay[n, bits]


class Residual:
    """The residual after some events, as the history that led to it: exact where it is rational, else balls."""

    __slots__ = ("balls", "count", "event", "exact", "parent")

    event: int
    parent: Residual | None

    def __init__(self, parent: Residual | None, count: int, exact: Any) -> None:
        self.parent, self.count, self.exact = parent, count, exact
        self.event = -1 if parent is None else parent.event + 1
        self.balls: dict[int, Any] = {}

    def ball(self, train: Leaky, bits: int) -> Any:
        """A rational or a ball; call within ``precision(bits)``."""
        chain: list[Residual] = []
        at: Residual = self
        while at.exact is None and bits not in at.balls:
            chain.append(at)
            assert at.parent is not None
            at = at.parent
        value = at.exact if at.exact is not None else at.balls[bits]
        for node in reversed(chain):
            weight = rational(train.weights[node.event] - node.count)
            value = node.balls[bits] = train.decay(node.event, bits) * value + weight
        return value

    def counts(self) -> list[int]:
        """The weights k_1, k_2, ... that led here."""
        out: list[int] = []
        at = self
        while at.parent is not None:
            out.append(at.count)
            at = at.parent
        return out[::-1]

    def followers(self, train: Leaky) -> list[Residual]:
        """What is admissible after the next event, smaller weight first: one or two residuals.

        Raises
        ------
        ArithmeticError
            1000 bits do not tell the potential from a multiple of the threshold.
        """
        n = self.event + 1
        weight = rational(train.weights[n])
        if self.exact is not None and self.exact == 0:  # the potential is rational
            low = int(weight.floor())
            exact = [low] if weight == low else [low, low + 1]
            return [Residual(self, k, weight - k) for k in sorted(exact, key=abs)]
        for bits in BITS:
            with precision(bits):
                low = (train.decay(n, bits) * self.ball(train, bits) + weight).floor().unique_fmpz()
            if low is not None:
                return [Residual(self, k, None) for k in sorted([int(low), int(low) + 1], key=abs)]
        raise ArithmeticError(
            f"{BITS[-1]} bits do not tell whether the potential at event {n} reaches a multiple of the threshold"
        )


def start() -> Residual:
    """The residual before the first event: 0."""
    return Residual(None, 0, fmpq(0))


def leaky_counts(times: list[Fraction], weights: list[Fraction], threshold: Fraction, alpha: Fraction) -> list[int]:
    """Counts k_n of the optimum with the lexicographically smallest |k_1|, |k_2|, ...

    Parameters
    ----------
    times, weights : list of Fraction
        Events, times increasing.
    threshold, alpha : Fraction
        Quantum and leak, both > 0.

    Returns
    -------
    list of int

    Raises
    ------
    ArithmeticError
        A comparison is not decided by 1000 bits, or more than 2^20 residuals were looked at.

    Examples
    --------
    >>> from fractions import Fraction as Q
    >>> weights = [Q(-3, 4), Q(-2), Q(3, 2)]     # LIF sends 0, -2, 1
    >>> leaky_counts([Q(0), Q(1), Q(2)], weights, Q(1), Q(0.2876820724517809))
    [-1, -1, 0]
    """
    train = Leaky(times, weights, threshold, alpha)
    bound = costs_to_go(train)
    return walk(train, bound).counts()


def walk(train: Leaky, bound: list[Pieces]) -> Residual:
    """The optimal history, by depth-first walks within a growing budget."""
    with precision(BITS[0]):
        budget, visits = _lower_bound(start(), train, bound), 0
        while True:
            stack, least = [(start(), 0)], None
            while stack:
                node, spent = stack.pop()
                if node.event == len(train) - 1:
                    return node
                visits += 1
                if visits > VISITS:
                    raise ArithmeticError(f"more than {VISITS} residuals: split the train, or use fewer events")
                for follower in reversed(node.followers(train)):
                    cost = spent + abs(follower.count)
                    total = cost + _lower_bound(follower, train, bound)
                    if total <= budget:
                        stack.append((follower, cost))
                    else:
                        least = total if least is None else min(least, total)
            assert least is not None
            budget = least


def _lower_bound(node: Residual, train: Leaky, bound: list[Pieces]) -> int:
    breaks, values = bound[node.event + 1]
    low, high = bounds(node.ball(train, BITS[0]))
    first = bisect_left(breaks, low.numerator * ONE // low.denominator)
    last = bisect_right(breaks, -(-high.numerator * ONE // high.denominator))
    return min(values[first : last + 1])


def costs_to_go(train: Leaky) -> list[Pieces]:
    """Lower bounds of J_0, ..., J_N as pieces; J_n is of the residual after n events."""
    out: list[Pieces] = [([], [0])]
    for n in range(len(train) - 1, -1, -1):
        out.append(_pulled_back(out[-1], train, n))
    return out[::-1]


def _pulled_back(after: Pieces, train: Leaky, n: int) -> Pieces:
    """Pieces of r -> min_k |k| + J(beta r + x - k) from those of J."""
    whole = train.weights[n].numerator // train.weights[n].denominator
    rest = train.weights[n] - whole
    rest_low = rest.numerator * ONE // rest.denominator
    rest_high = rest_low + (rest_low * rest.denominator != rest.numerator * ONE)
    with precision(BITS[1]):
        beta = bounds(train.decay(n, BITS[1]))
    beta_low = max(beta[0].numerator * ONE // beta[0].denominator, 0)
    beta_high = min(-(-beta[1].numerator * ONE // beta[1].denominator), ONE)
    cuts, values = folded(after, whole, rest_low - beta_high, rest_high + beta_high)
    first, last = _preimages(rest_low, rest_high, beta_low, beta_high)
    made = _Falling(values[0])
    for cut, value in zip(cuts, values[1:], strict=True):
        made.cut(first(cut), last(cut), value)
    return made.pieces()


def folded(after: Pieces, whole: int, low: int, high: int) -> Pieces:
    """Pieces of y -> min_k |k| + J(whole + y - k) for low < y < high."""
    breaks, values = after
    cuts: list[int] = []
    out: list[int] = []
    for k in range(low // ONE, high // ONE + 1):  # whole + k <= u <= whole + k + 1: weights whole + k (+ 1)
        here = bisect_left(breaks, 0)
        upper = [b for b in breaks[here:] if b > 0]  # of J(y - k), y - k in (0, 1)
        lower = [b + ONE for b in breaks[:here]]  # of J(y - k - 1)
        inside = sorted({0, *upper, *lower})
        for cut in inside:
            small = abs(whole + k) + values[bisect_right(breaks, cut)]
            large = abs(whole + k + 1) + values[bisect_right(breaks, cut - ONE)]
            value = min(small, large)
            if out and out[-1] == value:
                continue
            if out:
                cuts.append(cut + k * ONE)
            out.append(value)
    first, last = bisect_right(cuts, low), bisect_left(cuts, high)
    return cuts[first:last], out[first : last + 1]


def _preimages(
    rest_low: int, rest_high: int, beta_low: int, beta_high: int
) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Bounds of (y - rest) / beta, from below and from above, both increasing in y."""
    beyond = 2 * ONE

    def first(y: int) -> int:
        top = y - rest_high
        beta = beta_high if top >= 0 else beta_low
        return max(top * ONE // beta, -beyond) if beta else (-beyond if top < 0 else beyond)

    def last(y: int) -> int:
        top = y - rest_low
        beta = beta_low if top >= 0 else beta_high
        return min(-(-top * ONE // beta), beyond) if beta else (beyond if top >= 0 else -beyond)

    return first, last


class _Falling:
    """Pieces from left to right; where a break point is known as an interval, the smaller value gets the interval."""

    def __init__(self, value: int) -> None:
        self.breaks: list[int] = []
        self.values = [value]

    def cut(self, first: int, last: int, value: int) -> None:
        """At a break point in [first, last] the value becomes ``value``."""
        if last <= -ONE:
            self.values[-1] = value
            return
        while True:
            if self.values[-1] == value:
                return
            at = last if self.values[-1] < value else first
            if self.breaks and self.breaks[-1] >= at:  # the piece before has no length left
                kept = self.breaks.pop()
                self.values.pop()
                if self.values[-1] < value:
                    last = kept
                continue
            break
        if at <= -ONE:
            self.values[-1] = value
        elif at < ONE:
            self.breaks.append(at)
            self.values.append(value)

    def pieces(self) -> Pieces:
        """What was made."""
        return self.breaks, self.values
