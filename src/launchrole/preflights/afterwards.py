"""What launches well and fails afterwards: a bucket that is not empty by the time when it is to be deleted, and a name
that is still taken when the product is launched once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launchrole.facts.resource_types import resource_type
from launchrole.preflights.places import Places
from launchrole.preflights.report import Finding, Level
from launchrole.services.cloudformation.graph import mentioned
from launchrole.services.cloudformation.handlers.registry import is_custom
from launchrole.services.cloudformation.template import Template

_BUCKET = "AWS::S3::Bucket"
_WRITERS: Mapping[str, tuple[str, ...]] = {
    "AWS::CodePipeline::Pipeline": ("ArtifactStore", "ArtifactStores"),
    "AWS::CodeBuild::Project": ("Artifacts", "SecondaryArtifacts", "LogsConfig", "Cache"),
    "AWS::KinesisFirehose::DeliveryStream": (
        "S3DestinationConfiguration",
        "ExtendedS3DestinationConfiguration",
        "RedshiftDestinationConfiguration",
    ),
    "AWS::S3::Bucket": ("LoggingConfiguration",),
    "AWS::CloudTrail::Trail": ("S3BucketName",),
    "AWS::SageMaker::EndpointConfig": ("DataCaptureConfig",),
    "AWS::EMR::Cluster": ("LogUri",),
}
"""The properties by which a resource is told to write into a bucket. S3 deletes no bucket with objects in it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"""

_SAME_AGAIN = frozenset({"AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix"})
"""What a name may depend on and still be the same in the account's next launch."""


def findings(places: Places) -> Iterator[Finding]:
    """Warnings about a template's own resources."""
    template = places.own
    if template is None:
        return
    for name, resource in template.written_out.items():
        if resource.get("Type") == _BUCKET and resource.get("DeletionPolicy", "Delete") == "Delete":
            yield from _not_empty(template, name, places)
        elif resource.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate"):
            yield from _still_there(name, resource, places)


def _not_empty(template: Template, bucket: str, places: Places) -> Iterator[Finding]:
    writers = []
    for name, other in template.written_out.items():
        if name == bucket:
            continue
        properties = other.get("Properties") or {}
        if is_custom(str(other.get("Type"))) and _mentions(properties, bucket):
            return  # it may well be there to empty the bucket
        if any(_mentions(properties.get(one), bucket) for one in _WRITERS.get(str(other.get("Type")), ())):
            writers.append(name)
    if writers:
        message = (
            f"{', '.join(writers)} will have written into the bucket by the time when it is to be deleted, and S3 "
            "deletes no bucket that is not empty: empty it first, or give it DeletionPolicy: Retain"
        )
        file, line = places.of_resource((bucket,))
        yield Finding("LR202", Level.WARNING, message, bucket, _BUCKET, file, line, "delete", "s3:DeleteBucket")


def _still_there(name: str, resource: Mapping[str, Any], places: Places) -> Iterator[Finding]:
    kind = resource_type(str(resource.get("Type")))
    properties = resource.get("Properties") or {}
    for one in kind.identifier if kind is not None else ():
        written = properties.get(one)
        if written is None or "/" in one:
            continue
        depends = {found for found, _, _ in mentioned(written, ())}
        if depends <= _SAME_AGAIN:
            message = (
                f"it stays when the stack is deleted, and its {one} is the same in every launch: the next finds "
                "the name taken; let the name depend on the launch, or leave it out"
            )
            file, line = places.of_resource((name,))
            yield Finding("LR207", Level.WARNING, message, name, str(resource.get("Type")), file, line, "create")


def _mentions(node: Any, logical_id: str) -> bool:
    return node is not None and any(found == logical_id for found, _, _ in mentioned(node, ()))
