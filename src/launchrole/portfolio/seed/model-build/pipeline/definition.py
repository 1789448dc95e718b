"""The SageMaker pipeline as its definition: prepare, train, evaluate, and register what is good enough.

The definition is written out, without the SageMaker SDK, so that what is sent to AWS can be read here.
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Where a pipeline runs: `code` is the prefix in S3 of the steps, `image` the scikit-learn container."""

    bucket: str
    code: str
    role: str
    image: str
    model_package_group: str


def parameter(name: str) -> Json:
    return {"Get": f"Parameters.{name}"}


def result(step: str, path: str) -> Json:
    return {"Get": f"Steps.{step}.{path}"}


def definition(settings: Settings) -> Json:
    """The pipeline's definition, ready for JSON."""
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "InstanceType", "Type": "String", "DefaultValue": "ml.m5.large"},
            {"Name": "Customers", "Type": "String", "DefaultValue": "2000"},
            {"Name": "LeastAuc", "Type": "Float", "DefaultValue": 0.7},
            {"Name": "ModelApprovalStatus", "Type": "String", "DefaultValue": "PendingManualApproval"},
        ],
        "Steps": [_prepare(settings), _train(settings), _evaluate(settings), _check(settings)],
    }


def _processing(settings: Settings, name: str, script: str, inputs: list[Json], outputs: list[Json]) -> Json:
    """A processing job that runs one of the steps' scripts."""
    code = _from_s3("code", f"s3://{settings.bucket}/{settings.code}", "/opt/ml/processing/code")
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": settings.role,
            "AppSpecification": {
                "ImageUri": settings.image,
                "ContainerEntrypoint": ["python3", f"/opt/ml/processing/code/{script}"],
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": parameter("InstanceType"),
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                }
            },
            "ProcessingInputs": [code, *inputs],
            "ProcessingOutputConfig": {"Outputs": outputs},
        },
    }


def _from_s3(name: str, uri: str | Json, path: str) -> Json:
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
    }


def _to_s3(settings: Settings, name: str) -> Json:
    return {
        "OutputName": name,
        "S3Output": {
            "S3Uri": f"s3://{settings.bucket}/{settings.code}/{name}",
            "LocalPath": f"/opt/ml/processing/{name}",
            "S3UploadMode": "EndOfJob",
        },
    }


def _prepare(settings: Settings) -> Json:
    outputs = [_to_s3(settings, name) for name in ("train", "validation", "test")]
    step = _processing(settings, "Prepare", "prepare.py", [], outputs)
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = ["--customers", parameter("Customers")]
    return step


def _prepared(name: str) -> Json:
    return result("Prepare", f"ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")


def _train(settings: Settings) -> Json:
    def channel(name: str) -> Json:
        source = {"S3DataType": "S3Prefix", "S3Uri": _prepared(name), "S3DataDistributionType": "FullyReplicated"}
        return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}

    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "RoleArn": settings.role,
            "AlgorithmSpecification": {"TrainingImage": settings.image, "TrainingInputMode": "File"},
            "HyperParameters": {
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": f'"s3://{settings.bucket}/{settings.code}/steps.tar.gz"',
            },
            "InputDataConfig": [channel("train"), channel("validation")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{settings.bucket}/models"},
            "ResourceConfig": {"InstanceType": parameter("InstanceType"), "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
    }


def _evaluate(settings: Settings) -> Json:
    model = result("Train", "ModelArtifacts.S3ModelArtifacts")
    inputs = [
        _from_s3("model", model, "/opt/ml/processing/model"),
        _from_s3("test", _prepared("test"), "/opt/ml/processing/test"),
    ]
    step = _processing(settings, "Evaluate", "evaluate.py", inputs, [_to_s3(settings, "evaluation")])
    step["PropertyFiles"] = [
        {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}
    ]
    return step


def _check(settings: Settings) -> Json:
    """Register the model where the area under the curve is large enough, and do nothing otherwise."""
    measured = {
        "Std:JsonGet": {
            "PropertyFile": result("Evaluate", "PropertyFiles.Evaluation"),
            "Path": "binary_classification_metrics.auc.value",
        }
    }
    return {
        "Name": "GoodEnough",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [
                {"Type": "GreaterThanOrEqualTo", "LeftValue": measured, "RightValue": parameter("LeastAuc")}
            ],
            "IfSteps": [_register(settings)],
            "ElseSteps": [],
        },
    }


def _register(settings: Settings) -> Json:
    container = {
        "Image": settings.image,
        "ModelDataUrl": result("Train", "ModelArtifacts.S3ModelArtifacts"),
        "Environment": {
            "SAGEMAKER_PROGRAM": "train.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{settings.bucket}/{settings.code}/steps.tar.gz",
        },
    }
    evaluation = f"s3://{settings.bucket}/{settings.code}/evaluation/evaluation.json"
    return {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": settings.model_package_group,
            "ModelApprovalStatus": parameter("ModelApprovalStatus"),
            "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": evaluation}}},
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
                "SupportedRealtimeInferenceInstanceTypes": ["ml.t2.medium", "ml.m5.large"],
                "SupportedTransformInstanceTypes": ["ml.m5.large"],
            },
        },
    }
