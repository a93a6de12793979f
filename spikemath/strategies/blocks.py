"""Blocks: ways to cut a recording, for whatever is said to be the same in chunks as in one go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from spikemath.strategies._checks import size


def chunkings(n: int, max_chunks: int | None = None) -> SearchStrategy[list[slice]]:
    """Ways to cut n samples or events into consecutive blocks, some empty, some of one element.

    Parameters
    ----------
    n : int
        Number of samples or events, >= 0.
    max_chunks : int, optional
        Largest number of blocks, >= 1. Default: n + 2.

    Returns
    -------
    SearchStrategy
        Of lists of slices that together are ``slice(0, n)``; shrinks to one block.

    Raises
    ------
    InvalidArgument
        ``n`` or ``max_chunks`` is not an integer in its range.

    Examples
    --------
    >>> from hypothesis import find
    >>> import spikemath as sm
    >>> find(sm.strategies.chunkings(5), lambda blocks: len(blocks) == 3)
    [slice(0, 0, None), slice(0, 0, None), slice(0, 5, None)]
    """
    size(n, "n", 0)
    if max_chunks is not None:
        size(max_chunks, "max_chunks", 1)
    most = n + 2 if max_chunks is None else max_chunks
    return _chunkings(n, most)


@st.composite
def _chunkings(draw: Any, n: int, most: int) -> list[slice]:
    cuts: Sequence[int] = sorted(draw(st.lists(st.integers(0, n), max_size=most - 1)))
    ones = draw(st.sampled_from((False, False, False, True)))
    if ones and len(cuts) > 1 and 1 in _lengths(cuts, n) and n <= most:
        # Only beside a block of one element, so that without the flag there still is one: otherwise a failure that
        # needs just one of them cannot shrink step by step from n of them.
        cuts = range(1, n)
    return [slice(a, b) for a, b in pairwise([0, *cuts, n])]


def _lengths(cuts: Sequence[int], n: int) -> list[int]:
    return [b - a for a, b in pairwise([0, *cuts, n])]
