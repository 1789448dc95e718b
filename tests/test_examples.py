"""The demo tells what it should."""

import runpy
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_launches_a_project_and_explains_every_denial_of_another_launch(capsys):
    with pytest.raises(SystemExit) as done:
        runpy.run_path(str(DEMO), run_name="__main__")
    assert done.value.code == 0
    printed = capsys.readouterr().out
    assert "): CreateCompleted" in printed
    assert "): FAILED" in printed
    assert "sagemaker-risk-artifacts-123456789012`, to fit" in printed
    assert "8 of 20 permissions are lacking" in printed
    for name in ("${Team}-artifacts-${AWS::AccountId}", "${Team}-build"):
        assert f"`sagemaker-{name}`, to fit" in printed
    assert "LaunchRole/servicecatalog is not authorized to perform: s3:CreateBucket" in printed
