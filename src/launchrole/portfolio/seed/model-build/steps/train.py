"""Train a logistic regression. Runs in a training job of SageMaker's scikit-learn container, and serves there, too."""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path
from typing import Any

MODEL = "model.joblib"


def read(folder: Path) -> tuple[list[list[float]], list[int]]:
    """The features and the labels of a folder's CSV files."""
    features: list[list[float]] = []
    labels: list[int] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as file:
            for label, *values in csv.reader(file):
                labels.append(int(label))
                features.append([float(value) for value in values])
    return features, labels


def train(features: list[list[float]], labels: list[int], strength: float) -> Any:
    """A fitted model. `strength` is the inverse of how strongly large weights are held down."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength)).fit(features, labels)


def model_fn(folder: str) -> Any:
    """What the container calls to load the model."""
    import joblib

    return joblib.load(Path(folder) / MODEL)


def predict_fn(data: Any, model: Any) -> Any:
    """What the container calls with a request: the probability of leaving, for each row."""
    return model.predict_proba(data)[:, 1]


def main() -> None:
    import joblib

    arguments = argparse.ArgumentParser()
    arguments.add_argument("--strength", type=float, default=1.0)
    arguments.add_argument("--train", type=Path, default=os.environ.get("SM_CHANNEL_TRAIN", "data/train"))
    arguments.add_argument(
        "--validation", type=Path, default=os.environ.get("SM_CHANNEL_VALIDATION", "data/validation")
    )
    arguments.add_argument("--model", type=Path, default=os.environ.get("SM_MODEL_DIR", "model"))
    given, _ = arguments.parse_known_args()
    model = train(*read(given.train), given.strength)
    print(f"validation:accuracy={model.score(*read(given.validation)):.4f}")
    given.model.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, given.model / MODEL)


if __name__ == "__main__":
    main()
