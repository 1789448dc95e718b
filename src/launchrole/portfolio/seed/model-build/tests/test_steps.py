"""The steps on data small enough to be checked by hand; `python -m unittest discover tests` from the root."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "steps"))
import evaluate
import prepare
import train


class Preparing(unittest.TestCase):
    def test_the_same_seed_makes_the_same_customers(self) -> None:
        self.assertEqual(prepare.customers(50, seed=1), prepare.customers(50, seed=1))
        self.assertNotEqual(prepare.customers(50, seed=1), prepare.customers(50, seed=2))

    def test_who_calls_the_hotline_leaves_more_often(self) -> None:
        rows = prepare.customers(5000, seed=3)
        quiet = [one.left for one in rows if one.calls == 0]
        loud = [one.left for one in rows if one.calls >= 3]
        self.assertLess(sum(quiet) / len(quiet), sum(loud) / len(loud))

    def test_every_customer_is_in_one_part(self) -> None:
        rows = prepare.customers(101, seed=4)
        parts = prepare.split(rows)
        self.assertEqual([row for part in parts.values() for row in part], rows)
        self.assertEqual([len(part) for part in parts.values()], [71, 15, 15])


class Measuring(unittest.TestCase):
    def test_the_area_under_the_curve(self) -> None:
        self.assertEqual(evaluate.area_under_curve([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), 1.0)
        self.assertEqual(evaluate.area_under_curve([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1]), 0.0)
        self.assertEqual(evaluate.area_under_curve([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]), 0.5)
        self.assertEqual(evaluate.area_under_curve([0, 1, 1], [0.4, 0.3, 0.6]), 0.5)

    def test_it_needs_both_kinds(self) -> None:
        with self.assertRaises(ValueError):
            evaluate.area_under_curve([1, 1], [0.1, 0.2])

    def test_the_report(self) -> None:
        found = evaluate.report([0, 1, 1], [0.4, 0.3, 0.6])
        self.assertEqual(
            found, {"binary_classification_metrics": {"auc": {"value": 0.5}, "accuracy": {"value": 0.6667}}}
        )


class Reading(unittest.TestCase):
    def test_the_label_comes_first(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "data.csv").write_text("1,2.5,0\n0,3,4\n")
            self.assertEqual(train.read(Path(folder)), ([[2.5, 0.0], [3.0, 4.0]], [1, 0]))


if __name__ == "__main__":
    unittest.main()
