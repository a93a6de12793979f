"""Runs in a peer's own environment: `python worker.py NAME FOLDER`, with FOLDER/input.npz and input.json.

Prints one line of JSON: items, spikes, median seconds of processor time, ratio to one read of the same input. Each
program is set up once, warmed up once, and given the input in the form that it likes best (conversion is not timed).
Nothing of spikemath is imported here.
"""

from __future__ import annotations

import json
import math
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import numpy as np

SETUPS = {}


def setup(name, package=None):
    """Register how a peer is set up: f(given) -> (run, number of items, name of the package)."""

    def add(function):
        SETUPS[name] = function, package or name
        return function

    return add


def block(given):
    """Samples as (time, channels), cut to the number of items wanted."""
    x = given["x"]
    x = x[:, None] if x.ndim == 1 else x
    return x[: max(1, given["items"] // x.shape[1])]


def beta(given):
    return math.exp(-given["a"])


@setup("snntorch")
def snntorch(given):
    import snntorch
    import torch

    x = torch.tensor(block(given), dtype=torch.float32)
    neuron = snntorch.Leaky(beta=beta(given), threshold=given["theta"], reset_mechanism="subtract")

    def run():
        with torch.no_grad():
            mem, out = neuron.init_leaky(), []
            for row in x:
                spk, mem = neuron(row, mem)
                out.append(spk)
            return float(torch.stack(out).sum())

    return run, x.numel()


@setup("spikingjelly")
def spikingjelly(given):
    import torch
    from spikingjelly.activation_based import functional, neuron

    x = torch.tensor(block(given), dtype=torch.float32)
    node = neuron.LIFNode(
        tau=1.0 / (1.0 - beta(given)), decay_input=False, v_threshold=given["theta"], v_reset=None, step_mode="m"
    )

    def run():
        with torch.no_grad():
            functional.reset_net(node)
            return float(node(x).sum())

    return run, x.numel()


@setup("sinabs")
def sinabs(given):
    import sinabs.layers as sl
    import torch
    from sinabs.activation import MultiSpike

    x = torch.tensor(block(given).T[:, :, None].copy(), dtype=torch.float32)
    layer = sl.LIF(
        tau_mem=1.0 / given["a"], spike_threshold=given["theta"], spike_fn=MultiSpike, norm_input=False, min_v_mem=None
    )

    def run():
        with torch.no_grad():
            layer.reset_states()
            return float(layer(x).sum())

    return run, x.numel()


@setup("norse")
def norse(given):
    import norse.torch as norse
    import torch

    x = torch.tensor(block(given), dtype=torch.float32)
    p = norse.LIFBoxParameters(
        tau_mem_inv=torch.tensor(1000.0 * given["a"]), v_th=torch.tensor(given["theta"] * given["a"])
    )
    cell = norse.LIFBoxCell(p, dt=0.001)

    def run():
        with torch.no_grad():
            state, out = None, []
            for row in x:
                spk, state = cell(row, state)
                out.append(spk)
            return float(torch.stack(out).sum())

    return run, x.numel()


@setup("spyx")
def spyx(given):
    import jax
    import jax.numpy as jnp

    x = jnp.asarray(block(given), dtype=jnp.float32)
    b, theta = beta(given), given["theta"]
    try:
        import haiku as hk
        import spyx.nn as snn

        def forward(x):
            neuron = snn.LIF((x.shape[1],), beta=b, threshold=theta)
            out, _ = hk.dynamic_unroll(neuron, x[:, None], neuron.initial_state(1))
            return out.sum()

        made = hk.without_apply_rng(hk.transform(forward))
        params = made.init(jax.random.PRNGKey(0), x)
        f = jax.jit(lambda x: made.apply(params, x))
    except ImportError:  # later versions stand on flax
        from flax import nnx
        from spyx import nn as snn

        neuron = snn.LIF((x.shape[1],), beta=b, threshold=theta, rngs=nnx.Rngs(0))

        def scan(x):
            def step(v, row):
                spk, v = neuron(row, v)
                return v, spk

            return jax.lax.scan(step, neuron.initial_state(1), x[:, None])[1].sum()

        f = jax.jit(scan)
    return lambda: float(f(x).block_until_ready()), x.size


@setup("nest", "nest-simulator")
def nest(given):
    import nest

    x = block(given)[:, 0]
    nest.set_verbosity("M_ERROR")
    state = {}

    def run():
        nest.ResetKernel()
        nest.resolution = 1.0
        tau = 1.0 / given["a"]
        cell = nest.Create(
            "iaf_psc_delta",
            params={
                "E_L": 0.0,
                "V_m": 0.0,
                "V_reset": 0.0,
                "V_th": given["theta"],
                "tau_m": tau,
                "t_ref": 1.0,
                "C_m": 1.0,
            },
        )
        source = nest.Create(
            "step_current_generator",
            params={"amplitude_times": np.arange(1.0, x.size + 1.0), "amplitude_values": x},
        )
        recorder = nest.Create("spike_recorder")
        nest.Connect(source, cell)
        nest.Connect(cell, recorder)
        nest.Simulate(x.size + 2.0)
        state["n"] = int(recorder.n_events)
        return state["n"]

    return run, x.size


@setup("nest-ps", "nest-simulator")
def nest_ps(given):
    import nest

    n = min(given["items"], given["times"].size)
    times, weights = given["times"][:n] + 1.0, given["weights"][:n]
    nest.set_verbosity("M_ERROR")

    def run():
        nest.ResetKernel()
        nest.resolution = 0.1
        cell = nest.Create(
            "iaf_psc_delta_ps",
            params={
                "E_L": 0.0, "V_m": 0.0, "V_reset": 0.0, "V_th": given["theta"], "tau_m": 1.0 / given["alpha"],
                "t_ref": 0.1, "C_m": 1.0,
            },
        )  # fmt: skip
        source = nest.Create(
            "spike_generator",
            params={"spike_times": times, "spike_weights": weights, "precise_times": True},
        )
        recorder = nest.Create("spike_recorder")
        nest.Connect(source, cell, syn_spec={"delay": 0.1})
        nest.Connect(cell, recorder)
        nest.Simulate(math.ceil(times[-1] + 2.0) * 1.0)
        return int(recorder.n_events)

    return run, n


@setup("nengo")
def nengo(given):
    import nengo

    x = block(given)[:, 0]

    def run():
        with nengo.Network() as net:
            node = nengo.Node(lambda t: x[min(round(t * 1000), x.size) - 1], size_out=1)
            cell = nengo.Ensemble(
                1, 1, neuron_type=nengo.LIF(tau_rc=0.001 / given["a"], tau_ref=0.0, amplitude=1.0),
                gain=[1.0 / (given["theta"] * given["a"])], bias=[0.0], encoders=[[1.0]],
            )  # fmt: skip
            nengo.Connection(node, cell, synapse=None)
            probe = nengo.Probe(cell.neurons)
        with nengo.Simulator(net, dt=0.001, progress_bar=False) as sim:
            sim.run_steps(x.size)
        return int((sim.data[probe] > 0).sum())

    return run, x.size


@setup("brian2")
def brian2(given):
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    x = block(given)
    drive = b2.TimedArray(x, dt=1 * b2.ms)
    b2.defaultclock.dt = 1 * b2.ms
    names = {"drive": drive, "theta": given["theta"], "tau": 1.0 / given["a"] * b2.ms, "ms": b2.ms}
    group = b2.NeuronGroup(
        x.shape[1], "dv/dt = -v/tau + drive(t, i)/ms : 1", threshold="v >= theta", reset="v -= theta",
        method="exponential_euler", namespace=names,
    )  # fmt: skip
    monitor = b2.SpikeMonitor(group)
    net = b2.Network(group, monitor)
    net.store()

    def run():
        net.restore()
        net.run(x.shape[0] * b2.ms)
        return int(monitor.num_spikes)

    return run, x.size


@setup("snntorch-delta", "snntorch")
def snntorch_delta(given):
    import torch
    from snntorch import spikegen

    x = torch.tensor(given["x"][: given["items"]], dtype=torch.float64)
    return lambda: float(spikegen.delta(x, threshold=given["theta"], off_spike=True).abs().sum()), x.numel()


@setup("spike-encoding")
def spike_encoding(given):
    import torch
    from spike_encoding.step_forward_converter import StepForwardConverter

    x = torch.tensor(given["x"][: given["items"]], dtype=torch.float64)[None, None, :]
    converter = StepForwardConverter(threshold=torch.tensor([given["theta"]], dtype=torch.float64))
    return lambda: float(converter.encode(x).abs().sum()), x.numel()


@setup("pyspike-isi", "pyspike")
def pyspike_isi(given):
    import pyspike

    a, b = (pyspike.SpikeTrain(given[k], (0.0, 1000.0)) for k in "ab")
    return lambda: pyspike.isi_distance(a, b), given["a"].size + given["b"].size


@setup("elephant-van-rossum", "elephant")
def elephant_van_rossum(given):
    import neo
    import quantities as pq
    from elephant.spike_train_dissimilarity import van_rossum_distance

    trains = [neo.SpikeTrain(given[k] * pq.s, t_stop=1000.0 * pq.s) for k in "ab"]

    def run():
        return float(van_rossum_distance(trains, time_constant=1.0 * pq.s)[0, 1])

    return run, given["a"].size + given["b"].size


def main(name, folder):
    given = json.loads((folder / "input.json").read_text())
    with np.load(folder / "input.npz") as arrays:
        given.update({k: arrays[k] for k in arrays.files})
    make, package = SETUPS[name]
    run, items = make(given)
    reads = [np.ascontiguousarray(v.ravel()[:items]) for v in given.values() if isinstance(v, np.ndarray)]
    answer = run()
    took, read, began = [], [], time.perf_counter()
    while len(took) < 3 or (len(took) < 7 and time.perf_counter() - began < 4.0):
        before = time.process_time()
        sum(float(r.sum()) for r in reads)
        middle = time.process_time()
        run()
        took.append(time.process_time() - middle)
        read.append(middle - before)
    try:
        number = version(package)
    except PackageNotFoundError:
        number = "?"
    print(
        json.dumps(
            {
                "items": int(items), "answer": float(answer), "seconds": median(took), "version": number,
                "ratio": median(t / max(r, 1e-7) for t, r in zip(took, read, strict=True)), "rounds": len(took),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
