"""What services are called: the prefixes of their actions by the names that people write."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib.resources import files

from launchrole.facts import actions as reference
from launchrole.facts import yaml_data

_OWNER = re.compile(r"(?:AWS|Amazon) (?=\S)")
_TELLING = re.compile(r"\S+ \S|.[a-z]+[A-Z]|.*\d")
"""A name that means a service without its owner's before it: of several words, or spelled as no other word is
("CloudFront", "Step Functions"; not "Glue")."""


@functools.cache
def prefixes_by_name() -> Mapping[str, frozenset[str]]:
    """The prefixes that each name means."""
    found: dict[str, set[str]] = {}
    for prefix, name in reference.service_names().items():
        if name != prefix:  # a service that AWS publishes no name of
            found.setdefault(name, set()).add(prefix)
    text = (files("launchrole.registry") / "service_names.yaml").read_text(encoding="utf-8")
    for name, prefixes in yaml_data.read(text).items():
        found[name] = set(prefixes)
    for name in list(found):
        short = _OWNER.sub("", name, count=1)
        if short != name and _TELLING.match(short):
            found.setdefault(short, found[name])
    return {name: frozenset(prefixes) for name, prefixes in found.items()}


@functools.cache
def names_of(prefix: str) -> tuple[str, ...]:
    """The names of a service, the one of the service authorization reference first."""
    own = reference.service_names().get(prefix)
    others = (name for name, prefixes in prefixes_by_name().items() if prefix in prefixes)
    return tuple(dict.fromkeys([*([own] if own else []), *others]))


def name_of(prefix: str) -> str:
    """A service's name for people; its prefix where AWS publishes none."""
    return _SHOWN.get(prefix) or reference.service_names().get(prefix, prefix)


_SHOWN = {"cloudformation": "AWS CloudFormation", "apigateway": "Amazon API Gateway"}
"""Services whose prefix others share in the reference, under whose names it has them."""


@functools.cache
def pattern() -> re.Pattern[str]:
    """Where a text, with single blanks between words, names a service: the longest name at each place."""
    names = sorted(prefixes_by_name(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")
