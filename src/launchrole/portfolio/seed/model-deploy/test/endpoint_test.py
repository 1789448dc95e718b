"""Ask the endpoint of a stage for scores and see whether they make sense.

python test/endpoint_test.py staging-config-export.json test-results.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LOYAL = "60.0,0.0,0.95"
UNHAPPY = "2.0,5.0,0.05"
"""Two customers as the model reads them: months, calls to the hotline, share of the allowance used."""


def scores(runtime: Any, endpoint: str, rows: list[str]) -> list[float]:
    """The endpoint's scores for some rows."""
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="text/csv", Body="\n".join(rows)
    )
    return [float(one) for one in answer["Body"].read().decode().split()]


def faults(found: list[float]) -> list[str]:
    """What is wrong with the scores of the two customers."""
    if len(found) != 2:
        return [f"two customers were asked for, {len(found)} scores came back"]
    wrong = [f"{one} is no probability" for one in found if not 0 <= one <= 1]
    loyal, unhappy = found
    if loyal >= unhappy:
        wrong.append(f"the loyal customer ({loyal}) is said to leave sooner than the unhappy one ({unhappy})")
    return wrong


def main() -> None:
    import boto3

    config, results = (Path(one) for one in sys.argv[1:3])
    parameters = json.loads(config.read_text())["Parameters"]
    endpoint = f"{parameters['SageMakerProjectName']}-{parameters['StageName']}"
    found = scores(boto3.client("sagemaker-runtime"), endpoint, [LOYAL, UNHAPPY])
    wrong = faults(found)
    results.write_text(json.dumps({"endpoint": endpoint, "scores": found, "faults": wrong}, indent=2))
    if wrong:
        raise SystemExit(f"{endpoint}: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
