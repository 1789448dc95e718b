"""What launches well and does nothing later, or fails, whatever roles may do: rules that wait for events that nobody
sends, and parameters that a pipeline's deployment refuses.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from launchrole.facts import yaml_data
from launchrole.preflights.catalogue import kinds
from launchrole.preflights.passed_roles import Launched
from launchrole.preflights.places import Places
from launchrole.preflights.report import Finding

NO_EVENT, PARAMETERS = "LR122", "LR123"

_DEPLOYS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-action-reference.html"
_FUNCTIONS = ("Fn::GetArtifactAtt", "Fn::GetParam")
"""What may stand for a value in ParameterOverrides.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-parameter-override-functions.html
"""


def findings(launched: Iterable[Launched], places: Places) -> Iterator[Finding]:
    """Warnings about what a launch has made."""
    for one in launched:
        for id, message in (*_of_rule(one), *_of_pipeline(one)):
            file, line = places.of_resource(one.path)
            yield Finding(id, kinds()[id].level, message, "/".join(one.path), one.type, file, line, "create")


@functools.cache
def _events() -> Mapping[str, Mapping[str, Any]]:
    """AWS' events by their source."""
    text = (files("launchrole.preflights") / "event_patterns.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = yaml_data.read(text)
    return found


def _of_rule(one: Launched) -> Iterator[tuple[str, str]]:
    pattern = one.properties.get("EventPattern") if one.type == "AWS::Events::Rule" else None
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError:
            return  # EventBridge refuses the rule
    if isinstance(pattern, dict):
        for why in _unmatched(pattern):
            yield NO_EVENT, f"no event matches the rule's pattern: {why}"


def _unmatched(pattern: Mapping[str, Any]) -> Iterator[str]:
    """Why no event matches; nothing where one may. A pattern's lists hold alternatives: one that can match is enough.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html"""
    sources, types = _texts(pattern.get("source")), _texts(pattern.get("detail-type"))
    if sources is None or not all(name in _events() for name in sources):
        return
    known = [(name, events) for name in sources for events in [_events()[name]]]
    pages = ", ".join(events["page"] for _, events in known)
    if types is not None:
        sent = [type for _, events in known for type in events["types"]]
        wrong = [why for why in (_misspelt(type, sent, sources) for type in types) if why]
        if wrong and len(wrong) == len(types):
            yield f"{'; '.join(wrong)} ({pages})"
            return
        yield from _values_unmatched(pattern.get("detail"), types, known)


def _misspelt(type: str, sent: Sequence[str], sources: Sequence[str]) -> str | None:
    """What is wrong with a detail type; None for one that is sent, or that may well be new."""
    if type in sent:
        return None
    other = next((name for name, events in _events().items() if type in events["types"]), None)
    if other is not None:
        return f"`{type}` comes from {other}, not from {', '.join(sources)}"
    meant = next((one for one in sent if _letters(one) == _letters(type)), None)
    return None if meant is None else f"the detail type is `{meant}`, not `{type}`"


def _letters(text: str) -> str:
    """What is left of a name without case, blanks and signs: patterns match to the letter."""
    return "".join(filter(str.isalnum, text)).lower()


def _values_unmatched(
    detail: Any, types: Sequence[str], known: Sequence[tuple[str, Mapping[str, Any]]]
) -> Iterator[str]:
    """Values of the detail that the one type that is waited for does not have."""
    if not isinstance(detail, dict) or len(types) != 1:
        return
    for _, events in known:
        for member, values in events.get("values", {}).get(types[0], {}).items():
            wanted = _texts(detail.get(member))
            if wanted and not set(wanted) & set(values):
                yield (
                    f"`{member}` of `{types[0]}` is one of {', '.join(values)}, "
                    f"and the pattern has {', '.join(wanted)} ({events['page']})"
                )


def _texts(alternatives: Any) -> list[str] | None:
    """The texts of a pattern's list; None where it is not there, or has other tests (`prefix`, `anything-but`)."""
    if isinstance(alternatives, list) and all(isinstance(one, str) for one in alternatives):
        return alternatives
    return None


def _of_pipeline(one: Launched) -> Iterator[tuple[str, str]]:
    if one.type != "AWS::CodePipeline::Pipeline":
        return
    for stage in one.properties.get("Stages") or ():
        for action in stage.get("Actions") or ():
            overrides = (action.get("Configuration") or {}).get("ParameterOverrides")
            if action["ActionTypeId"].get("Provider") == "CloudFormation" and overrides is not None:
                for why in _refused(overrides):
                    yield PARAMETERS, f"ParameterOverrides of the action {action['Name']}: {why} ({_DEPLOYS})"


def _refused(overrides: Any) -> Iterator[str]:
    """What is wrong with parameters that are text of JSON; CloudFormation takes a template itself for such a text."""
    given = overrides
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            yield f"no JSON: {error}"
            return
    if not isinstance(given, dict):
        yield "no JSON object of parameters"
        return
    for name, value in given.items():
        if not isinstance(value, str) and not (isinstance(value, dict) and set(value) <= set(_FUNCTIONS)):
            yield f'{name} is {json.dumps(value)}, and a parameter\'s value must be a string: "{json.dumps(value)}"'
