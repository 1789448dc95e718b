"""What cannot be preflighted at all."""

from __future__ import annotations


class PreflightError(Exception):
    """Input that cannot be used: the message says what is wrong, where, and what to do."""
