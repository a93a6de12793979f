"""Inline SVG for notebooks: a small raster or curve beside the repr."""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np

from spikemath.signals.checks import FloatArray

_WIDTH, _HEIGHT, _LIMIT = 480, 72, 600
_UP, _DOWN, _LINE = "#1f6fb2", "#c23b22", "#444444"


def _frame(title: str, body: str, height: int = _HEIGHT) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" role="img">{body}</svg>'
    return f"<div><code>{escape(title)}</code><br>{svg}</div>"


def _stems(times: FloatArray, weights: FloatArray, domain: tuple[float, float], top: float, height: float) -> str:
    t0, t1 = domain
    if times.size > _LIMIT:  # thin out, keep the largest of each stretch
        edges = np.linspace(0, times.size, _LIMIT + 1).astype(int)
        pick = [a + int(np.argmax(np.abs(weights[a:b]))) for a, b in pairwise(edges) if b > a]
        times, weights = times[pick], weights[pick]
    x = 4 + (_WIDTH - 8) * (times - t0) / (t1 - t0 if t1 > t0 else 1.0)
    size = float(np.abs(weights).max()) if weights.size else 1.0
    middle = top + height / 2
    lines = [f'<line x1="4" x2="{_WIDTH - 4}" y1="{middle:.1f}" y2="{middle:.1f}" stroke="{_LINE}" stroke-width=".5"/>']
    for xi, w in zip(x, weights, strict=True):
        y = middle - (height / 2 - 3) * w / size
        lines.append(
            f'<line x1="{xi:.1f}" x2="{xi:.1f}" y1="{middle:.1f}" y2="{y:.1f}" stroke="{_UP if w > 0 else _DOWN}"/>'
        )
    return "".join(lines)


def train(title: str, times: FloatArray, weights: FloatArray, domain: tuple[float, float]) -> str:
    """A train as stems: up and blue for positive weights, down and red for negative ones."""
    return _frame(title, _stems(times, weights, domain, 0.0, _HEIGHT))


def trains(title: str, rows: list[tuple[FloatArray, FloatArray]], domain: tuple[float, float]) -> str:
    """Several trains, one row each (the first 24)."""
    rows = rows[:24]
    body = "".join(_stems(t, w, domain, 18.0 * i, 18.0) for i, (t, w) in enumerate(rows))
    return _frame(title, body, 18 * max(len(rows), 1))


def curve(title: str, t: FloatArray, y: FloatArray, times: FloatArray, weights: FloatArray) -> str:
    """A density as a curve, with its pulses as stems below."""
    low, high = (float(y.min()), float(y.max())) if y.size else (0.0, 0.0)
    span = high - low or 1.0
    x = 4 + (_WIDTH - 8) * (t - t[0]) / ((t[-1] - t[0]) or 1.0)
    points = " ".join(f"{a:.1f},{4 + (_HEIGHT - 8) * (high - b) / span:.1f}" for a, b in zip(x, y, strict=True))
    body = f'<polyline points="{points}" fill="none" stroke="{_UP}"/>'
    if times.size:
        body += _stems(times, weights, (float(t[0]), float(t[-1])), _HEIGHT, 36.0)
    return _frame(title, body, _HEIGHT + (36 if times.size else 0))
