"""Which operations change nothing: they are not journalled. By name, as AWS names operations; exceptions are listed."""

from __future__ import annotations

import functools
import re

_READS = re.compile(
    r"(Get|List|Describe|BatchGet|BatchDescribe|Head|Search|Lookup|Scan|Query|Select|Simulate|Validate|Check|Filter"
    r"|Estimate|Decode|Preview|Detect|Poll)"
)

_CHANGING = frozenset({"GetFederationToken", "GetSessionToken", "GetQueryResults", "QueryObjects"})
"""Operations that change something although their names say otherwise."""


@functools.cache
def is_read(operation: str) -> bool:
    """Does an operation leave everything as it is?"""
    return _READS.match(operation) is not None and operation not in _CHANGING
