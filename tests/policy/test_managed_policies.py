"""AWS' own managed policies: every one is read, none is refused."""

import gzip
import json

import pytest

from launchrole.policy.document import PolicyKind, parse
from shared_inputs import SHARED, needs_shared


@pytest.fixture(scope="module")
def bundled():
    """The newest version of each AWS managed policy, as moto bundles them: name to document."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}


def test_every_bundled_policy_is_read(bundled):
    assert len(bundled) > 1500
    for name, document in bundled.items():
        read = parse(json.dumps(document), PolicyKind.AWS_MANAGED, name=name)
        statements = document["Statement"]
        assert len(read.statements) == (1 if isinstance(statements, dict) else len(statements))


@needs_shared
def test_every_known_version_is_read():
    versions = 0
    with gzip.open(SHARED / "managed-policies" / "all-versions.jsonl.gz", "rt") as lines:
        for line in lines:
            parse(json.loads(line)["document"], PolicyKind.AWS_MANAGED)
            versions += 1
    assert versions > 6000
