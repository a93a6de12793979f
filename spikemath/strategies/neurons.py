"""Operators: LIF, IF and send-on-delta with every reset, threshold and leak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from spikemath.operators import IF, LIF, SendOnDelta
from spikemath.strategies import numbers
from spikemath.strategies._checks import flag, names, strategy

KINDS = ("LIF", "IF", "SendOnDelta")
RESETS = ("modulo", "subtract", "zero")


def operators(
    kinds: Sequence[str] = KINDS,
    resets: Sequence[str] = RESETS,
    thresholds: SearchStrategy[float] | None = None,
    leaks: SearchStrategy[float] | None = None,
    refractory: bool | SearchStrategy[float] = False,
    bipolar: bool | None = None,
) -> SearchStrategy[Any]:
    """Operators LIF, IF and SendOnDelta with every reset.

    Parameters
    ----------
    kinds : sequence of {"LIF", "IF", "SendOnDelta"}
        Which operators.
    resets : sequence of {"modulo", "subtract", "zero"}
        Which resets.
    thresholds, leaks : SearchStrategy, optional
        Of thresholds and of the leaks of LIF. Default: as :func:`thresholds` and :func:`leaks`.
    refractory : bool or SearchStrategy
        Whether there may be a refractory time, or a strategy of refractory times.
    bipolar : bool, optional
        Whether they fire at both signs. Default: both kinds.

    Returns
    -------
    SearchStrategy
        Of operators; shrinks to the first kind with threshold 1.0, no leak, and the first reset.

    Raises
    ------
    InvalidArgument
        Unknown names, or something that is no strategy.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import spikemath as sm
    >>> @settings(deadline=None)  # the first encode compiles
    ... @given(sm.strategies.operators(kinds=["LIF"]), sm.strategies.spike_trains())
    ... def idempotent(op, eta):
    ...     assert op(op(eta)) == op(eta)
    >>> idempotent()
    """
    chosen, how = names(kinds, "kinds", KINDS), names(resets, "resets", RESETS)
    strategy(thresholds, "thresholds")
    strategy(leaks, "leaks")
    if bipolar is not None:
        flag(bipolar, "bipolar")
    if not isinstance(refractory, SearchStrategy):
        flag(refractory, "refractory")
        refractory = st.sampled_from((0.0, 0.05, 0.1, 0.3, 1.0)) if refractory else st.just(0.0)
    parts = {
        "threshold": numbers.thresholds() if thresholds is None else thresholds,
        "alpha": numbers.leaks() if leaks is None else leaks,
        "reset": st.sampled_from(how),
        "refractory": refractory,
        "bipolar": st.sampled_from((True, False)) if bipolar is None else st.just(bipolar),
    }
    return _operators(chosen, st.fixed_dictionaries(parts))


@st.composite
def _operators(draw: Any, kinds: Sequence[str], parts: SearchStrategy[dict[str, Any]]) -> Any:
    kind, settings = draw(st.sampled_from(kinds)), draw(parts)
    if kind == "LIF":
        return LIF(**settings)
    del settings["alpha"]  # drawn for all, or an operator without leak would count as simpler
    return IF(**settings) if kind == "IF" else SendOnDelta(**settings)
