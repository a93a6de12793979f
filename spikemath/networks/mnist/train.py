"""Training: spikes learned by surrogate gradients, then weights on an integer grid (needs the extra `train`).

The network of `shape.py` in torch. A forward pass is the network itself, spike by spike:

    u_n = u_{n-1} / 2 + drive_n,    s_n = [u_n >= 1],    u_n <- u_n - s_n.

Only the backward pass replaces the derivative of the step [u >= 1] by 1 / (1 + pi^2 (u - 1)^2), and leaves the reset
out. The first layer is the encoder: its drive is a weighted patch of pixels, the same at every tick, and its weights
learn with all others by which spikes a patch is told.

In the second phase weights are rounded to `bits` bits in units of 2^-k, and halving a potential rounds down, as an
arithmetic shift does; the gradient passes straight through the rounding. All numbers are then integers below 2^24 in
units of a power of two, so a forward pass in single precision *is* the integer network, exactly, whatever the order of
its sums. Training itself runs its products in half precision, which is twice as fast; accuracies are of exact passes.

`python -m spikemath.networks.mnist.train --data mnist.npz --out DIR` goes on where it was stopped. The last 5,000
training images are held out; nothing is chosen by the test images, which are looked at once per exported network.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    raise ImportError("training needs torch: pip install 'spikemath[train]'") from error

from spikemath._files import replacing
from spikemath.networks.mnist.shape import FINER, LAYERS, PIXEL_UNIT, SIDE, STEPS, exponent_for

HELD_OUT = 5000


class Lif(torch.autograd.Function):
    """LIF neurons through time: drive (T, ...), or (1, ...) for all ticks, to spikes (T, ...).

    `unit` > 0: potentials are multiples of it.
    """

    @staticmethod
    def forward(ctx: Any, drive: torch.Tensor, steps: int, unit: float) -> torch.Tensor:
        before = drive.new_empty((steps, *drive.shape[1:]))
        spikes = torch.empty_like(before)
        u = torch.zeros_like(drive[0])
        for n in range(steps):
            u.mul_(0.5)
            if unit > 0.0:
                u.mul_(1.0 / unit).floor_().mul_(unit)
            torch.add(u, drive[n if len(drive) > 1 else 0], out=before[n])
            torch.ge(before[n], 1.0, out=spikes[n])
            torch.sub(before[n], spikes[n], out=u)
        ctx.save_for_backward(before)
        ctx.constant = len(drive) == 1
        return spikes

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (before,) = ctx.saved_tensors
        out = torch.empty_like(grad)
        for n in range(len(grad) - 1, -1, -1):
            slope = before[n].sub(1.0).mul_(math.pi)
            torch.div(grad[n], slope.mul_(slope).add_(1.0), out=out[n])
            if n + 1 < len(grad):
                out[n].add_(out[n + 1], alpha=0.5)
        return (out.sum(0, keepdim=True) if ctx.constant else out), None, None


class Straight(torch.autograd.Function):
    """Rounding to multiples of `unit` within `bits` bits; the gradient passes through."""

    @staticmethod
    def forward(ctx: Any, w: torch.Tensor, unit: float, bits: int) -> torch.Tensor:
        top = 2 ** (bits - 1) - 1
        return (w / unit).round().clamp(-top, top) * unit

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return grad, None, None


class Model(nn.Module):
    """The network; `encoding` is "learned", or "rate" or "latency" for pixels turned into spikes by a fixed rule."""

    def __init__(self, encoding: str = "learned", steps: int = STEPS) -> None:
        super().__init__()
        self.encoding, self.steps = encoding, steps
        self.bits = 0
        self.exponents = [0] * len(LAYERS)
        self.weights = nn.ParameterList()
        for layer in LAYERS:
            w = torch.empty(layer.weight_shape)
            nn.init.normal_(w, std=layer.gain / math.sqrt(w[0].numel()))
            self.weights.append(nn.Parameter(w))

    def quantize(self, bits: int) -> None:
        """From now on weights have `bits` bits, each layer in units of its own power of two."""
        self.bits = bits
        self.exponents = [exponent_for(w.detach().cpu().numpy(), bits) for w in self.weights]

    def weight(self, i: int) -> torch.Tensor:
        w = self.weights[i]
        return Straight.apply(w, 2.0 ** -self.exponents[i], self.bits) if self.bits else w

    def unit(self, i: int) -> float:
        if not self.bits:
            return 0.0
        return 2.0 ** -(self.exponents[i] + (8 if i == 0 and self.encoding == "learned" else FINER))

    def pixel_spikes(self, x: torch.Tensor) -> torch.Tensor:
        """Spikes of a fixed encoding: (T, B, 1, SIDE, SIDE)."""
        drive = x / PIXEL_UNIT
        if self.encoding == "rate":  # LIF neurons, one a pixel, driven by twice the pixel
            return Lif.apply(2.0 * drive[None], self.steps, 0.0)
        first = torch.floor((1.0 - drive) * self.steps)  # one spike, the brighter the earlier; none in the dark
        return torch.stack([((first == n) & (drive > 0.2)).float() for n in range(self.steps)])

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pixels (B, 1, SIDE, SIDE) from 0 to 255: logits (B, 10) and spikes per image (layers,)."""
        counts = []
        if self.encoding == "learned":
            drive = F.conv2d(x / PIXEL_UNIT, self.weight(0), stride=LAYERS[0].stride, padding=LAYERS[0].pad)
            s = Lif.apply(drive[None].float() if self.bits else drive[None], self.steps, self.unit(0))
        else:
            s = self.pixel_spikes(x)
            counts.append(s.sum() / x.shape[0])
            s = self.spiking(0, s)
        counts.append(s.sum() / x.shape[0])
        for i in range(1, len(LAYERS) - 1):
            s = self.spiking(i, s)
            counts.append(s.sum() / x.shape[0])
        logits = s.sum(0).flatten(1) @ self.weight(len(LAYERS) - 1).T
        return logits, torch.stack(counts)

    def spiking(self, i: int, s: torch.Tensor) -> torch.Tensor:
        layer, w = LAYERS[i], self.weight(i)
        T, B = s.shape[:2]
        flat = s.flatten(0, 1)
        drive = F.conv2d(flat, w, stride=layer.stride, padding=layer.pad) if layer.patch else flat.flatten(1) @ w.T
        drive = drive.unflatten(0, (T, B))
        return Lif.apply(drive.float() if self.bits else drive, T, self.unit(i))


def augment(x: torch.Tensor, strength: float = 1.0) -> torch.Tensor:
    """Shifted, turned, scaled, sheared and bent: each image by its own small random map. Pixels stay integers."""
    n = x.shape[0]
    r = lambda scale: (torch.rand(n, device=x.device) * 2 - 1) * scale * strength  # noqa: E731
    angle, sx, sy, shear = r(0.2), 1 + r(0.12), 1 + r(0.12), r(0.15)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = torch.stack([cos * sx, -sin * sy + shear, r(0.14), sin * sx, cos * sy, r(0.14)], 1).view(n, 2, 3)
    grid = F.affine_grid(rows, [n, 1, SIDE, SIDE], align_corners=False)
    bend = F.interpolate(
        (torch.rand(n, 2, 5, 5, device=x.device) * 2 - 1) * 0.11 * strength, size=(SIDE, SIDE), mode="bicubic"
    )
    return F.grid_sample(x, grid + bend.permute(0, 2, 3, 1), align_corners=False).round_()


def accuracy(model: Model, images: torch.Tensor, labels: torch.Tensor, batch: int = 500) -> tuple[float, list[float]]:
    """Share of images that are told rightly, and spikes per image in each layer."""
    right, spikes = 0, torch.zeros(0)
    with torch.no_grad():
        for a in range(0, len(images), batch):
            logits, counts = model(images[a : a + batch].float())
            right += int((logits.argmax(1) == labels[a : a + batch]).sum())
            spikes = counts * len(logits) + (spikes if len(spikes) else 0)
    return right / len(images), [round(float(s) / len(images), 1) for s in spikes]


def load_data(path: str, device: str) -> dict[str, torch.Tensor]:
    with np.load(path) as file:
        x = torch.from_numpy(file["x_train"]).unsqueeze(1)
        y = torch.from_numpy(file["y_train"].astype(np.int64))
        test = torch.from_numpy(file["x_test"]).unsqueeze(1), torch.from_numpy(file["y_test"].astype(np.int64))
    names = {
        "x": x[:-HELD_OUT],
        "y": y[:-HELD_OUT],
        "vx": x[-HELD_OUT:],
        "vy": y[-HELD_OUT:],
        "tx": test[0],
        "ty": test[1],
    }
    return {name: value.to(device) for name, value in names.items()}


def save(path: Path, state: dict[str, Any]) -> None:
    with replacing(path) as file:
        torch.save(state, file)


def run_phase(
    model: Model,
    data: dict[str, torch.Tensor],
    out: Path,
    name: str,
    epochs: int,
    rate: float,
    a: Any,
) -> None:
    """One cycle of Adam. After each epoch a checkpoint; a phase that was stopped goes on after its last one."""
    from tqdm import tqdm

    per = math.ceil(len(data["x"]) / a.batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    rising = max(0.1 if model.bits else 0.25, 2.0 / (epochs * per))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs * per, pct_start=rising, cycle_momentum=False
    )
    path, begin = out / f"{name}.pt", 0
    if path.exists():
        state = torch.load(path, weights_only=True)
        begin = state["epoch"]
        model.load_state_dict(state["model"])
        model.exponents, model.bits = state["exponents"], state["bits"]
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
    for epoch in range(begin, epochs):
        torch.manual_seed(a.seed * 1000 + epoch)
        order, began, total = torch.randperm(len(data["x"])), time.time(), 0.0
        bar = tqdm(range(per), desc=f"{name} {epoch + 1}/{epochs}", disable=not sys.stderr.isatty(), leave=False)
        for i in bar:
            index = order[i * a.batch : (i + 1) * a.batch]
            x = augment(data["x"][index].float())
            with torch.autocast(a.device, torch.bfloat16):
                logits, spikes = model(x)
            loss = F.cross_entropy(logits.float(), data["y"][index])
            if a.budget:
                loss = loss + a.spike_cost * torch.relu(spikes.sum() / a.budget - 1.0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        right, spikes_each = accuracy(model, data["vx"], data["vy"])
        line = {
            "phase": name,
            "epoch": epoch + 1,
            "loss": round(total / per, 4),
            "held out": right,
            "spikes": spikes_each,
        }
        line["seconds"] = round(time.time() - began, 1)
        print(json.dumps(line), flush=True)
        with open(out / "log.jsonl", "a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        state = {"epoch": epoch + 1, "model": model.state_dict(), "exponents": model.exponents, "bits": model.bits}
        save(path, state | {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()})


def export(model: Model, path: Path) -> None:
    """The integers of a quantized network, in the form that `DigitNetwork.load` reads."""
    arrays: dict[str, Any] = {
        "bits": model.bits,
        "steps": model.steps,
        "exponents": np.array(model.exponents, np.int64),
    }
    for i, k in enumerate(model.exponents):
        arrays[f"w{i}"] = np.rint(model.weight(i).detach().cpu().double().numpy() * 2.0**k).astype(np.int8)
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def same_command(path: Path, given: dict[str, Any]) -> None:
    """Checkpoints of another command are refused: going on from them would be a run that no command repeats."""
    wanted = {name: value for name, value in given.items() if name not in ("data", "out", "threads", "device")}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        other = [name for name, value in wanted.items() if kept.get(name) != value]
        if other:
            raise SystemExit(f"{path.parent} is of a run with other {', '.join(other)}: choose another --out")
    path.write_text(json.dumps(wanted) + "\n", encoding="utf-8")


def main(argv: list[str] | None = None) -> None:
    """Train, quantize, export."""
    parser = argparse.ArgumentParser(prog="python -m spikemath.networks.mnist.train", description=main.__doc__)
    parser.add_argument("--data", required=True, help="mnist.npz with x_train, y_train, x_test, y_test")
    parser.add_argument("--out", required=True, help="folder of checkpoints, log and exported networks")
    parser.add_argument("--encoding", default="learned", choices=["learned", "rate", "latency"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--finetune", type=int, default=2, help="epochs per bit width")
    parser.add_argument("--bits", type=int, nargs="*", default=[8, 6, 4])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=5e-3, help="highest rate of Adam")
    parser.add_argument("--budget", type=float, default=0.0, help="spikes per image that cost nothing")
    parser.add_argument("--spike-cost", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="train on the first so many images only")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    a = parser.parse_args(argv)
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    out = Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    same_command(out / "command.json", vars(a))
    data = load_data(a.data, a.device)
    if a.limit:
        data["x"], data["y"] = data["x"][: a.limit], data["y"][: a.limit]
    model = Model(a.encoding, a.steps).to(a.device)
    run_phase(model, data, out, "float", a.epochs, a.rate, a)
    results = {"float": accuracy(model, data["tx"], data["ty"])}
    for bits in a.bits:
        model.quantize(bits)
        run_phase(model, data, out, f"{bits}-bit", a.finetune, a.rate / 4, a)
        export(model, out / f"{bits}-bit.npz")
        results[str(bits)] = accuracy(model, data["tx"], data["ty"])
    print(json.dumps({"test": results}))


if __name__ == "__main__":
    main()
