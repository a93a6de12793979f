"""Errors that carry figures."""

from __future__ import annotations


class TooManySpikesError(ValueError):
    """The output would not fit in memory; raised before any of it is taken.

    The mass budget bounds the output before it is computed: sum |s_k| <= int |f| + sum |a_i|.

    Parameters
    ----------
    predicted : int
        Bound of the number of spikes.
    limit : int
        Number of spikes that fit in half of this machine's memory.
    smallest_threshold : float
        The smallest threshold whose bound fits.

    Examples
    --------
    >>> import spikemath as sm
    >>> f = sm.Signal.from_samples([1.0], fs=1.0)
    >>> try:
    ...     sm.IF(1e-15)(f)
    ... except sm.TooManySpikesError as error:
    ...     print(error.predicted > error.limit, sm.IF(error.smallest_threshold))  # doctest: +ELLIPSIS
    True IF(threshold=..., reset='modulo')
    """

    def __init__(self, predicted: int, limit: int, smallest_threshold: float) -> None:
        self.predicted, self.limit, self.smallest_threshold = predicted, limit, smallest_threshold
        super().__init__(
            f"up to {predicted} spikes are predicted, {limit} fit in memory: "
            f"a threshold of {smallest_threshold:.6g} or more fits"
        )

    def __reduce__(self) -> tuple[type, tuple[int, int, float]]:
        return type(self), (self.predicted, self.limit, self.smallest_threshold)
