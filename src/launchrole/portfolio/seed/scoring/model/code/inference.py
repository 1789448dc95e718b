"""Serves a logistic regression whose weights lie beside it as JSON; the container calls these functions.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#sagemaker-scikit-learn-model-server
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any


def model_fn(folder: str) -> dict[str, Any]:
    """The model: an intercept, and a weight for each feature."""
    return dict(json.loads((Path(folder) / "model.json").read_text()))


def input_fn(body: str, content_type: str) -> list[dict[str, float]]:
    """The customers of a request. Raises ValueError for a kind of content that is not JSON."""
    if content_type != "application/json":
        raise ValueError(f"customers come as application/json, not as {content_type}")
    return list(json.loads(body)["customers"])


def predict_fn(customers: list[dict[str, float]], model: dict[str, Any]) -> list[float]:
    """How likely each of the customers is to leave."""
    return [_probability(one, model) for one in customers]


def _probability(customer: dict[str, float], model: dict[str, Any]) -> float:
    inclination = model["intercept"] + sum(model["weights"][name] * customer[name] for name in model["features"])
    return 1 / (1 + math.exp(-inclination))


def output_fn(scores: list[float], _accept: str) -> str:
    return json.dumps({"scores": [round(one, 4) for one in scores]})
