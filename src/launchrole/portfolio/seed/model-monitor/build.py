"""Upload the baseline and complete the configuration of a stage.

python build.py staging-config.json staging-config-export.json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import baseline

ROOT = Path(__file__).resolve().parent

ANALYZERS = {
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
    "eu-west-1": "468650794304",
    "eu-central-1": "048819808253",
    "ap-northeast-1": "574779866223",
    "ap-southeast-2": "563025443158",
}
"""The accounts of Model Monitor's own container.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-built-container.html"""


def analyzer(region: str) -> str:
    """Model Monitor's container in a region. Raises KeyError for a region whose account is not written above."""
    return f"{ANALYZERS[region]}.dkr.ecr.{region}.amazonaws.com/sagemaker-model-monitor-analyzer"


def upload(s3: Any, bucket: str, project: str) -> dict[str, str]:
    """Upload statistics and constraints; the parameters that say where they lie."""
    columns = baseline.read(ROOT / "baseline.csv")
    made = {"Statistics": baseline.statistics(columns), "Constraints": baseline.constraints(columns)}
    places = {}
    for name, content in made.items():
        key = f"{project}/baseline/{name.lower()}.json"
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(content).encode())
        places[f"{name}Uri"] = f"s3://{bucket}/{key}"
    return places


def main() -> None:
    import boto3

    source, target = (Path(one) for one in sys.argv[1:3])
    session = boto3.session.Session()
    project, bucket = os.environ["SAGEMAKER_PROJECT_NAME"], os.environ["ARTIFACT_BUCKET"]
    config = json.loads(source.read_text())
    config["Parameters"] |= {
        "SageMakerProjectName": project,
        "MonitorRoleArn": os.environ["MONITOR_ROLE_ARN"],
        "MonitorImage": analyzer(session.region_name),
        "ReportsUri": f"s3://{bucket}/{project}/monitoring",
        **upload(session.client("s3"), bucket, project),
    }
    config["Tags"] = {"sagemaker:project-name": project, "sagemaker:project-id": os.environ["SAGEMAKER_PROJECT_ID"]}
    target.write_text(json.dumps(config, indent=2))


if __name__ == "__main__":
    main()
