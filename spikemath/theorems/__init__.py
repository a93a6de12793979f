"""The theory as objects: every claim with its hypotheses, source, status, data and check. One claim is one file.

A file of this folder without a leading underscore holds one claim as ``CLAIM``; that is all there is to adding one.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any

from spikemath.theorems._claim import Claim, Example, Hypothesis, Verdict
from spikemath.theorems._verify import Report, verify

_known: dict[str, Claim] = {}


def all() -> tuple[Claim, ...]:  # noqa: A001
    """Every claim, in the order of the theory: quantization, perturbation, sparsity, send-on-delta, norms, laws.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.theorems.all()[0].name
    'Q1'
    """
    if not _known:
        for module in pkgutil.iter_modules(__path__):
            if not module.name.startswith("_"):
                claim = importlib.import_module(f"{__name__}.{module.name}").CLAIM
                _known[claim.name] = claim
    return tuple(sorted(_known.values(), key=_place))


def get(name: str) -> Claim:
    """The claim of that name.

    Parameters
    ----------
    name : str
        Such as "Q1"; upper and lower case are the same.

    Raises
    ------
    KeyError
        There is none; the message lists all names.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.theorems.get("q1").status
    'sharpened'
    """
    for claim in all():
        if claim.name.lower() == name.lower():
            return claim
    raise KeyError(f"no claim {name!r}; there are {', '.join(c.name for c in all())}")


def _place(claim: Claim) -> tuple[Any, ...]:
    family, number, rest = re.fullmatch(r"([A-Z]+)(\d*)(.*)", claim.name).groups()  # type: ignore[union-attr]
    order = ("Q", "P", "S", "D", "N", "L")
    return order.index(family) if family in order else len(order), int(number or 0), rest


__all__ = ["Claim", "Example", "Hypothesis", "Report", "Verdict", "all", "get", "verify"]
