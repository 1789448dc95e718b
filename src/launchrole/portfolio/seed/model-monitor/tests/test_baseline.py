"""The baseline; `python -m unittest discover tests` from the root."""

import json
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
import baseline
import build


class Bucket:
    """S3, as far as the build uses it."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[f"s3://{Bucket}/{Key}"] = Body


class Baseline(unittest.TestCase):
    def test_statistics(self) -> None:
        (found,) = baseline.statistics({"calls": [1.0, 2.0, 3.0, 6.0]})["features"]
        numbers = found["numerical_statistics"]
        self.assertEqual((numbers["mean"], numbers["min"], numbers["max"], numbers["sum"]), (3.0, 1.0, 6.0, 12.0))
        self.assertAlmostEqual(numbers["std_dev"], 3.5**0.5)

    def test_constraints(self) -> None:
        made = baseline.constraints({"calls": [0.0, 2.0], "change": [-1.0, 1.0]})["features"]
        self.assertEqual([one["num_constraints"]["is_non_negative"] for one in made], [True, False])

    def test_the_rows_of_this_repository(self) -> None:
        columns = baseline.read(ROOT / "baseline.csv")
        self.assertEqual(list(columns), ["months", "calls", "used"])
        self.assertTrue(all(0 <= one <= 1 for one in columns["used"]))

    def test_what_is_uploaded_is_where_the_parameters_say(self) -> None:
        s3 = Bucket()
        places = build.upload(s3, "bucket", "churn")
        self.assertEqual(set(places.values()), set(s3.objects))
        self.assertEqual(json.loads(s3.objects[places["StatisticsUri"]])["dataset"], {"item_count": 60})


if __name__ == "__main__":
    unittest.main()
