"""Measure a model on the test data. Runs in a processing job; the condition of the pipeline reads what it writes.

The steps keep to what Python 3.8 has: it is the container's Python that runs them.
"""

from __future__ import annotations

import argparse
import json
import tarfile
from pathlib import Path
from typing import Sequence  # noqa: UP035 - see above

INPUT = Path("/opt/ml/processing")


def area_under_curve(labels: Sequence[int], scores: Sequence[float]) -> float:
    """The area under the ROC curve: how often somebody who left has a higher score than somebody who stayed.

    Equal scores count half. Raises ValueError where all labels are the same.
    """
    ranked = sorted(range(len(scores)), key=scores.__getitem__)
    left = sum(labels)
    stayed = len(labels) - left
    if not left or not stayed:
        raise ValueError("the area under the curve needs customers of both kinds")
    rank_sum = 0.0
    begin = 0
    while begin < len(ranked):
        end = begin
        while end < len(ranked) and scores[ranked[end]] == scores[ranked[begin]]:
            end += 1
        shared_rank = (begin + end + 1) / 2  # equal scores share the mean of their ranks, from 1
        rank_sum += shared_rank * sum(labels[one] for one in ranked[begin:end])
        begin = end
    return (rank_sum - left * (left + 1) / 2) / (left * stayed)


def accuracy(labels: Sequence[int], scores: Sequence[float], threshold: float = 0.5) -> float:
    """The share of customers whose score is on the right side of the threshold."""
    right = [(scores[one] >= threshold) == bool(labels[one]) for one in range(len(labels))]
    return sum(right) / len(right)


def report(labels: Sequence[int], scores: Sequence[float]) -> dict[str, dict[str, dict[str, float]]]:
    """The measures in the form that the model registry shows."""
    return {
        "binary_classification_metrics": {
            "auc": {"value": round(area_under_curve(labels, scores), 4)},
            "accuracy": {"value": round(accuracy(labels, scores), 4)},
        }
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--input", type=Path, default=INPUT)
    given = arguments.parse_args()
    from train import MODEL, model_fn, read

    with tarfile.open(given.input / "model" / "model.tar.gz") as archive:
        archive.extract(MODEL, given.input / "model")
    features, labels = read(given.input / "test")
    scores = model_fn(str(given.input / "model")).predict_proba(features)[:, 1]
    found = report(labels, [float(score) for score in scores])
    print(json.dumps(found))
    folder = given.input / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
