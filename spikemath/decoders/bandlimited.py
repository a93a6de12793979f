r"""Band-limited: the signal of a given bandwidth B with these spikes, in O(n log n).

    f(t) = Re c_0 + 2 Re sum_{k=1}^{K} c_k exp(2 pi i k (t - t0) / P),      K <= B P,
    minimize   sum_i (int_{t_(i-1)}^{t_i} exp(-alpha (t_i - s)) f(s) ds - q_i)^2 / d_i

q_i is the weight of spike i and d_i the effective gap (`_fourier.py`, with the solver). IF and LIF, biased or not,
one-sided or signed, and send-on-delta (there the samples g(t_i), with weights) are the same least squares problem.

Periodic signals have P = T, and the sum is exact. Others are windowed to become periodic, and decoded by a Fourier
extension near the ends (`_extension.py`): the whole interval is recovered, the last few Nyquist intervals with
fewer digits, since nothing is known of the signal on the other side.

Condition. If no gap between known instants is longer than the Nyquist interval 1/(2 B), f is determined and the
problem is well conditioned (Lazar and Toth 2004: sufficient). Fewer known charges than 2 B T, the degrees of freedom,
never suffice. In between it depends on the train: a signed integrate-and-fire neuron without bias has gaps of several
Nyquist intervals and recovers from some 2.2 spikes per Nyquist interval on.

Source: A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE
Trans. Circuits Syst. I 51 (2004); H. G. Feichtinger, K. Groechenig, T. Strohmer, "Efficient numerical methods in
non-uniform sampling theory", Numer. Math. 69 (1995).
"""

from __future__ import annotations

from dataclasses import dataclass

from spikemath.decoders._band import checked, condition, solution
from spikemath.decoders._base import Condition, Decoder, Solution
from spikemath.decoders._known import Known


@dataclass(frozen=True)
class Bandlimited(Decoder):
    """The signal of bandwidth B with these spikes: nonuniform FFT and conjugate gradients.

    Parameters
    ----------
    bandwidth : float
        B, in cycles per unit of time, > 0: the signal has no frequencies above it.
    periodic : bool
        Whether the signal has the length of the domain as a period.
    tolerance : float
        Relative accuracy of the data, in (0, 1). Smaller singular values are left out, and iterations stop at this
        residual. With noisy times choose about their error relative to a typical gap.
    iterations : int
        Most steps of conjugate gradients, >= 1. Reaching it is a warning.
    method : {"gridding", "finufft"}
        "gridding": the package's own nonuniform FFT, with coordinates of two doubles. "finufft": the library, with
        float64 coordinates (extra ``decode``); it needs less memory and loses digits on long trains.

    Notes
    -----
    The signal that is returned is a piecewise polynomial within some 1e-15 of the trigonometric sum that was found.

    Examples
    --------
    >>> import spikemath as sm
    >>> g = sm.gallery.bandlimited(bandwidth=0.5, duration=40.0, mean=2.0, periodic=False, seed=1)
    >>> f = g.signal()
    >>> enc = sm.IF(0.75).encode(f)
    >>> decoded = sm.decoders.Bandlimited(bandwidth=0.5).decode(enc)
    >>> abs(decoded.signal(20.0) - f(20.0)) < 1e-11
    True
    >>> print(decoded.report.condition)
    max gap: holds. no gap is longer than the Nyquist interval (0.528206 against 1)
    """

    bandwidth: float
    periodic: bool = False
    tolerance: float = 1e-14
    iterations: int = 2000
    method: str = "gridding"

    def __post_init__(self) -> None:
        checked(self)

    def _solve(self, known: Known) -> Solution:
        return solution([known], self)

    def _condition(self, known: Known) -> Condition:
        return condition([known], self.bandwidth)
