"""The demo tells what it should."""

import re
import runpy
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo.py"


def test_the_demo_explains_every_denial(capsys):
    runpy.run_path(str(DEMO), run_name="__main__")
    printed = capsys.readouterr().out
    assert "5 allowed, 5 denied" in printed
    denials = re.split(r"\n(?=allowed |denied )", printed)
    for told in (one for one in denials if one.startswith("denied ")):
        assert "AWS   User: arn:aws:sts::123456789012:assumed-role/" in told
        assert "near  " in told
        assert "fix  " in told
