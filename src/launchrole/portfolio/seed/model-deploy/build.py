"""Complete the configuration of a stage: the newest approved model, the roles and places that the build knows.

python build.py staging-config.json staging-config-export.json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


class NoModel(Exception):
    """No model of the group is approved; approve one in SageMaker Studio, or run the model building pipeline first."""


def newest_approved(sagemaker: Any, group: str) -> str:
    """The ARN of the newest approved model package of a group. Raises `NoModel`."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for one in page["ModelPackageSummaryList"]:
            return str(one["ModelPackageArn"])
    raise NoModel(f"no model package of the group {group} is approved: approve one, or run the model building pipeline")


def completed(config: dict[str, Any], parameters: dict[str, str], tags: dict[str, str]) -> dict[str, Any]:
    """A configuration with what the build adds to it. Raises ValueError for a parameter that is no text: CodePipeline
    takes no others."""
    for name, value in config["Parameters"].items():
        if not isinstance(value, str):
            raise ValueError(f"the value of {name} must be a text: write {json.dumps(str(value))}, not {value!r}")
    return {"Parameters": {**config["Parameters"], **parameters}, "Tags": {**config.get("Tags", {}), **tags}}


def main() -> None:
    import boto3

    source, target = (Path(one) for one in sys.argv[1:3])
    project = os.environ["SAGEMAKER_PROJECT_NAME"]
    parameters = {
        "SageMakerProjectName": project,
        "ModelPackageName": newest_approved(boto3.client("sagemaker"), os.environ["MODEL_PACKAGE_GROUP_NAME"]),
        "ModelExecutionRoleArn": os.environ["MODEL_EXECUTION_ROLE_ARN"],
        "DataCaptureUri": f"s3://{os.environ['ARTIFACT_BUCKET']}/captured",
    }
    tags = {"sagemaker:project-name": project, "sagemaker:project-id": os.environ["SAGEMAKER_PROJECT_ID"]}
    made = completed(json.loads(source.read_text()), parameters, tags)
    target.write_text(json.dumps(made, indent=2))
    print(f"{target}: {parameters['ModelPackageName']}")


if __name__ == "__main__":
    try:
        main()
    except (NoModel, ValueError) as problem:
        raise SystemExit(f"build.py: {problem}") from None
