"""Make a data set of customers who stay or leave, and split it into training, validation and test data.

Runs in a processing job: what it writes below OUTPUT is uploaded. Rows are CSV without a header, the label first.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
from pathlib import Path
from typing import NamedTuple

OUTPUT = Path("/opt/ml/processing")
PARTS = {"train": 0.7, "validation": 0.15, "test": 0.15}


class Customer(NamedTuple):
    """A row of the data set: whether they left, months as customer, calls to the hotline, share of the allowance."""

    left: int
    months: float
    calls: float
    used: float


def customers(number: int, seed: int) -> list[Customer]:
    """So many customers, the same ones for the same seed.

    Who has been a customer for long and uses the allowance tends to stay; who calls the hotline tends to leave.
    """
    chance = random.Random(seed)
    rows: list[Customer] = []
    for _ in range(number):
        months = chance.uniform(1, 72)
        calls = float(chance.choices(range(6), weights=(40, 25, 15, 10, 6, 4))[0])
        used = chance.betavariate(4, 2)
        inclination = 0.8 * calls - 0.05 * months - 2.0 * used + 1.2
        left = chance.random() < 1 / (1 + math.exp(-inclination))
        rows.append(Customer(int(left), round(months, 2), calls, round(used, 4)))
    return rows


def split(rows: list[Customer]) -> dict[str, list[Customer]]:
    """The rows in parts, in their order."""
    parts: dict[str, list[Customer]] = {}
    begin = 0
    for number, (name, share) in enumerate(PARTS.items(), start=1):
        end = len(rows) if number == len(PARTS) else begin + round(share * len(rows))
        parts[name] = rows[begin:end]
        begin = end
    return parts


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--customers", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--output", type=Path, default=OUTPUT)
    given = arguments.parse_args()
    for name, rows in split(customers(given.customers, given.seed)).items():
        folder = given.output / name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "data.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        print(f"{name}: {len(rows)} customers, {sum(one.left for one in rows)} of them left")


if __name__ == "__main__":
    main()
