"""What was measured, as a Markdown table, a figure and JSON."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

ORDER = ("exact", "fast", "float32", "loop")
COLOURS = {"exact": "#1b6ca8", "fast": "#8ab6d6", "float32": "#5fa777", "loop": "#b0b0b0"}


def machine() -> dict[str, Any]:
    """Processor, cores, load and versions."""
    model = platform.processor() or platform.machine()
    flags = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
            if line.startswith("flags") and "avx512f" in line:
                flags = " (AVX-512)"
    except OSError:
        pass
    packages = {name: version(name) for name in ("numpy", "numba", "llvmlite", "spikemath")}
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "processor": model + flags,
        "cores": os.cpu_count(),
        "load": load,
        "python": platform.python_version(),
        "system": platform.system(),
        **packages,
    }


def atomically(path: Path, text: str | bytes) -> None:
    """Write a file under another name and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    os.chmod(name, 0o644)
    os.replace(name, path)


def _ratio(row: dict[str, Any], name: str) -> str:
    got = row["runs"].get(name)
    if got is None:
        return ""
    text = f"{got['ratio']:.1f}" if got["ratio"] < 100 else f"{got['ratio']:.0f}"
    goal = row["goals"].get(name)
    return text if goal is None else f"**{text}**" if got["ratio"] <= goal else text


def _si(x: float) -> str:
    return f"{x:.1e}".replace("e+0", "e").replace("e+", "e")


def markdown(result: dict[str, Any]) -> str:
    """The tables."""
    m = result["machine"]
    out = [
        f"`{result['command']}`, {result['date']}: "
        f"{m['processor']}, {m['cores']} shared cores (load {m['load']} at the start), "
        f"Python {m['python']}, NumPy {m['numpy']}, numba {m['numba']}. n = {_si(result['n'])}; one thread, "
        "processor time, medians. All ratios are to R, one read of the same arrays in the same round. "
        "**Bold**: the goal is met.",
        "",
        "| kernel | n | events | exact | fast | plain loop | goal | R, ns per item | rounds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        goals = ", ".join(f"{g:g} ({name})" for name, g in row["goals"].items())
        fast = _ratio(row, "fast")
        if "float32" in row["runs"]:
            fast += f"; float32 {_ratio(row, 'float32')}"
        out.append(
            f"| {row['name']} | {_si(row['items'])} | {row['events']} | {_ratio(row, 'exact')} | {fast} "
            f"| {_ratio(row, 'loop')} | {goals} | {row['runs']['R']['seconds'] / row['items'] * 1e9:.2f} "
            f"| {row['runs']['R']['rounds']} |"
        )
    notes = sorted({f"{row['name']}: {row['note']}." for row in result["rows"] if row["note"]})
    out += ["", *(f"- {note}" for note in notes)] if notes else []
    if result.get("start"):
        s = result["start"]
        out += ["", "| start | s of processor time | goal |", "|---|---|---|"]
        out += [f"| {k} | {v:.3f} | {result['start_goals'].get(k, '')} |" for k, v in s.items()]
    if result.get("threads"):
        out += ["", *threads_table(result["threads"])]
    if result.get("peers"):
        out += ["", *peers_table(result["peers"])]
    return "\n".join(out) + "\n"


def threads_table(rows: list[dict[str, Any]]) -> list[str]:
    """Two threads beside one, by the clock on the wall."""
    cores = {(row["date"], row["load"]) for row in rows}
    told = "; ".join(f"{date}, load {load:.1f} before" for date, load in sorted(cores))
    out = [
        f"Two threads beside one, time on the wall ({told}; the goal is for a machine that does nothing else):",
        "",
        "| work | one thread, R | two, R | gain | gain at most, by processor time | goal |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = f"{row['goal']:g}" if row["goal"] else ""
        gain = f"**{row['gain']:.2f}**" if row["goal"] and row["gain"] >= row["goal"] else f"{row['gain']:.2f}"
        out.append(f"| {row['name']} | {row['one']:.1f} | {row['two']:.1f} | {gain} | {row['most']:.2f} | {goal} |")
    return out


def peers_table(peers: list[dict[str, Any]]) -> list[str]:
    """Other programs, and which of them were not run."""
    ran = [p for p in peers if "failed" not in p]
    out = []
    if ran:
        out += [
            "| work | program | items per s of processor time | ours, exact | ours, fast | what it does differently |",
            "|---|---|---|---|---|---|",
        ]
    for p in ran:
        name = p["peer"] + (f" {p['version']}" if p.get("version") else "")
        ours = " | ".join(_si(p[k]) if p.get(k) else "" for k in ("exact", "fast"))
        rate = f"{_si(p['items'] / p['seconds'])} (n = {_si(p['items'])})"
        out.append(f"| {p['work']} | {name} | {rate} | {ours} | {p['label']} |")
    reasons: dict[str, set[str]] = {}
    for p in peers:
        if "failed" in p:
            reasons.setdefault(p["failed"], set()).add(p["peer"])
    dates = sorted({p["date"] for p in ran if "date" in p})
    if dates:
        out += ["", f"`make bench-kernels ARGS=--peers`, {dates[0]}" + (f" to {dates[-1]}." if dates[1:] else ".")]
    for why, names in sorted(reasons.items()):
        out += ["", f"Left out, {why}: {', '.join(sorted(names))}."]
    return out


def figure(result: dict[str, Any]) -> bytes:
    """Bars of the ratios, with a mark at each goal."""
    import io

    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = result["rows"][::-1]
    fig, ax = plt.subplots(figsize=(9, 0.8 + 0.32 * len(rows)), layout="constrained")
    height = 0.26
    for i, row in enumerate(rows):
        shown = [name for name in ORDER if name in row["runs"]]
        for k, name in enumerate(shown):
            y = i + (len(shown) / 2 - k - 0.5) * height
            ax.barh(y, row["runs"][name]["ratio"], height, color=COLOURS[name])
            if name in row["goals"]:
                ax.plot([row["goals"][name]] * 2, [y - height / 2, y + height / 2], color="#c1272d", lw=2)
    ax.set_yticks(range(len(rows)), [row["name"] for row in rows], fontsize=7)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xscale("log")
    ax.axvline(1.0, color="black", lw=0.8)
    ax.set_xlabel("processor time in units of R, one read of the same arrays")
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in COLOURS.values()]
    handles.append(plt.Line2D([], [], color="#c1272d", lw=2))
    labels = [*COLOURS, "goal"]
    ax.legend(
        handles,
        labels,
        loc="upper center",
        bbox_to_anchor=(0.4, 1.0 + 1.2 / (len(rows) + 3)),
        ncols=5,
        fontsize=8,
        frameon=False,
    )
    ax.grid(axis="x", alpha=0.3)
    buffer = io.BytesIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(fig)
    return buffer.getvalue()


def write(result: dict[str, Any], folder: Path) -> None:
    """performance.json, performance-table.md and performance.svg."""
    atomically(folder / "performance.json", json.dumps(result, indent=1) + "\n")
    atomically(folder / "performance-table.md", markdown(result))
    atomically(folder / "performance.svg", figure(result))
