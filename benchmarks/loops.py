"""Plain numba loops: what somebody writes in an afternoon. Honest, simple, in plain floats, no tricks.

They know no ties, no error bounds and no interruption. Output arrays are as long as the input, and cut at the end:
arrays that grow inside the loop make it several times slower.
"""

from __future__ import annotations

import math

import numba
import numpy as np

MODULO, SUBTRACT, ZERO = 0, 1, 2
RESETS = {"modulo": MODULO, "subtract": SUBTRACT, "zero": ZERO}
jit = numba.njit(nogil=True, error_model="numpy")


@jit
def norm_if(weights):
    """K1, alpha = 0: largest |sum| and where."""
    s, best, at = 0.0, 0.0, 0
    for i in range(weights.size):
        s += weights[i]
        if abs(s) > best:
            best, at = abs(s), i
    return best, at


@jit
def norm_lif(times, weights, alpha):
    """K1, alpha > 0."""
    u, best, at, last = 0.0, 0.0, 0, 0.0
    for i in range(weights.size):
        u = u * math.exp(-alpha * (times[i] - last)) + weights[i]
        last = times[i]
        if abs(u) > best:
            best, at = abs(u), i
    return best, at


@jit
def train_if(weights, theta, reset):
    """K2, alpha = 0."""
    at, count = np.empty(weights.size, np.int64), np.empty(weights.size, np.int64)
    u, m = 0.0, 0
    for i in range(weights.size):
        u += weights[i]
        if abs(u) >= theta:
            k = np.trunc(u / theta) if reset == MODULO else math.copysign(1.0, u)
            u = 0.0 if reset == ZERO else u - k * theta
            at[m], count[m] = i, int(k)
            m += 1
    return at[:m].copy(), count[:m].copy()


@jit
def train_lif(times, weights, alpha, theta, reset):
    """K2, alpha > 0."""
    at, count = np.empty(weights.size, np.int64), np.empty(weights.size, np.int64)
    u, m, last = 0.0, 0, 0.0
    for i in range(weights.size):
        u = u * math.exp(-alpha * (times[i] - last)) + weights[i]
        last = times[i]
        if abs(u) >= theta:
            k = np.trunc(u / theta) if reset == MODULO else math.copysign(1.0, u)
            u = 0.0 if reset == ZERO else u - k * theta
            at[m], count[m] = i, int(k)
            m += 1
    return at[:m].copy(), count[:m].copy()


@jit
def samples_lif(x, a, theta):
    """K3: LIF on samples held for one tick each, a = leak per tick, every crossing inside a sample."""
    out, sign = np.empty(x.size), np.empty(x.size, np.int8)
    beta, gain = math.exp(-a), (1.0 - math.exp(-a)) / a if a > 0.0 else 1.0
    u, m = 0.0, 0
    for i in range(x.size):
        v = u * beta + x[i] * gain
        if abs(v) >= theta:
            s, q = 0.0, x[i] / a if a > 0.0 else 0.0
            while abs(v) >= theta:
                level = math.copysign(theta, v)
                s += -math.log((level - q) / (u - q)) / a if a > 0.0 else (level - u) / x[i]
                if m == out.size:  # more than one a sample
                    return out, sign
                out[m], sign[m] = i + s, 1 if v > 0.0 else -1
                m += 1
                u = 0.0
                v = q * (1.0 - math.exp(-a * (1.0 - s))) if a > 0.0 else x[i] * (1.0 - s)
        u = v
    return out[:m].copy(), sign[:m].copy()


@jit
def lines_lif(x, a, theta):
    """K3: LIF on samples joined by straight lines. Peaks between samples are not looked for."""
    out, sign = np.empty(x.size), np.empty(x.size, np.int8)
    beta = math.exp(-a)
    gain = (1.0 - beta) / a if a > 0.0 else 1.0
    late = (1.0 - gain) / a if a > 0.0 else 0.5
    u, m = 0.0, 0
    for i in range(x.size - 1):
        slope = x[i + 1] - x[i]
        v = u * beta + x[i] * (gain - late) + x[i + 1] * late
        begin, drive = 0.0, x[i]
        while abs(v) >= theta:
            level = math.copysign(theta, v)
            s = 0.5 * (1.0 - begin)
            for _ in range(6):
                e = math.exp(-a * s)
                g = (1.0 - e) / a if a > 0.0 else s
                w = u * e + drive * g + slope * ((s - g) / a if a > 0.0 else 0.5 * s * s)
                s -= (w - level) / (drive + slope * s - a * w)
            begin += s
            if m == out.size:  # more than one a sample
                return out, sign
            out[m], sign[m] = i + begin, 1 if v > 0.0 else -1
            m += 1
            u, drive = 0.0, x[i] + slope * begin
            v -= level * math.exp(-a * (1.0 - begin))
        u = v
    return out[:m].copy(), sign[:m].copy()


@jit
def channels_lif(x, a, theta):
    """K3, channels in rows."""
    total = 0
    for c in range(x.shape[0]):
        total += samples_lif(x[c], a, theta)[0].size
    return total


@jit
def channels_lif_time_major(x, a, theta):
    """K3, channels in columns: potentials of all channels side by side; (channel, time) of every spike."""
    out, channel, m = np.empty(x.size), np.empty(x.size, np.int64), 0
    beta, gain = math.exp(-a), (1.0 - math.exp(-a)) / a if a > 0.0 else 1.0
    u = np.zeros(x.shape[1])
    for i in range(x.shape[0]):
        for c in range(x.shape[1]):
            v = u[c] * beta + x[i, c] * gain
            if abs(v) >= theta:
                s, q = 0.0, x[i, c] / a if a > 0.0 else 0.0
                while abs(v) >= theta:
                    level = math.copysign(theta, v)
                    s += -math.log((level - q) / (u[c] - q)) / a if a > 0.0 else (level - u[c]) / x[i, c]
                    if m == out.size:
                        return out, channel
                    out[m], channel[m] = i + s, c
                    m += 1
                    u[c] = 0.0
                    v = q * (1.0 - math.exp(-a * (1.0 - s))) if a > 0.0 else x[i, c] * (1.0 - s)
            u[c] = v
    return out[:m].copy(), channel[:m].copy()


@jit
def send_on_delta(x, theta, reset):
    """K4: a spike where the signal has moved by theta since the reference."""
    at, count = np.empty(x.size, np.int64), np.empty(x.size, np.int64)
    reference, m = 0.0, 0
    for i in range(x.size):
        d = x[i] - reference
        if abs(d) >= theta:
            k = np.trunc(d / theta) if reset == MODULO else math.copysign(1.0, d)
            reference = x[i] if reset == ZERO else reference + k * theta
            at[m], count[m] = i, int(k)
            m += 1
    return at[:m].copy(), count[:m].copy()


@jit
def norm_of_difference(x, spikes, weights, a):
    """K5: largest |U| of samples (one tick each, leak a per tick) minus a train; one-sided limits included."""
    beta, gain = math.exp(-a), (1.0 - math.exp(-a)) / a if a > 0.0 else 1.0
    u, best, at, j = 0.0, 0.0, 0.0, 0
    for i in range(x.size):
        if j < spikes.size and spikes[j] < i + 1:
            now = float(i)
            while j < spikes.size and spikes[j] < i + 1:
                h = spikes[j] - now
                u = u * math.exp(-a * h) + (x[i] * (1.0 - math.exp(-a * h)) / a if a > 0.0 else x[i] * h)
                if abs(u) > best:
                    best, at = abs(u), spikes[j]
                u -= weights[j]
                if abs(u) > best:
                    best, at = abs(u), spikes[j]
                now = spikes[j]
                j += 1
            h = i + 1 - now
            u = u * math.exp(-a * h) + (x[i] * (1.0 - math.exp(-a * h)) / a if a > 0.0 else x[i] * h)
        else:
            u = u * beta + x[i] * gain
        if abs(u) > best:
            best, at = abs(u), i + 1.0
    return best, at
