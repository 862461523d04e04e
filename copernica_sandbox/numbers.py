"""Deterministic numbers: the same seed and index always give the same value.

So no row has to be stored.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1


def mix(*parts: int) -> int:
    """Return a well spread 64-bit number for these integers.

    It is the finaliser of splitmix64, folded over the parts.
    """
    value = 0
    for part in parts:
        value = (value ^ part) * 0x9E3779B97F4A7C15 & _MASK
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        value ^= value >> 27
    return value


def share(fraction: float, *parts: int) -> bool:
    """Tell whether this index belongs to the given fraction (0..1) of all indexes."""
    return mix(*parts) % 1_000_000 < fraction * 1_000_000
