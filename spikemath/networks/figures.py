"""Pictures of errors in networks; matplotlib is loaded when one is drawn.

>>> import spikemath as sm
>>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
>>> ax = sm.networks.figures.errors(sm.networks.propagation(network, [sm.SpikeTrain([0.0])], {"noise": [0.5]}))
>>> ax.get_xlabel()
'bound'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spikemath.networks._propagation import Response, Row

_MARKS = {"noise": "o", "drop": "s", "jitter": "^", "threshold": "D", "weights": "v"}


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(5.5, 4.2), layout="constrained")[1]


def errors(rows: Sequence[Row], ax: Any = None, layer: int | None = None) -> Any:
    """Measured errors against their bounds, one mark per perturbation; nothing lies above the line.

    Parameters
    ----------
    rows : sequence of Row
        What :func:`spikemath.networks.propagation` found.
    ax : matplotlib axes, optional
        Where to draw.
    layer : int, optional
        One layer only. Default: all, the last one filled.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> import spikemath as sm
    >>> network = sm.networks.Network([sm.networks.Layer([[1.0]], sm.IF(1.0))])
    >>> rows = sm.networks.propagation(network, [sm.SpikeTrain([0.0, 1.0])])
    >>> ax = sm.networks.figures.errors(rows)
    """
    ax = _axes(ax)
    kept = [r for r in rows if layer is None or r.layer == layer]
    last = max((r.layer for r in kept), default=0)
    finite = [r.bound for r in kept if np.isfinite(r.bound)]
    low, high = min(finite, default=1.0) / 1.5, max(finite, default=1.0) * 1.5
    ax.plot([low, high], [low, high], color="0.3", lw=1.0, label="bound")
    for k, (kind, mark) in enumerate(_MARKS.items()):
        for i in sorted({r.layer for r in kept}):
            points = [(r.bound, r.measured) for r in kept if r.kind == kind and r.layer == i and np.isfinite(r.bound)]
            if points:
                x, y = np.array(points).T
                face = f"C{k}" if i == last else "none"
                label = kind if i == last else None
                ax.scatter(
                    x, np.maximum(y, low / 30), marker=mark, s=26, edgecolors=f"C{k}", facecolors=face, label=label
                )
    ax.set(xscale="log", yscale="log", xlabel="bound", ylabel=r"measured $\|out' - out\|_{A,\alpha}$")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter("")  # a range below a decade would be labelled at every minor tick
    ax.legend(frameon=False, fontsize="small")
    return ax


def resonance(found: Response, ax: Any = None, *, amplification: bool = False) -> Any:
    """The output error as the input error grows: measured, bound, and the saw-tooth of the lattice.

    Parameters
    ----------
    found : Response
        What :func:`spikemath.networks.response` found.
    ax : matplotlib axes, optional
        Where to draw.
    amplification : bool
        Draw the quotients output error / input error instead.

    Returns
    -------
    matplotlib axes

    Examples
    --------
    >>> import spikemath as sm
    >>> layer, nu = sm.networks.Layer([[1.0]], sm.IF(1.0)), sm.SpikeTrain([0.0])
    >>> found = sm.networks.response(sm.networks.Network([layer]), [[sm.SpikeTrain([0.0], [0.9])]], [nu], [0.25, 0.5])
    >>> ax = sm.networks.figures.resonance(found)
    """
    ax = _axes(ax)
    x = found.input_error
    by = np.where(x > 0.0, x, np.nan) if amplification else 1.0
    ax.plot(x, found.bound / by, color="0.3", lw=1.0, label="bound P7")
    if np.isfinite(found.lattice).any():
        ax.plot(x, found.lattice / by, color="C1", lw=1.0, ls="--", label="lattice form P4")
    ax.plot(x, found.measured / by, color="C0", marker=".", lw=0.8, ms=4, label="measured")
    ax.set(xlabel=r"input error $\|\nu\|_{A,\alpha}$", ylabel="amplification" if amplification else "output error")
    if amplification:
        ax.set_ylim(0.0, min(10.0, 1.1 * float(np.nanmax(found.measured / by, initial=1.0)) + 1.0))
    ax.legend(frameon=False, fontsize="small")
    return ax
