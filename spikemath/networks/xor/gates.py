"""The sixteen gates: every way to part the four inputs 00, 01, 10, 11 into ones and zeros.

Input (b1, b2) has the place 2 b1 + b2. A gate is a number g in 0 ... 15; its output on the input at place i is bit i
of g. So XOR, which is one on 01 and 10, is 2 + 4 = 6, and 15 - g is the opposite of g. A set of gates is a number of
16 bits, bit g standing for gate g; a network that solves all 16 of them *shatters* the inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))
GATES = (
    "FALSE", "NOR", "NOT-B1-AND-B2", "NOT-B1", "B1-AND-NOT-B2", "NOT-B2", "XOR", "NAND",
    "AND", "XNOR", "B2", "B1-IMPLIES-B2", "B1", "B2-IMPLIES-B1", "OR", "TRUE",
)  # fmt: skip
XOR = GATES.index("XOR")
SHATTERED = (1 << 16) - 1


def gate_number(gate: Any) -> int:
    """The number of a gate given by name or number.

    Parameters
    ----------
    gate : str or int
        One of ``GATES``, upper and lower case being the same, or 0 ... 15.

    Raises
    ------
    ValueError
        There is no such gate; the message lists all names.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.gate_number("xor"), sm.networks.xor.GATES[8]
    (6, 'AND')
    """
    if isinstance(gate, str) and gate.upper() in GATES:
        return GATES.index(gate.upper())
    if isinstance(gate, int | np.integer) and not isinstance(gate, bool) and 0 <= gate < 16:
        return int(gate)
    raise ValueError(f"gate = {gate!r} must be a number from 0 to 15 or one of {', '.join(GATES)}")


def truth_table(gate: Any) -> NDArray[np.bool_]:
    """The output of a gate on 00, 01, 10, 11.

    Examples
    --------
    >>> import spikemath as sm
    >>> sm.networks.xor.truth_table("XOR").tolist()
    [False, True, True, False]
    """
    number = gate_number(gate)
    return np.array([bool(number >> i & 1) for i in range(4)])
