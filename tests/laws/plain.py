"""Kernels as plain Python, so that one part of them can be replaced by a wrong one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import ModuleType

import pytest

from spikemath._numeric.jit import Kernel


def as_plain(monkeypatch: pytest.MonkeyPatch, modules: Iterable[ModuleType], but: Collection[str | None]) -> None:
    """Every kernel that these modules know, but for those of some names."""
    for module in modules:
        for part, kernel in list(vars(module).items()):
            if part not in but and isinstance(kernel, Kernel):
                monkeypatch.setattr(module, part, kernel.python)
