"""How well people agree: Fleiss' kappa of an output manifest of Ground Truth.

python agreement.py label < output.manifest
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence


def kappa(votes: Sequence[dict[str, int]]) -> float:
    """Fleiss' kappa of how many people gave each object which label: 1 where all agree, 0 where they may have guessed.

    Raises ValueError where there is nothing to compare: no objects, one person, or people who differ in number.
    """
    people = {sum(one.values()) for one in votes}
    if len(people) != 1 or min(people) < 2:
        raise ValueError("every object needs the same number of people, two at least")
    (number,) = people
    labels = {label for one in votes for label in one}
    shares = [sum(one.get(label, 0) for one in votes) / (number * len(votes)) for label in labels]
    by_chance = sum(share**2 for share in shares)
    agreed = [sum(count * (count - 1) for count in one.values()) / (number * (number - 1)) for one in votes]
    observed = sum(agreed) / len(agreed)
    return 1.0 if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def votes_of(manifest: Iterable[str], attribute: str) -> list[dict[str, int]]:
    """The votes that the lines of an output manifest tell."""
    return [json.loads(line)[f"{attribute}-metadata"]["votes"] for line in manifest if line.strip()]


if __name__ == "__main__":
    print(f"{kappa(votes_of(sys.stdin, sys.argv[1])):.4f}")
