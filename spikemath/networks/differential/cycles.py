"""A model of the cycles that a circuit of this shape takes: a model, not a measurement.

One layer takes a sorted stream, event by event; layers work one after the other (`pipelined=False`) or at once, and
then the slowest counts. Per layer

    sort         events x ceil(log2 inputs / sort_levels_per_cycle) at the input, where trains are merged;
                 between layers streams are sorted already and cost nothing
    accumulate   events x ceil(mean fan-out / lanes)
    detect       ticks x ceil(neurons / detect_width), and one cycle per spike (leading-one detection)
    control      control_per_tick x ticks + control_per_layer

and control_per_image once. The published accelerators report 0.29 ms (FPGA) and 0.17 ms (7 nm, predictive kit) per
digit, of another network than ours. `calibrated` turns one knob, the clock, until the model's latency is a given one,
and says which clock that takes: whether that clock is believable is what the comparison is worth.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from spikemath.networks.differential.engine import Engine, EngineRun

PUBLISHED = {"FPGA": 0.29e-3, "7 nm ASIC": 0.17e-3}  # seconds per digit, arXiv 2505.11252


@dataclass(frozen=True)
class CycleModel:
    """Cycles of one inference, from what the engine counted.

    Parameters
    ----------
    clock : float
        Cycles per second.
    lanes : int
        Weights that are added in one cycle.
    sort_levels_per_cycle : int
        Levels of the tree of two-way merges that one cycle passes.
    detect_width : int
        Flags that the leading-one detector looks at in one cycle.
    control_per_tick, control_per_layer, control_per_image : int
        Cycles of control.
    pipelined : bool
        Whether layers work at the same time on following images.

    Examples
    --------
    >>> from spikemath.networks import differential
    >>> engine = differential.Engine([differential.LifLayer([[9, 5]], 8)])
    >>> run = engine(differential.encode([[0, 1], [2]]), until=4)
    >>> differential.CycleModel(lanes=1).report(engine, run)["cycles"]
    47
    """

    clock: float = 200e6
    lanes: int = 16
    sort_levels_per_cycle: int = 4
    detect_width: int = 64
    control_per_tick: int = 4
    control_per_layer: int = 8
    control_per_image: int = 16
    pipelined: bool = False

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if name.startswith("control"):
                if value < 0:
                    raise ValueError(f"{name} = {value}: must not be negative")
            elif name != "pipelined" and not value > 0:
                raise ValueError(f"{name} = {value}: must be positive")

    def stages(self, engine: Engine, run: EngineRun) -> list[dict[str, int]]:
        """Cycles of each layer, by stage."""
        weights = [layer.weights for layer in engine.layers]
        weights += [engine.readout] if engine.readout is not None else []
        out = []
        for k, (w, count) in enumerate(zip(weights, run.counts, strict=True)):
            depth = math.ceil(math.log2(max(w.inputs, 2)) / self.sort_levels_per_cycle)
            # every event costs whole cycles: the mean fan-out, rounded up, stands for each
            fan_out = count["synapses"] / max(count["events"] - count["nulls"], 1)
            neurons = w.outputs if k < len(engine.layers) else 0
            out.append(
                {
                    "sort": count["events"] * depth if k == 0 else 0,
                    "accumulate": (count["events"] - count["nulls"]) * math.ceil(fan_out / self.lanes) + count["nulls"],
                    "detect": count["ticks"] * math.ceil(neurons / self.detect_width) + count["spikes"],
                    "control": count["ticks"] * self.control_per_tick + self.control_per_layer,
                }
            )
        return out

    def report(self, engine: Engine, run: EngineRun) -> dict[str, Any]:
        """Cycles, latency and operations of one inference, beside the published latencies.

        Returns
        -------
        dict
            ``cycles``, ``latency`` (seconds), ``stages`` (cycles by stage), ``operations``, ``spikes``, ``published``
            (seconds; another network on real or placed circuits), ``clock_for`` (the clock at which this model would
            take the published time) and ``is`` ("a model").
        """
        stages = self.stages(engine, run)
        each = [sum(stage.values()) for stage in stages]
        cycles = (max(each) if self.pipelined else sum(each)) + self.control_per_image
        return {
            "is": "a model, not a measurement",
            "cycles": cycles,
            "latency": cycles / self.clock,
            "stages": {name: sum(stage[name] for stage in stages) for name in stages[0]},
            "operations": run.operations,
            "spikes": run.spikes,
            "published": dict(PUBLISHED),
            "clock_for": {name: cycles / seconds for name, seconds in PUBLISHED.items()},
        }

    def calibrated(self, engine: Engine, run: EngineRun, latency: float) -> CycleModel:
        """The same model with the clock that makes its latency the given one."""
        return replace(self, clock=self.report(engine, run)["cycles"] / latency)
