"""The configurations of the stages; `python -m unittest discover tests` from the root."""

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]
import build
import endpoint_test


class Packages:
    """SageMaker with a group of model packages."""

    def __init__(self, *arns: str) -> None:
        self.arns = arns

    def get_paginator(self, _name: str) -> "Packages":
        return self

    def paginate(self, **asked: str) -> list[dict[str, list[dict[str, str]]]]:
        self.asked = asked
        return [{"ModelPackageSummaryList": [{"ModelPackageArn": one} for one in self.arns]}]


class Building(unittest.TestCase):
    def test_the_newest_approved_model_is_taken(self) -> None:
        sagemaker = Packages("new", "old")
        self.assertEqual(build.newest_approved(sagemaker, "group"), "new")
        self.assertEqual(sagemaker.asked["ModelApprovalStatus"], "Approved")
        self.assertEqual(sagemaker.asked["SortOrder"], "Descending")

    def test_without_one_the_error_says_what_to_do(self) -> None:
        with self.assertRaisesRegex(build.NoModel, "approve one"):
            build.newest_approved(Packages(), "group")

    def test_a_number_in_a_configuration_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, 'write "1", not 1'):
            build.completed({"Parameters": {"EndpointInstanceCount": 1}}, {}, {})

    def test_every_parameter_of_the_template_has_a_value(self) -> None:
        declared = set()
        for line in (ROOT / "endpoint-template.yml").read_text().partition("Resources:")[0].splitlines():
            if line.startswith("  ") and not line.startswith("   ") and line.endswith(":"):
                declared.add(line.strip(" :"))
        added = {"SageMakerProjectName", "ModelPackageName", "ModelExecutionRoleArn", "DataCaptureUri"}
        for stage in ("staging", "prod"):
            config = json.loads((ROOT / f"{stage}-config.json").read_text())
            made = build.completed(config, dict.fromkeys(added, "x"), {})
            self.assertEqual(set(made["Parameters"]), declared)


class Testing(unittest.TestCase):
    def test_scores_that_make_sense(self) -> None:
        self.assertEqual(endpoint_test.faults([0.1, 0.9]), [])

    def test_scores_that_do_not(self) -> None:
        self.assertEqual(len(endpoint_test.faults([0.9, 0.1])), 1)
        self.assertEqual(len(endpoint_test.faults([0.1])), 1)
        self.assertEqual(len(endpoint_test.faults([-0.5, 0.1])), 1)


if __name__ == "__main__":
    unittest.main()
