"""The check; `python -m unittest discover tests` from the root."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
import check


class Checking(unittest.TestCase):
    def test_what_is_missing(self) -> None:
        self.assertEqual(
            check.missing("# a comment\nno-such-package>=1\nno_such_other[extra]==2 # why\n\n"),
            ["no-such-package", "no_such_other"],
        )

    def test_the_dockerfile_copies_what_the_check_reads(self) -> None:
        self.assertIn(f"COPY {check.REQUIREMENTS.name} {check.REQUIREMENTS.parent}/", (ROOT / "Dockerfile").read_text())


if __name__ == "__main__":
    unittest.main()
