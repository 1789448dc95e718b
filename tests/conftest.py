"""Fixtures for all tests."""

import json

import pytest

from endpoint import Endpoint


@pytest.fixture(scope="session")
def bundled_policies():
    """The newest version of each AWS managed policy, as moto bundles them: name to document."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}


@pytest.fixture(scope="session")
def server_on_a_port():
    endpoint = Endpoint()
    yield endpoint
    endpoint.stop()


@pytest.fixture
def endpoint(server_on_a_port):
    """The endpoint, with accounts that are new for each test."""
    with server_on_a_port.accounts():
        yield server_on_a_port
