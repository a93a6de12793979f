"""The bench finds hand-made mistakes, each by the law that names it."""

from __future__ import annotations

import pytest

from spikemath.conformance import LAWS
from spikemath.conformance.check import check_law

from .planted import PLANTED


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p.kind.__name__}-{p.caught}")
def test_a_wrong_neuron_breaks_the_law_it_should(planted):
    options = planted.arguments()
    options.pop("name")
    result = check_law(planted.caught, **options, examples=500, seed=1, shrink=False)
    assert result.verdict == "fails", planted.kind.__doc__
    assert result.failing is not None
    assert result.failing.got


def test_many_mistakes_are_planted():
    assert len({planted.kind for planted in PLANTED}) >= 40
    unseen = LAWS.keys() - {planted.caught for planted in PLANTED}
    assert unseen == {"quantization-floats"}  # see test_right_neurons.py
