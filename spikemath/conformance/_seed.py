"""Which inputs are tried: those of a seed, or fresh ones."""

from __future__ import annotations

from random import SystemRandom


def chosen(seed: int | None) -> int:
    """The seed given, or a fresh one."""
    return SystemRandom().randrange(2**32) if seed is None else int(seed)
