"""The demo tells what it should."""

import re
import runpy
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_explains_every_denial(capsys):
    runpy.run_path(str(DEMO), run_name="__main__")
    printed = capsys.readouterr().out
    assert "7 allowed, 5 implicitly denied, 1 undecided" in printed
    denials = re.split(r"\n(?=allowed |denied |depends )", printed)
    for told in (one for one in denials if one.startswith("denied ")):
        assert "AWS  User: arn:aws:sts::111122223333:assumed-role/" in told
        assert "why  " in told
        assert "fix  " in told
