"""A picture of an example of a claim: what flows through the neuron, the tube around it, and what is left over.

Above, the running leaky integral of the input with the tube of one threshold around it, and that of the spikes of the
claim's neuron; below, the residual. A second input of the instance (``g``, or ``eta + nu``) and a competitor (a train
``c`` or ``s``, or the optimum where the claim is about it) are drawn beside them. What has neither a train nor samples
has no picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

INPUTS = ("eta", "f", "e", "g")
ROOM = 0.2  # beyond both ends, as a part of the length: what a pulse at an end does has to be seen


def write(claim: Any, example: Any, place: Path) -> bool:
    """Write the picture as SVG; False if there is nothing to draw."""
    from spikemath import plot

    named = dict(zip(claim.parameters, example.instance, strict=True))
    f = first(claim, named)
    if f is None:
        return False
    theta, alpha = named.get("threshold"), named.get("alpha", 0.0)
    figure, axes = plot.new_figure(1 if theta is None else 2, 7.0, 2.4 if theta is None else 4.2, sharex=True)
    figure.set_layout_engine("constrained", hspace=0.06)
    if theta is None:
        draw(axes[0], f, 0.0, "black", "running integral")
        if alpha:
            draw(axes[0], f, alpha, plot.BLUE, "with leak")
    else:
        draw_neuron(axes, claim, named, f, theta, alpha)
    axes[0].legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=5, frameon=False, fontsize="small")
    axes[-1].set(xlabel="time")
    place.write_bytes(plot.encoded(figure, ".svg"))
    return True


def first(claim: Any, named: dict[str, Any]) -> Any:
    """What is encoded: a train or signal of the instance, or one made of its samples or weights."""
    import spikemath as sm

    f = next((named[x] for x in INPUTS if isinstance(named.get(x), sm.SpikeTrain | sm.Signal)), None)
    if f is None and "samples" in named:
        f = sm.Signal.from_samples(named["samples"], fs=named.get("fs", 1.0), hold=named.get("hold", "zero"))
        f = f + named["pulses"] if isinstance(named.get("pulses"), sm.SpikeTrain) else f
    if f is None and "weights" in named and "inputs" not in named:
        f = sm.SpikeTrain(range(len(named["weights"])), named["weights"])
    if claim.name.startswith("D") and isinstance(f, sm.Signal):  # send-on-delta: IF of the derivative
        return f.derivative()
    return f


def second(named: dict[str, Any]) -> Any:
    """The input that is compared with the first, if the claim has two."""
    import spikemath as sm

    if isinstance(named.get("nu"), sm.SpikeTrain):
        return named["eta"] + named["nu"]
    return named.get("g") if "f" in named else None


def competitor(claim: Any, named: dict[str, Any], theta: float, alpha: float) -> Any:
    """Another train of spikes for the first input."""
    import spikemath as sm

    if claim.name in ("S2", "S2-ratio", "S5"):
        return sm.sparsest(named["eta"], theta, alpha)
    return next((named[name] for name in ("c", "s") if isinstance(named.get(name), sm.SpikeTrain)), None)


def reset(claim: Any, named: dict[str, Any]) -> str:
    """Of the claim's neuron."""
    if "reset" in named:
        return str(named["reset"])
    if claim.name.endswith("-subtract") or claim.name in ("Q4", "Q4-theta", "Q6-limit"):
        return "subtract"
    return "zero" if claim.name.endswith("-zero") or claim.name == "Q5" else "modulo"


def draw_neuron(axes: list[Any], claim: Any, named: dict[str, Any], f: Any, theta: float, alpha: float) -> None:
    """Input and spikes above, residuals below."""
    import spikemath as sm
    from spikemath import plot

    neuron = sm.LIF(theta, alpha, reset(claim, named), named.get("refractory", 0.0))
    eta, other, rival = neuron(f), second(named), competitor(claim, named, theta, alpha)
    t, u = draw(axes[0], f, alpha, "black", "input")
    axes[0].fill_between(t, u - theta, u + theta, color=plot.BLUE, alpha=0.15, linewidth=0, label="± threshold")
    draw(axes[0], eta, alpha, plot.VERMILION, f"spikes, {neuron.reset}", f)
    draw(axes[1], f - eta, alpha, plot.VERMILION, "", f)
    if other is not None:
        draw(axes[0], other, alpha, plot.GREY, "other input", f, "--")
        draw(axes[0], neuron(other), alpha, plot.GREEN, "its spikes", f)
        draw(axes[1], other - neuron(other), alpha, plot.GREEN, "", f)
    if rival is not None:
        draw(axes[0], rival, alpha, plot.GREEN, "competitor", f)
        draw(axes[1], f - rival, alpha, plot.GREEN, "", f)
    axes[1].axhspan(-theta, theta, color=plot.BLUE, alpha=0.12, linewidth=0, zorder=0)
    for level in (-theta, theta):
        axes[1].axhline(level, color="black", linewidth=0.8, linestyle=(0, (5, 3)))
    axes[0].set(ylabel="integral")
    axes[1].set(ylabel="residual")


def draw(ax: Any, f: Any, alpha: float, colour: str, label: str, like: Any = None, style: str = "-") -> Any:
    """One running integral, from before the beginning of ``like`` to after its end."""
    import spikemath as sm
    from spikemath import plot

    (a, b) = (f if like is None else like).domain
    room = ROOM * ((b - a) or 1.0)
    wide = sm.SpikeTrain([], [], domain=(a - room, b + room))  # silence
    t, u = plot._integral_curve(f + wide, alpha, wide.domain).points()
    ax.plot(t, u, color=colour, linewidth=1.1, linestyle=style, label=label or None)
    return t, u
