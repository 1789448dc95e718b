"""Inputs that lie beside the repository, not in it: real templates, recorded answers, policies' histories.

Tests that use them skip, with a reason, where the folder is absent.
"""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("LAUNCHROLE_SHARED", REPOSITORY.parent / "shared"))

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder `shared` is not beside the repository")
