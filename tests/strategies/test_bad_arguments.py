"""Bad arguments are refused when the strategy is made, with InvalidArgument and the name of the argument."""

from __future__ import annotations

import math

import pytest
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from spikemath import strategies

POSITIVE = (0.0, -1.0, math.nan, math.inf, "1", None, True, 1j, 1e300)
NOT_NEGATIVE = (-1e-9, math.nan, math.inf, "0", None, False)
COUNTS = (-1, 1.0, "3", None, True)
FLAGS = (0, 1, None, "yes")
NAMES = ((), "LIF", ("nonsense",), 3, None)
TAKES = {
    "threshold": POSITIVE,
    "max_weight": tuple(x for x in POSITIVE if x is not None),
    "min_gap": tuple(x for x in POSITIVE if x is not None),
    "bound": tuple(x for x in POSITIVE if x is not None),
    "alpha": NOT_NEGATIVE,
    "min_size": COUNTS,
    "max_size": COUNTS,
    "max_pieces": (*COUNTS, 0),
    "max_degree": COUNTS,
    "max_spikes": (*COUNTS, 0),
    "n": COUNTS,
    "max_chunks": (-1, 0, 1.0, "3", True),
    "nonnegative": FLAGS,
    "extreme": FLAGS,
    "zero": FLAGS,
    "pulses": FLAGS,
    "refractory": (0.1, None, "no"),
    "bipolar": (0, "yes"),
    "kinds": NAMES,
    "resets": NAMES,
    "weights": (1.0, [1.0], st.floats),
    "times": (1.0, [1.0], st.floats),
    "thresholds": (1.0, strategies.thresholds),
    "leaks": (0.0, strategies.leaks),
}
ARGUMENTS = {
    "thresholds": ("extreme",),
    "leaks": ("zero",),
    "weights": ("threshold", "nonnegative", "max_weight"),
    "spike_trains": ("threshold", "min_size", "max_size", "weights", "times", "nonnegative", "max_weight", "min_gap"),
    "tie_trains": ("threshold", "alpha", "min_size", "max_size", "nonnegative"),
    "signals": (
        "kinds",
        "pulses",
        "max_pieces",
        "max_degree",
        "bound",
        "threshold",
        "max_spikes",
        "nonnegative",
    ),
    "operators": ("kinds", "resets", "thresholds", "leaks", "refractory", "bipolar"),
    "chunkings": ("n", "max_chunks"),
}
REQUIRED = {"chunkings": {"n": 3}}


def bad_calls():
    for name, arguments in ARGUMENTS.items():
        for argument in arguments:
            for value in TAKES[argument]:
                yield name, argument, value


@pytest.mark.parametrize(
    ("name", "argument", "value"), list(bad_calls()), ids=lambda x: getattr(x, "__name__", None) or str(x)
)
def test_a_bad_value_is_refused_by_name(name, argument, value):
    with pytest.raises(InvalidArgument, match=rf"^{argument}="):
        getattr(strategies, name)(**{**REQUIRED.get(name, {}), argument: value})


def test_every_strategy_and_argument_is_tried():
    import inspect

    assert set(ARGUMENTS) == set(strategies.__all__)
    for name, arguments in ARGUMENTS.items():
        known = set(inspect.signature(getattr(strategies, name)).parameters)
        assert known - {"min_value", "max_value"} == set(arguments), name


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("thresholds", {"min_value": 0.0}, "min_value=0.0 must be > 0"),
        ("thresholds", {"max_value": -1.0}, "max_value=-1.0 must be > 0"),
        ("thresholds", {"min_value": 2.0, "max_value": 1.0}, "min_value=2.0 must not be above max_value=1.0"),
        ("leaks", {"min_value": -1.0}, "min_value=-1.0 must be >= 0"),
        ("leaks", {"min_value": 3.0, "max_value": 2.0}, "min_value=3.0 must not be above max_value=2.0"),
        ("leaks", {"max_value": 0.0, "zero": False}, "max_value=0.0 leaves no leak"),
        ("spike_trains", {"min_size": 3, "max_size": 2}, "min_size=3 must not be above max_size=2"),
        ("tie_trains", {"min_size": 13}, "min_size=13 must not be above max_size=12"),
        ("spike_trains", {"weights": st.floats(0, 1), "max_weight": 1.0}, "bound the strategy itself"),
        ("spike_trains", {"weights": st.floats(0, 1), "nonnegative": True}, "bound the strategy itself"),
        ("spike_trains", {"times": st.floats(0, 1), "min_gap": 1.0}, "give one of them"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(name, arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        getattr(strategies, name)(**arguments)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_good_arguments_make_a_strategy(name):
    assert isinstance(getattr(strategies, name)(**REQUIRED.get(name, {})), st.SearchStrategy)
