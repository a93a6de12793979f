"""Encode a signal with a continuous part: the cell kernel block by block, exact arithmetic where it stops."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikemath._encoder import firing as k
from spikemath._encoder.cell_kernel import encode_cells, workspace
from spikemath._encoder.encode_channels import encode_recording
from spikemath._encoder.encode_joined import encode_lines, takes_joined
from spikemath._encoder.encode_samples import takes_fast
from spikemath._encoder.encode_train import Progress, Run, empty
from spikemath._encoder.exact_cell import Rules, columns, finish_cell, place_of, put_back
from spikemath._encoder.found import coalesced
from spikemath._encoder.recorded import joined, recorded
from spikemath._encoder.rules import Settings, check_budget, kernel_state
from spikemath._numeric.potential import Potential, rational
from spikemath.signals.cells import Cells
from spikemath.signals.checks import FloatArray

BLOCK, CAPACITY = 1 << 15, 1 << 14  # cells and spikes per kernel call: some milliseconds


def encode_signal(f: Any, op: Settings, progress: Progress = None) -> Run:
    """Spikes of a signal; crossings are reported early and the true residual is carried on."""
    x = recorded(f)
    if x is not None and (op.arithmetic == "exact" or takes_fast(op, f._axis.rate)):
        run = encode_recording(x, f._axis.rate, op, progress)
        if run is not None:
            return run
    x = joined(f)
    if x is not None and takes_joined(op, f._axis.rate):
        run = encode_lines(x, f._axis.rate, op, progress)
        if run is not None:
            return run
    return _SignalRun(f, op).run(progress)


class _SignalRun:
    def __init__(self, f: Any, op: Settings) -> None:
        self.op, self.cells = op, Cells(f)
        rate = self.rate = self.cells.rate
        self.theta = Fraction(op.threshold) * rate
        self.leak = Fraction(op.alpha) / rate
        self.refractory = Fraction(op.refractory) * rate
        self.cells.scale_to(float(min(self.theta, Fraction(2) ** 1023)))
        self.power = self.cells.power
        self.state, self.flags = kernel_state(op, rate, self.power)
        self.state[k.LAST], self.state[k.LAST + 1] = float(self.cells.hi[0]), float(self.cells.lo[0])
        self.rules = Rules(
            rational(self.theta), rational(self.leak), rational(self.refractory), op.reset_code, op.bipolar
        )  # fmt: skip
        self.potential: Potential | None = None
        self.found: list[tuple[FloatArray, FloatArray, NDArray[np.int64], NDArray[np.bool_]]] = []
        self.seen = 0
        self.undecided = 0

    def run(self, progress: Progress) -> Run:
        out, work = k.output(CAPACITY), workspace(max(self.cells.degree, 0) + 1)
        self._check_budget()
        for first in range(0, self.cells.n + 1, BLOCK):
            block = self.cells.block(first, min(first + BLOCK, self.cells.n + 1))
            self.flags[k.CELL] = 0
            status = k.FULL
            while status != k.DONE:
                self.flags[k.WRITTEN] = 0
                status = encode_cells(self.state, self.flags, block, work, out)
                written = int(self.flags[k.WRITTEN])
                if written:
                    self.found.append(tuple(x[:written].copy() for x in out))
                if status == k.UNDECIDED:
                    self._finish_cell(first)
            if progress is not None:
                progress(min(first + BLOCK, self.cells.n), self.cells.n)
        merged = [np.concatenate(c) for c in zip(*self.found, strict=True)] if self.found else empty()
        merged = coalesced(*merged[:3])
        u = (Fraction(float(self.state[k.U])) + Fraction(float(self.state[k.U + 1]))) * Fraction(2) ** self.power
        return Run(merged[0], merged[1], merged[2], float(u / self.rate), self.undecided)

    def _check_budget(self) -> None:
        """Refuse an output that cannot fit, before it is computed."""
        op, cells = self.op, self.cells
        if cells.size() / float(self.theta) < 1e6:
            return
        most = math.inf
        if op.refractory > 0.0:
            most = float(min((cells.start(cells.n) - cells.start(0)) / self.refractory + 2, Fraction(2) ** 1000))
        check_budget(cells.mass() / self.rate, op.threshold, most)

    def _finish_cell(self, first: int) -> None:
        """Let exact arithmetic finish the cell that the kernel stopped in."""
        state, flags, cells = self.state, self.flags, self.cells
        if self.potential is None:
            self.potential = Potential(cells, self.leak, self.theta)
        for chunk in self.found[self.seen :]:
            for h, r, c, jump in zip(*(x.tolist() for x in chunk), strict=True):
                self.potential.spike(rational(h) + rational(r), c, self.op.reset_code == k.ZERO and jump)
        cell = first + int(flags[k.CELL])
        place = place_of(state, flags, cell)
        scale = 2.0**self.power if abs(self.power) < 900 else 0.0
        enclosure = (state[k.U] * scale, state[k.U + 1] * scale, state[k.ERR] * scale if scale else np.inf)
        done = finish_cell(self.rules, self.potential, place, tuple(map(float, enclosure)))  # type: ignore[arg-type]
        for spike in done.spikes:
            self.potential.spike(*spike)
        if done.spikes:
            self.found.append(columns(done.spikes))
        self.seen = len(self.found)
        self.undecided += done.undecided
        put_back(state, flags, done, done.u * rational(Fraction(2) ** -self.power))
