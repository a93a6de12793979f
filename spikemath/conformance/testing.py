"""One pytest test per law, for the test suite of a neuron.

pytest is not imported until a test fails or is skipped, so the package does not need it.
"""

from __future__ import annotations

from typing import Any

from spikemath.conformance._seed import chosen
from spikemath.conformance._subject import Subject
from spikemath.conformance.check import check_law, claimed_laws, make_subject
from spikemath.conformance.laws import CLAIMED, LAWS


def conformance_tests(neuron: Any, threshold: float = 1.0, **options: Any) -> type:
    """A class of pytest tests, one for each law that the neuron claims.

    Bind it to a name that starts with ``Test`` in a test file, and pytest collects it.

    Parameters
    ----------
    neuron, threshold, **options
        As in :func:`check`.

    Returns
    -------
    type
        With a method ``test_LAW`` for each law; a failing one shows the smallest input found, what the neuron answered,
        what was expected, and the seed that repeats it.

    Examples
    --------
    >>> import numpy as np
    >>> from spikemath.conformance import conformance_tests
    >>> TestSign = conformance_tests(np.sign, kind="samples", beta=0.0, examples=50, seed=1)
    >>> TestSign().test_odd()
    >>> TestSign().test_quantization()
    Traceback (most recent call last):
        ...
    AssertionError: quantization fails...
    """
    claims = claimed_laws(options.pop("claims", None))
    rest = {k: v for k, v in options.items() if k not in ("examples", "seed", "name", "shrink")}
    subject = make_subject(neuron, threshold, **rest)
    tried = {k: v for k, v in options.items() if k in ("examples", "seed")}
    names = [name for name in LAWS if _held(subject, name) and (claims is None or name in claims)]

    def method(law: str) -> Any:
        def test(self: Any) -> None:
            _try(law, neuron, threshold, rest, tried)

        test.__name__ = f"test_{law.replace('-', '_')}"
        test.__doc__ = LAWS[law].says
        return test

    methods = {test.__name__: test for test in map(method, names)}
    title = options.get("name") or getattr(neuron, "__name__", type(neuron).__name__)
    return type(f"TestConformance_{title}", (), {"__doc__": f"Laws of {title}.", **methods})


def _held(subject: Subject, law: str) -> bool:
    return LAWS[law].scope(subject).level == CLAIMED


def _try(law: str, neuron: Any, threshold: float, rest: dict[str, Any], tried: dict[str, Any]) -> None:
    __tracebackhide__ = True  # pytest shows the message, not the bench
    number = chosen(tried.get("seed"))
    result = check_law(law, neuron, threshold=threshold, seed=number, examples=tried.get("examples", 200), **rest)
    if result.verdict == "fails":
        raise AssertionError(
            f"{law} fails: {LAWS[law].says}\n{result.failing}\n(input {result.checked}, seed={number})"
        )
    if result.verdict == "not judged":
        import pytest

        pytest.skip("no input that the neuron claims to handle came up")
