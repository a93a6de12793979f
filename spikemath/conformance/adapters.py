"""Neurons of other packages, ready for the bench: ``check(**adapters.snntorch(beta=0.9375))``.

An adapter returns the keyword arguments of :func:`spikemath.conformance.check`: the neuron and what it claims to be. It
states what the neuron *implements*: its reset, that it fires at +threshold only, its number type, inputs it can take.
The packages are imported when an adapter is called, and are not dependencies.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from spikemath.signals.checks import FloatArray

PACKAGES = {  # adapter -> (module, what to install)
    "snntorch": ("snntorch", "snntorch"),
    "spikingjelly": ("spikingjelly.activation_based.neuron", "spikingjelly"),
    "norse": ("norse.torch.functional.lif_box", "norse"),
    "sinabs": ("sinabs.layers", "sinabs"),
    "nengo": ("nengo", "nengo"),
    "nest": ("nest", "nest-simulator"),
}


def _load(adapter: str) -> tuple[Any, str]:
    """The module and the package's name with its version; ImportError says what to install."""
    module, package = PACKAGES[adapter]
    try:
        found = import_module(module)
    except ImportError as error:
        raise ImportError(f"the adapter {adapter!r} needs {package}: pip install {package} ({error})") from error
    try:
        return found, f"{adapter} {version(package)}"
    except PackageNotFoundError:
        return found, adapter


def _torch_steps(step: Callable[[Any], Any], begin: Callable[[], None]) -> Callable[[FloatArray], FloatArray]:
    """A function of samples from a torch step function; state is cleared before every run."""
    torch = import_module("torch")

    def neuron(x: FloatArray) -> FloatArray:
        begin()
        with torch.no_grad():
            values = torch.as_tensor(x).reshape(-1, 1, 1)
            return np.array([float(step(value)) for value in values])

    return neuron


def _one_sided(neuron: Any, beta: float, threshold: float, reset: str, name: str) -> dict[str, Any]:
    """What a clocked float32 neuron that fires on one side claims."""
    rule = {"neuron": neuron, "beta": beta, "threshold": threshold, "reset": reset, "name": name}
    return rule | {"kind": "samples", "one_sided": True, "output": "counts", "dtype": "float32"}


def snntorch(
    beta: float = 0.9375, threshold: float = 1.0, reset: str = "subtract", reset_delay: bool = True
) -> dict[str, Any]:  # fmt: skip
    """``snntorch.Leaky``: one spike per step at +threshold; by default its reset acts one step later.

    Parameters
    ----------
    beta, threshold : float
        Decay per step, threshold.
    reset : {"subtract", "zero"}
        The reset mechanism.
    reset_delay : bool
        As in snntorch, whose default is True.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    package, title = _load("snntorch")
    cell = package.Leaky(beta=beta, threshold=threshold, reset_mechanism=reset, reset_delay=reset_delay)
    state: dict[str, Any] = {}

    def begin() -> None:
        state["mem"] = cell.reset_mem()

    def step(x: Any) -> Any:
        spike, state["mem"] = cell(x, state["mem"])
        return spike

    name = f"{title} Leaky, {reset}" + ("" if reset_delay else ", reset_delay=False")
    return _one_sided(_torch_steps(step, begin), beta, threshold, reset, name)


def spikingjelly(tau: float = 16.0, threshold: float = 1.0, reset: str = "subtract") -> dict[str, Any]:
    """``spikingjelly.activation_based.neuron.LIFNode(decay_input=False)``: one spike per step; decay 1 - 1/tau.

    Parameters
    ----------
    tau : float
        Time constant in steps; the decay per step is 1 - 1/tau (that is the model, not an approximation of exp).
    threshold : float
        Threshold.
    reset : {"subtract", "zero"}
        "soft" and "hard" reset.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    package, title = _load("spikingjelly")
    hard = 0.0 if reset == "zero" else None
    cell = package.LIFNode(tau=tau, decay_input=False, v_threshold=threshold, v_reset=hard, step_mode="s").eval()
    name = f"{title} LIFNode, {reset}"
    beta = 1.0 - 1.0 / tau
    return _one_sided(_torch_steps(cell, cell.reset), beta, threshold, reset, name)


def norse(beta: float = 0.9375, threshold: float = 1.0, reset: str = "zero") -> dict[str, Any]:
    """``norse.torch.functional.lif_box``: one spike per step, reset to a value by default.

    Its input is a voltage that pulls with 1 - beta; the adapter divides by that, so that a sample adds its own size.

    Parameters
    ----------
    beta, threshold : float
        Decay per step, threshold.
    reset : {"zero", "subtract"}
        ``reset_value`` (its default) or ``reset_subtract``.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    package, title = _load("norse")
    torch = import_module("torch")
    resets = import_module("norse.torch.functional.reset")
    pull = 1.0 - beta
    settings = package.LIFBoxParameters(
        tau_mem_inv=torch.tensor(1.0),
        v_th=torch.tensor(threshold),
        reset_method=resets.reset_subtract if reset == "subtract" else resets.reset_value,
    )
    state: dict[str, Any] = {}

    def begin() -> None:
        state["s"] = package.LIFBoxFeedForwardState(v=torch.zeros(1, 1))

    def step(x: Any) -> Any:
        spike, state["s"] = package.lif_box_feed_forward_step(x / pull, state["s"], settings, dt=pull)
        return spike

    name = f"{title} LIFBox, {reset}"
    return _one_sided(_torch_steps(step, begin), beta, threshold, reset, name)


def sinabs(tau: float = 15.5, threshold: float = 1.0, reset: str = "modulo") -> dict[str, Any]:
    """``sinabs.layers.LIF(norm_input=False)``: as many spikes per step as fit (its default), or one.

    Parameters
    ----------
    tau : float
        Time constant in steps; the bench takes the decay that the layer itself has computed.
    threshold : float
        Threshold.
    reset : {"modulo", "subtract"}
        ``MultiSpike`` or ``SingleSpike``, both with ``MembraneSubtract``.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    package, title = _load("sinabs")
    torch = import_module("torch")
    activation = import_module("sinabs.activation")
    fire = activation.MultiSpike if reset == "modulo" else activation.SingleSpike
    layer = package.LIF(tau_mem=tau, spike_threshold=torch.tensor(threshold), spike_fn=fire, norm_input=False)

    def neuron(x: FloatArray) -> FloatArray:
        if not len(x):
            return np.zeros(0)
        layer.reset_states()
        with torch.no_grad():
            return np.asarray(layer(torch.as_tensor(x).reshape(1, -1, 1)).reshape(-1))

    beta = float(layer.alpha_mem_calculated.detach())
    name = f"{title} LIF, {fire.__name__}"
    return _one_sided(neuron, beta, threshold, reset, name)


def nengo() -> dict[str, Any]:
    """``nengo.SpikingRectifiedLinear``: no leak, threshold 1, inputs >= 0, as many spikes per step as fit.

    Nengo's neurons start from a random voltage by default; the bench starts them from 0.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    package, title = _load("nengo")
    cell = package.SpikingRectifiedLinear()

    def neuron(x: FloatArray) -> FloatArray:
        voltage, out = np.zeros(1), np.zeros((len(x), 1))
        for k, value in enumerate(x):
            cell.step(1.0, np.array([value]), out[k], voltage)
        return out[:, 0]

    return {
        "neuron": neuron, "beta": 1.0, "reset": "modulo", "kind": "samples", "one_sided": True, "nonnegative": True,
        "output": "counts", "name": f"{title} SpikingRectifiedLinear",
    }  # fmt: skip


def nest(alpha: float = 0.0625, threshold: float = 1.0, resolution: float = 1.0) -> dict[str, Any]:
    """``iaf_psc_delta`` of NEST on its grid: reset to zero, one spike per step, exact exponential decay.

    Its refractory time is set to 0. Samples arrive as weighted spikes of a ``spike_generator``, one step later.

    Parameters
    ----------
    alpha : float
        1/tau_m in 1/ms.
    threshold : float
        V_th above the resting potential, in mV.
    resolution : float
        Step of the simulation in ms.

    Returns
    -------
    dict
        Arguments of :func:`spikemath.conformance.check`.
    """
    kernel, title = _load("nest")
    kernel.set_verbosity("M_ERROR")

    def neuron(x: FloatArray) -> FloatArray:
        out = np.zeros(len(x))
        if not np.any(x):
            return out
        kernel.ResetKernel()
        kernel.resolution = resolution
        cell = kernel.Create(
            "iaf_psc_delta",
            params={
                "tau_m": 1.0 / alpha,
                "V_th": threshold,
                "E_L": 0.0,
                "V_reset": 0.0,
                "V_m": 0.0,
                "t_ref": 0.0,
                "I_e": 0.0,
            },
        )
        source = kernel.Create("spike_generator", params={
            "spike_times": resolution * (1.0 + np.flatnonzero(x)),
            "spike_weights": x[np.flatnonzero(x)],
        })  # fmt: skip
        recorder = kernel.Create("spike_recorder", params={"time_in_steps": True})
        kernel.Connect(source, cell, syn_spec={"delay": resolution})
        kernel.Connect(cell, recorder)
        kernel.Simulate(resolution * (len(x) + 2))
        for k in recorder.get("events", "times"):
            out[int(k) - 2] = 1.0
        return out

    return {
        "neuron": neuron, "alpha": alpha, "dt": resolution, "threshold": threshold, "reset": "zero", "kind": "samples",
        "one_sided": True, "output": "counts", "name": f"{title} iaf_psc_delta",
    }  # fmt: skip


__all__ = ["nengo", "nest", "norse", "sinabs", "snntorch", "spikingjelly"]
