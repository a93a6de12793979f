"""The least total variation of a slope through gates, as a linear programme. Imports nothing of ours."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog


def least_variation(t, low, high):
    """min sum |s_(i+1) - s_i| over polygons with low <= F(t_i) <= high; s are the slopes between neighbours."""
    t, low, high = (np.array([float(x) for x in v]) for v in (t, low, high))
    n = t.size
    gaps = np.diff(t)
    if n < 3:
        return 0.0
    # unknowns: F (n), then d (n - 2) >= |difference of slopes|
    cost = np.concatenate([np.zeros(n), np.ones(n - 2)])
    rows = []
    for i in range(n - 2):
        bend = np.zeros(n)
        bend[i] += 1 / gaps[i]
        bend[i + 1] -= 1 / gaps[i] + 1 / gaps[i + 1]
        bend[i + 2] += 1 / gaps[i + 1]
        for sign in (1, -1):
            d = np.zeros(n - 2)
            d[i] = -1
            rows.append(np.concatenate([sign * bend, d]))
    bounds = [*zip(low, high, strict=True), *[(0, None)] * (n - 2)]
    found = linprog(cost, A_ub=np.array(rows), b_ub=np.zeros(len(rows)), bounds=bounds, method="highs")
    assert found.status == 0, found.message
    return float(found.fun)
