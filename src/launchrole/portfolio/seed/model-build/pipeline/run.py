"""Upload the steps, create or update the SageMaker pipeline, run it and wait for its end."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from pathlib import Path
from typing import Any

from pipeline.definition import Settings, definition

STEPS = Path(__file__).resolve().parents[1] / "steps"

REGISTRIES = {
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
    "eu-west-1": "141502667606",
    "eu-central-1": "492215442770",
    "ap-northeast-1": "354813040037",
    "ap-southeast-2": "783357654285",
}
"""The accounts of SageMaker's scikit-learn containers.
https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html"""


def image(region: str) -> str:
    """SageMaker's scikit-learn container in a region. Raises KeyError for one whose account is not written above."""
    return f"{REGISTRIES[region]}.dkr.ecr.{region}.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def packed(folder: Path) -> bytes:
    """The steps as the archive that training containers unpack; the same files are the same bytes."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for path in sorted(folder.glob("*.py")):
            data = path.read_bytes()
            entry = tarfile.TarInfo(path.name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return written.getvalue()


def upload(s3: Any, bucket: str, project: str) -> str:
    """Upload the steps under a prefix made of what they hold; the prefix."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STEPS.glob("*.py")))).hexdigest()[:12]
    prefix = f"{project}/{digest}"
    for path in sorted(STEPS.glob("*.py")):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/{path.name}", Body=path.read_bytes())
    s3.put_object(Bucket=bucket, Key=f"{prefix}/steps.tar.gz", Body=packed(STEPS))
    return prefix


def bring_up_to_date(sagemaker: Any, name: str, role: str, text: str, tags: list[dict[str, str]]) -> None:
    """Create the pipeline, or update it where there is one by the name."""
    known = {one["PipelineName"] for one in sagemaker.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]}
    if name in known:
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role)
    else:
        sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=text, RoleArn=role, ClientRequestToken=f"{name}-creation", Tags=tags
        )


def wait(sagemaker: Any, execution: str, seconds: float = 30) -> str:
    """Wait until an execution is over; its status."""
    while True:
        status = str(sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"])
        if status not in ("Executing", "Stopping"):
            return status
        time.sleep(seconds)


def main() -> None:
    import boto3

    session = boto3.session.Session()
    project, project_id = os.environ["SAGEMAKER_PROJECT_NAME"], os.environ["SAGEMAKER_PROJECT_ID"]
    bucket, name = os.environ["ARTIFACT_BUCKET"], os.environ["SAGEMAKER_PIPELINE_NAME"]
    role = os.environ["SAGEMAKER_PIPELINE_ROLE_ARN"]
    code = upload(session.client("s3"), bucket, project)
    settings = Settings(bucket, code, role, image(session.region_name), f"{project}-{project_id}")
    tags = [
        {"Key": "sagemaker:project-name", "Value": project},
        {"Key": "sagemaker:project-id", "Value": project_id},
    ]
    sagemaker = session.client("sagemaker")
    bring_up_to_date(sagemaker, name, role, json.dumps(definition(settings)), tags)
    execution = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    print(f"started {execution}")
    status = wait(sagemaker, execution)
    if status != "Succeeded":
        raise SystemExit(f"{execution} ended as {status}")


if __name__ == "__main__":
    main()
