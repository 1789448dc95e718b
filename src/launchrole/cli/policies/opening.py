"""The registry for the verbs, and the documents that users name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launchrole.cli.input import InputError, read_policy
from launchrole.cli.state import StateFailure, default_state
from launchrole.policy.document import PolicyDocument
from launchrole.registry import Registry, RegistryError


@contextmanager
def opened(state: Path | None) -> Iterator[Registry]:
    """The registry of a state directory; what is wrong is told in one message. Raises StateFailure."""
    try:
        with Registry.of(state or default_state()) as registry:
            yield registry
    except RegistryError as error:
        raise StateFailure(str(error)) from None


def document_of(registry: Registry, named: str) -> PolicyDocument:
    """The document that NAME, NAME:v4 or a FILE means; - is standard input. Raises InputError, RegistryError."""
    if named == "-" or named.endswith(".json") or Path(named).is_file():
        return read_policy(named)
    from launchrole.registry.proofs import parsed

    try:
        return parsed(registry, registry.version(named))
    except RegistryError as error:
        raise InputError(f"{error} (nor is there a file {named})") from None


def text_of(document: PolicyDocument) -> str:
    """The JSON text that a document was read from."""
    assert document.text is not None  # documents here are read from texts
    return document.text
