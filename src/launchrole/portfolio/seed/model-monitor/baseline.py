"""The baseline of the data: statistics and constraints, in the form that SageMaker Model Monitor reads.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-statistics.html and ...-byoc-constraints.html
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

Columns = dict[str, list[float]]


def read(path: Path) -> Columns:
    """The columns of a CSV file with a header."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def statistics(columns: Columns) -> dict[str, Any]:
    """What the columns are like: mean, deviation, smallest and largest value."""
    return {
        "version": 0.0,
        "dataset": {"item_count": len(next(iter(columns.values())))},
        "features": [_statistics(name, values) for name, values in columns.items()],
    }


def _statistics(name: str, values: list[float]) -> dict[str, Any]:
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((one - mean) ** 2 for one in values) / len(values))
    return {
        "name": name,
        "inferred_type": "Fractional",
        "numerical_statistics": {
            "common": {"num_present": len(values), "num_missing": 0},
            "mean": mean,
            "sum": math.fsum(values),
            "std_dev": deviation,
            "min": min(values),
            "max": max(values),
        },
    }


def constraints(columns: Columns) -> dict[str, Any]:
    """What later data must keep to: complete, not negative where the baseline is not, not far from its distribution."""
    return {
        "version": 0.0,
        "features": [
            {
                "name": name,
                "inferred_type": "Fractional",
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": min(values) >= 0},
            }
            for name, values in columns.items()
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
            },
        },
    }
