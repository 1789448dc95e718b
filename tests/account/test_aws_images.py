"""AWS' machine images are made in another way than moto makes them, and are the same."""

import pytest
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AmiBackend
from moto.moto_api._internal import mock_random

from launchrole.account import aws_images
from launchrole.account.determinism import Draws, at
from launchrole.sandbox import Sandbox

ACCOUNT = "123456789012"
THEIRS = AmiBackend._load_amis


def made(load, region, instant, seed):
    """Everything that moto keeps of the images and their snapshots, and what is drawn afterwards."""
    with pytest.MonkeyPatch.context() as patch, at(instant, Draws(seed)):
        patch.setattr(AmiBackend, "_load_amis", load)
        backend = EC2Backend(region, ACCOUNT)
        images = [
            vars(one) | {"ec2_backend": None, "ebs_snapshot": one.ebs_snapshot.id} for one in backend.amis.values()
        ]
        snapshots = [
            vars(one) | {"ec2_backend": None, "volume": vars(one.volume) | {"ec2_backend": None}}
            for one in backend.snapshots.values()
        ]
        return images, snapshots, dict(backend.volumes), backend.default_vpc.id, mock_random.random()


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "mx-central-1"])
def test_they_are_those_that_moto_makes_with_the_same_ids(region):
    theirs = made(THEIRS, region, 1_700_000_000.0, 7)
    assert len(theirs[0]) == len(theirs[1]) > 40
    for _ in range(2):  # ids that are drawn, and ids that were drawn before
        assert made(aws_images._load, region, 1_700_000_000.0, 7) == theirs
    later = made(aws_images._load, region, 1_800_000_000.0, 7)
    assert later != theirs
    assert made(aws_images._load, region, 1_700_000_000.0, 8)[1] != theirs[1]


def test_what_an_account_changes_of_an_image_stays_with_it():
    def permissions(image):
        about = {"ImageId": image, "Attribute": "launchPermission"}
        return sandbox.call("ec2", "DescribeImageAttribute", about)["LaunchPermissions"]

    with Sandbox(seed=1) as sandbox:
        image = sandbox.call("ec2", "DescribeImages", {"Owners": ["amazon"]})["Images"][0]["ImageId"]
        before = permissions(image)
        added = {"ImageId": image, "LaunchPermission": {"Add": [{"UserId": "111111111111"}]}}
        sandbox.call("ec2", "ModifyImageAttribute", added)
        sandbox.call("ec2", "CreateTags", {"Resources": [image], "Tags": [{"Key": "a", "Value": "b"}]})
        assert len(permissions(image)) == len(before) + 1
    with Sandbox(seed=1) as sandbox:
        assert permissions(image) == before
        assert sandbox.call("ec2", "DescribeImages", {"ImageIds": [image]})["Images"][0].get("Tags", []) == []


@pytest.mark.parametrize(
    "filters", [{"image-id": "ami-03cf127a"}, {"image-id": "ami-03cf*"}, {"image-id": "ami-0"}, {}]
)
def test_they_are_found_as_moto_finds_them(filters):
    with at(1_700_000_000.0, Draws(7)):
        backend = EC2Backend("us-east-1", ACCOUNT)
    ours = aws_images._describe(backend, filters=filters)
    assert ours == aws_images._found(backend, filters=filters)
    assert (len(ours) > 0) == (filters != {"image-id": "ami-0"})
    assert aws_images._describe(backend, None, filters=filters, owners=["self"]) == []
