"""Timing side by side: every contestant in every round, so that a slow minute of the machine hits all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Contestant:
    """`decide` is called on each of `requests`, which are what it takes."""

    decide: Callable[[Any], Any]
    requests: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per decision, one figure a round."""

    rounds: tuple[float, ...]

    @property
    def microseconds(self) -> float:
        return statistics.median(self.rounds) * 1e6

    def ratio_to(self, other: Timing) -> float:
        """The median of the rounds' own ratios: what drifts between rounds cancels out."""
        return statistics.median(own / theirs for own, theirs in zip(self.rounds, other.rounds, strict=True))


def race(contestants: Mapping[str, Contestant], rounds: int, slice_seconds: float = 0.03) -> dict[str, Timing]:
    """Time the contestants in interleaved slices, starting with another one each round."""
    passes = {name: _passes(contestant, slice_seconds) for name, contestant in contestants.items()}
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            contestant = contestants[name]
            elapsed = _slice(contestant, passes[name])
            taken[name].append(elapsed / (passes[name] * len(contestant.requests)))
    return {name: Timing(tuple(figures)) for name, figures in taken.items()}


def _passes(contestant: Contestant, slice_seconds: float) -> int:
    """How often to go through the requests to fill a slice; warms the contestant up on the way."""
    _slice(contestant, 1)
    passes = 1
    while (elapsed := _slice(contestant, passes)) < slice_seconds / 2:
        passes *= 2
    return max(1, round(passes * slice_seconds / elapsed))


def _slice(contestant: Contestant, passes: int) -> float:
    decide, requests = contestant.decide, contestant.requests
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    for _ in range(passes):
        for request in requests:
            decide(request)
    elapsed = time.perf_counter() - started
    gc.enable()
    return elapsed
