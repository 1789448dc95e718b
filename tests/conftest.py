"""Fixtures for all tests."""

import json

import pytest


@pytest.fixture(scope="session")
def bundled_policies():
    """The newest version of each AWS managed policy, as moto bundles them: name to document."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}
