"""The pipeline's definition holds together."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from pipeline.definition import Settings, definition

SETTINGS = Settings("bucket", "churn/abc", "role", "image", "churn-p-1")


def references(node: object) -> list[str]:
    """What a definition refers to: `Steps.Train...`, `Parameters.X`."""
    if isinstance(node, dict):
        own = [node["Get"]] if set(node) == {"Get"} else []
        return own + [one for value in node.values() for one in references(value)]
    if isinstance(node, list):
        return [one for value in node for one in references(value)]
    return []


class Definition(unittest.TestCase):
    def test_it_is_json(self) -> None:
        made = definition(SETTINGS)
        self.assertEqual(json.loads(json.dumps(made)), made)

    def test_steps_refer_to_parameters_and_to_steps_before_them(self) -> None:
        made = definition(SETTINGS)
        known = {f"Parameters.{one['Name']}" for one in made["Parameters"]}
        seen: set[str] = set()
        for step in made["Steps"]:
            for one in references(step["Arguments"]):
                kind, name, *_ = one.split(".")
                self.assertIn(name if kind == "Steps" else one, seen if kind == "Steps" else known)
            seen.add(step["Name"])

    def test_the_model_is_registered_only_where_it_is_good_enough(self) -> None:
        check = definition(SETTINGS)["Steps"][-1]
        self.assertEqual(check["Type"], "Condition")
        self.assertEqual([one["Type"] for one in check["Arguments"]["IfSteps"]], ["RegisterModel"])
        self.assertEqual(check["Arguments"]["ElseSteps"], [])


if __name__ == "__main__":
    unittest.main()
