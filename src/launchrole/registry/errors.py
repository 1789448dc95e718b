"""What cannot be read, kept or found."""

from __future__ import annotations


class RegistryError(Exception):
    """Input that cannot be used, or a file that cannot be kept; the message says what is wrong, where, what to do."""


class NotKnown(RegistryError):
    """No such policy, no such version, or a version of which nobody knows the document."""
