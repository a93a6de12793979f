"""Networks: exact and event-driven against clocked simulations of the same network, in one run.

    python benchmarks/networks.py [--quick] [--data mnist.npz] [--torch PYTHON] [--json]

A network 784-256-128-10 of LIF neurons (reset to modulo) sees one digit, about 100 spikes at latencies between 0 and 1.
Timed are the event-driven network with exact decisions (all of ``network(trains)``: trains in, trains out), and the
same network stepped in plain floats with numpy: matrix products at each step ("dense"), and only the columns that spike
("sparse"). With ``--torch PYTHON`` that interpreter, which has torch, steps it as well. Spike times lie on the grid of
the clock, so that all see the same input; the last column says whether they count the same.

Then the number of steps grows at the same spikes, and the number of spikes at the same steps.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import spikemath as sm
from spikemath.networks import Layer, Network

SIZES = (784, 256, 128, 10)
SCALES = (3.0, 1.5, 1.5)
THRESHOLD, ALPHA = 1.0, 2.0


def best(run: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Best and median time in seconds, after one run that warms up."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times), float(np.median(times))


def weights(rng: np.random.Generator) -> list[np.ndarray]:
    """Random synapses under which every layer is active."""
    shapes = zip(SIZES[1:], SIZES, SCALES, strict=False)
    return [rng.normal(size=(below, above)) * scale / np.sqrt(above) for below, above, scale in shapes]


def digit(data: Path | None, index: int, spikes: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and latencies in [0, 1): the brightest pixels of an image first; without data, of a blurred stroke."""
    if data is not None and data.is_file():
        with np.load(data) as file:
            image = file["x_test"][index].reshape(-1).astype(float) / 255.0
    else:
        y, x = np.mgrid[:28, :28]
        image = np.exp(-(((x - 14 - 6 * np.sin(y / 5)) / 2.5) ** 2)).reshape(-1) * (y.reshape(-1) % 27 > 2)
    image = image + 1e-6 * rng.random(image.size)
    pixels = np.argsort(-image, kind="stable")[:spikes]
    bright = image[pixels] / image[pixels].max()
    return pixels, np.clip(1.0 - bright + 0.02 * rng.random(pixels.size), 0.0, 0.999)


def trains_of(pixels: np.ndarray, ticks: np.ndarray, steps: int) -> sm.SpikeTrains:
    """One train per pixel, spikes at ticks / steps."""
    silent = sm.SpikeTrain([], [], domain=(0.0, 1.0))
    trains = [silent] * SIZES[0]
    for pixel in np.unique(pixels):
        at = np.sort(ticks[pixels == pixel])
        trains[pixel] = sm.SpikeTrain(at / steps, domain=(0.0, 1.0))
    return sm.SpikeTrains(trains)


def stepped(ws: list[np.ndarray], pixels: np.ndarray, ticks: np.ndarray, steps: int, sparse: bool) -> list[np.ndarray]:
    """The clocked network in plain floats: total of the counts of every layer's neurons."""
    beta = np.exp(-ALPHA / steps)
    u = [np.zeros(w.shape[0]) for w in ws]
    totals = [np.zeros(w.shape[0]) for w in ws]
    x = np.zeros((steps, SIZES[0]))
    np.add.at(x, (ticks, pixels), 1.0)
    for step in range(steps):
        s = x[step]
        for i, w in enumerate(ws):
            active = np.nonzero(s)[0] if sparse else None
            u[i] *= beta
            if active is None:
                u[i] += w @ s
            elif active.size:
                u[i] += w[:, active] @ s[active]
            counts = np.trunc(u[i] / THRESHOLD)
            u[i] -= counts * THRESHOLD
            totals[i] += np.abs(counts)
            s = counts * THRESHOLD
    return totals


TORCH = """
import json, sys, time
import numpy as np, torch
torch.set_num_threads(1)
d = np.load(sys.argv[1])
steps, alpha, theta, repeats = int(d["steps"]), float(d["alpha"]), float(d["theta"]), int(d["repeats"])
ws = [torch.from_numpy(d[f"w{i}"]) for i in range(3)]
x = torch.zeros((steps, ws[0].shape[1]), dtype=torch.float64)
x.index_put_((torch.from_numpy(d["ticks"]), torch.from_numpy(d["pixels"])), torch.tensor(1.0, dtype=x.dtype), True)
beta = float(np.exp(-alpha / steps))
def run():
    u = [torch.zeros(w.shape[0], dtype=w.dtype) for w in ws]
    for step in range(steps):
        s = x[step]
        for i, w in enumerate(ws):
            u[i] = beta * u[i] + w @ s
            c = torch.trunc(u[i] / theta)
            u[i] = u[i] - c * theta
            s = c * theta
with torch.no_grad():
    run()
    times = []
    for _ in range(repeats):
        t = time.perf_counter(); run(); times.append(time.perf_counter() - t)
print(json.dumps({"best": min(times), "version": torch.__version__}))
"""


def torch_time(python: str, ws: list[np.ndarray], pixels: np.ndarray, ticks: np.ndarray, steps: int) -> Any:
    """Best time of the same steps in torch, by another interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.npz"
        arrays = {f"w{i}": w for i, w in enumerate(ws)}
        np.savez(
            path, steps=steps, alpha=ALPHA, theta=THRESHOLD, repeats=3, pixels=pixels, ticks=ticks, **arrays
        )  # fmt: skip
        done = subprocess.run([python, "-c", TORCH, str(path)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def agrees(run: Any, totals: list[np.ndarray]) -> bool:
    """Whether a float simulation counted what is true."""
    true = [np.array([np.abs(s.counts).sum() for s in layer]) for layer in run.layers]
    return all(np.array_equal(a, b) for a, b in zip(true, totals, strict=True))


def measure(args: argparse.Namespace) -> dict[str, Any]:
    rng = np.random.default_rng(args.seed)
    ws = weights(rng)
    network = Network([Layer(w, sm.LIF(THRESHOLD, ALPHA)) for w in ws])
    finest = 1024 if args.quick else 16384
    repeats = 5 if args.quick else 200

    pixels, latency = digit(args.data, args.index, 100, rng)
    ticks = np.floor(latency * finest).astype(int)
    trains = trains_of(pixels, ticks, finest)
    run = network.run(trains)
    fastest, median = best(lambda: network(trains), repeats)
    found: dict[str, Any] = {
        "network": repr(network),
        "input spikes": int(pixels.size),
        "spikes of the layers": run.spikes,
        "neurons that needed exact arithmetic": int(sum(e.size for e in run.exact)),
        "best ms": 1e3 * fastest,
        "median ms": 1e3 * median,
        "steps": [],
        "spikes": [],
    }
    many = [digit(args.data, args.index + i, 100, rng) for i in range(5 if args.quick else 100)]
    batch = [trains_of(p, np.floor(late * finest).astype(int), finest) for p, late in many]
    for workers in (1, 2):
        fast = best(lambda n=workers: network(batch, workers=n), 2)[0]
        found[f"ms per digit, batch of {len(batch)}, {workers} worker{'s' * (workers > 1)}"] = 1e3 * fast / len(batch)
    for steps in [256, 1024] if args.quick else [256, 1024, 4096, finest]:
        coarse = ticks * steps // finest
        at = trains_of(pixels, coarse, steps)
        event = best(lambda at=at: network(at), max(repeats // 4, 3))[0]
        row = {"steps": steps, "event ms": 1e3 * event}
        again = 1 if steps > 2000 else 3
        for name, sparse in (("dense", False), ("sparse", True)):
            row[f"numpy {name} ms"] = (
                1e3 * best(lambda s=sparse, c=coarse, k=steps: stepped(ws, pixels, c, k, s), again)[0]
            )
        if args.torch:
            row["torch ms"] = 1e3 * torch_time(args.torch, ws, pixels, coarse, steps)["best"]
        row["ratio"] = min(v for k, v in row.items() if k.startswith(("numpy", "torch"))) / row["event ms"]
        row["same counts"] = agrees(network.run(at), stepped(ws, pixels, coarse, steps, False))
        found["steps"].append(row)
    for spikes in [50, 100] if args.quick else [50, 100, 200, 400, 784]:
        p, late = digit(args.data, args.index, spikes, rng)
        at = trains_of(p, np.floor(late * finest).astype(int), finest)
        made = network.run(at)
        fast = best(lambda at=at: network(at), max(repeats // 4, 3))[0]
        work = spikes * SIZES[1] + made.spikes[0] * SIZES[2] + made.spikes[1] * SIZES[3]
        found["spikes"].append(
            {
                "input spikes": spikes,
                "all spikes": spikes + sum(made.spikes),
                "synaptic events": work,
                "event ms": 1e3 * fast,
            }
        )
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as text."""
    shown = [[f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()] for row in rows]
    names = list(rows[0])
    wide = [max(len(n), *(len(r[i]) for r in shown)) for i, n in enumerate(names)]
    return "\n".join("  ".join(x.rjust(w) for x, w in zip(line, wide, strict=True)) for line in [names, *shown])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few and small cases, some seconds")
    parser.add_argument("--data", type=Path, default=None, help="an .npz with x_test (MNIST); default: a drawn stroke")
    parser.add_argument("--index", type=int, default=0, help="which image")
    parser.add_argument("--seed", type=int, default=0, help="of the synapses")
    parser.add_argument("--torch", default=None, metavar="PYTHON", help="an interpreter that has torch")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(arguments)
    found = measure(args)
    if args.json:
        print(json.dumps(found, default=str))
        return 0
    for key, value in found.items():
        if not isinstance(value, list):
            print(f"{key}: {value:.3f}" if isinstance(value, float) else f"{key}: {value}")
    print("\nThe same spikes on finer clocks:\n" + table(found["steps"]))
    print("\nMore spikes, the same clock:\n" + table(found["spikes"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
