"""The grammar of policies: from JSON values to statements.

IAM User Guide: reference_policies_grammar.html. Here is the shape that all kinds of policies share; what AWS refuses
beyond it stands in `rules`. The names of elements and effects are matched in their case. Nothing here recurses: a
document is taken apart level by level, and nothing deeper than the grammar is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from launchrole.policy import limits, operators, rules
from launchrole.policy.answers import BY_KIND, Answers, Fault
from launchrole.policy.document import ConditionEntry, PolicyDocument, PolicyKind, PrincipalElement, Statement
from launchrole.policy.errors import PolicySyntaxError
from launchrole.policy.refusal import Refusals, as_text, quoted
from launchrole.policy.source import Number, Path, read

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_TYPES = ("AWS", "Service", "Federated", "CanonicalUser")

# What people give instead of a policy: an element that shows it, and what to say.
_NOT_POLICIES = {
    "AWSTemplateFormatVersion": "this looks like a CloudFormation template; give one of the policies in it",
    "Resources": "this looks like a CloudFormation template; give one of the policies in it",
    "PolicyVersion": "this looks like an answer of the AWS CLI; the policy is in PolicyVersion.Document",
    "Policy": "this looks like an answer of the AWS CLI; the policy is what Policy holds",
    "PolicyDocument": "the policy is what PolicyDocument holds",
    "Document": "the policy is what Document holds",
    "AssumeRolePolicyDocument": "the policy is what AssumeRolePolicyDocument holds",
    "Role": "this looks like an answer of the AWS CLI; the policy is in Role.AssumeRolePolicyDocument",
    "Effect": 'this looks like a statement; write {"Version": "2012-10-17", "Statement": [...]} around it',
}


def parse(
    document: str | Mapping[str, object], kind: PolicyKind | None, *, name: str | None, arn: str | None
) -> PolicyDocument:
    """See `document.parse`."""
    answers = BY_KIND[kind]
    text = document if isinstance(document, str) else None
    value = document if text is None else _read(text, answers)
    refusals = Refusals(text, value, answers)
    parsed = _Reader(refusals).document(value, text, name, arn)
    rules.check(parsed, kind, refusals)
    if kind is not None:
        limits.check(text, value, kind)
    return parsed


def _read(text: str, answers: Answers) -> object:
    try:
        return read(text)
    except PolicySyntaxError as error:
        fault = Fault.NOT_JSON if text.startswith("{") else Fault.NOT_AN_OBJECT
        code, message = answers.to(fault)
        refusal = PolicySyntaxError(code, message, error.detail, error.place, error.help)
        refusal.fault = fault.name
        raise refusal from None


class _Reader:
    """Reads the values of one document."""

    def __init__(self, refusals: Refusals) -> None:
        self.refuse = refusals.refuse

    def document(self, value: object, text: str | None, name: str | None, arn: str | None) -> PolicyDocument:
        if not isinstance(value, Mapping):
            advice = 'begin with {"Version": "2012-10-17", ...'
            if isinstance(value, str) and value.lstrip().startswith("{"):
                advice = "this is JSON within a text of JSON: take off one layer of quotes"
            raise self.refuse(Fault.NOT_AN_OBJECT, (), f"the document is {_a(value)}, not an object", advice)
        if "Statement" not in value:
            for element, advice in _NOT_POLICIES.items():
                if element in value:
                    raise self.refuse(
                        Fault.UNKNOWN_ELEMENT,
                        (element,),
                        f"a policy has no element {quoted(element)}",
                        advice,
                        (element,),
                    )
        self._known(value, _DOCUMENT_ELEMENTS, (), "a policy", Fault.UNKNOWN_ELEMENT)
        version = self._text_or_none(value, "Version", ())
        if version is not None and version not in _VERSIONS:
            detail = f"{quoted(version)} is no version of the policy language"
            raise self.refuse(Fault.VERSION, ("Version",), detail, "write `2012-10-17`")
        identifier = self._text_or_none(value, "Id", ())
        statements = tuple(self._statements(value))
        return PolicyDocument(version, identifier, statements, name, arn, text)

    def _statements(self, document: Mapping[str, object]) -> Iterator[Statement]:
        if "Statement" not in document:
            raise self.refuse(Fault.NO_STATEMENT, (), "the policy has no Statement", 'add "Statement": [...]')
        given = document["Statement"]
        if isinstance(given, Mapping):
            yield self._statement(given, 0, ("Statement",))
            return
        if not isinstance(given, list):
            detail = f"Statement is {_a(given)}, not a statement or a list of statements"
            raise self.refuse(Fault.SHAPE, ("Statement",), detail)
        if not given:
            detail = "the list of statements is empty"
            raise self.refuse(Fault.EMPTY_STATEMENT, ("Statement",), detail, "a policy has at least one")
        for index, one in enumerate(given):
            path: Path = ("Statement", index)
            if not isinstance(one, Mapping):
                detail = f"a statement is an object, not {_a(one)}"
                raise self.refuse(Fault.SHAPE, path, detail, "write {...} with an Effect")
            yield self._statement(one, index, path)

    def _statement(self, given: Mapping[str, object], index: int, path: Path) -> Statement:
        self._known(given, _STATEMENT_ELEMENTS, path, "a statement", Fault.UNKNOWN_ELEMENT)
        for positive in ("Principal", "Action", "Resource"):
            if positive in given and f"Not{positive}" in given:
                detail = f"{positive} and Not{positive} exclude each other"
                raise self.refuse(Fault.COMBINATION, (*path, f"Not{positive}"), detail, "keep one")
        sid = self._text_or_none(given, "Sid", path)
        effect = self._text_or_none(given, "Effect", path)
        if effect is None:
            raise self.refuse(Fault.NO_EFFECT, path, "the statement has no Effect", "add `Allow` or `Deny`")
        if effect.capitalize() not in ("Allow", "Deny"):
            detail = f"{quoted(effect)} is not an effect"
            raise self.refuse(Fault.EFFECT, (*path, "Effect"), detail, "write `Allow` or `Deny`", (effect,))
        return Statement(
            index=index,
            effect=effect,
            sid=sid,
            principal=self._principal(given, path),
            actions=self._texts(given, "NotAction" if "NotAction" in given else "Action", path),
            not_action="NotAction" in given,
            resources=self._texts(given, "NotResource" if "NotResource" in given else "Resource", path),
            not_resource="NotResource" in given,
            conditions=tuple(self._conditions(given, path)),
            path=path,
        )

    def _principal(self, given: Mapping[str, object], path: Path) -> PrincipalElement | None:
        element = "NotPrincipal" if "NotPrincipal" in given else "Principal"
        if element not in given:
            return None
        value = given[element]
        path = (*path, element)
        negated = element == "NotPrincipal"
        if value == "*":
            return PrincipalElement(negated, (("*", "*"),))
        if not isinstance(value, Mapping) or not value:
            fault = Fault.EMPTY_PRINCIPAL if isinstance(value, Mapping) else Fault.SHAPE
            detail = f'{element} is {_a(value)}, not "*" or an object'
            raise self.refuse(fault, path, detail, 'write {"AWS": "arn:..."} or "*"')
        self._known(value, _PRINCIPAL_TYPES, path, f"a {element}", Fault.PRINCIPAL_TYPE)
        entries = tuple((kind, text) for kind in value for text in self._texts(value, kind, path))
        return PrincipalElement(negated, entries)

    def _conditions(self, given: Mapping[str, object], path: Path) -> Iterator[ConditionEntry]:
        if "Condition" not in given:
            return
        path = (*path, "Condition")
        block = given["Condition"]
        if not isinstance(block, Mapping):
            advice = 'write {"StringEquals": {"key": "value"}}'
            raise self.refuse(Fault.SHAPE, path, f"Condition is {_a(block)}, not an object", advice)
        for operator, keys in block.items():
            self._is_text(operator, path, "a name")
            at = (*path, operator)
            if not isinstance(keys, Mapping):
                detail = f"{quoted(operator)} holds {_a(keys)}, not an object of keys and values"
                raise self.refuse(Fault.SHAPE, at, detail)
            if keys and operators.operator(operator) is None:
                detail = f"{quoted(operator)} is no condition operator"
                raise self.refuse(Fault.OPERATOR, at, detail, _nearest_operator(operator), (operator,))
            for key in keys:
                self._is_text(key, at, "a name")
                yield ConditionEntry(operator, key, self._condition_values(keys, key, at))

    def _condition_values(self, keys: Mapping[str, object], key: str, path: Path) -> tuple[str, ...]:
        value = keys[key]
        values = value if isinstance(value, list) else [value]
        for one in values:
            if not isinstance(one, str | bool | int | float) or _is_no_number(one):
                at = self._nth((*path, key), value, values, one)
                advice = "write a text, a number, true or false, or a list of them"
                raise self.refuse(Fault.SHAPE, at, f"{quoted(key)} has {_a(one)} for a value", advice)
            self._is_text(as_text(one), (*path, key), f"{quoted(key)}")
        return tuple(map(as_text, values))

    def _texts(self, given: Mapping[str, object], element: str, path: Path) -> tuple[str, ...]:
        """A text or a list of texts; null among resources is what AWS leaves out."""
        value = given.get(element, [])
        at = (*path, element)
        if not isinstance(value, list) and (not isinstance(value, str) or isinstance(value, Number)):
            raise self.refuse(Fault.SHAPE, at, f"{element} is {_a(value)}, not a text or a list of texts")
        values = value if isinstance(value, list) else [value]
        for one in values:
            if one is None and element in ("Resource", "NotResource"):
                continue
            if not isinstance(one, str) or isinstance(one, Number):
                where = self._nth(at, value, values, one)
                raise self.refuse(Fault.SHAPE, where, f"{element} holds {_a(one)}, not a text")
            self._is_text(one, at, element)
        return tuple(one for one in values if one is not None)

    def _text_or_none(self, given: Mapping[str, object], element: str, path: Path) -> str | None:
        if element not in given:
            return None
        value = given[element]
        at = (*path, element)
        if not isinstance(value, str) or isinstance(value, Number):
            advice = "put it in double quotes" if isinstance(value, str | int | float) else "write one text"
            raise self.refuse(Fault.SHAPE, at, f"{element} is {_a(value)}, not a text", advice)
        self._is_text(value, at, element)
        return value

    def _is_text(self, text: object, path: Path, what: str) -> None:
        """Refuse what a mapping from elsewhere may hold: a name that is no text, a text that no file can hold."""
        if not isinstance(text, str):
            raise self.refuse(Fault.SHAPE, path, f"{what} is {_a(text)}, not a text")
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise self.refuse(Fault.SHAPE, path, f"{what} holds half a character: a surrogate without its partner")

    def _known(self, given: Mapping[str, object], known: tuple[str, ...], path: Path, what: str, fault: Fault) -> None:
        for element in given:
            if element not in known:
                self._is_text(element, path, "a name")
                from launchrole.policy.reference import nearest  # only errors need it

                alike = nearest(element.strip(), known)
                advice = f"write `{alike}`" if alike else f"it can have {', '.join(known)}"
                raise self.refuse(
                    fault, (*path, element), f"{what} has no element {quoted(element)}", advice, (element,)
                )

    @staticmethod
    def _nth(path: Path, value: object, values: Iterable[object], item: object) -> Path:
        """The path of an item by identity: what stands in the wrong place may not be comparable."""
        index = next(index for index, one in enumerate(values) if one is item)
        return (*path, index) if isinstance(value, list) else path


def _a(value: object) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number | float):
        return f"the number {str(value)[:20]}"
    if isinstance(value, int):
        return f"the number {value}" if abs(value) < 10**20 else "a number"
    if isinstance(value, str):
        return f"the text {quoted(value)}" if value else "an empty text"
    if isinstance(value, Mapping):
        return "an object" if value else "an empty object"
    return "a list" if isinstance(value, list) else f"a value of type {type(value).__name__}"


def _is_no_number(value: str | bool | int | float) -> bool:
    """Whether a number is none that JSON has, or one of more digits than Python prints."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and abs(value) >= 10**1000


def _nearest_operator(written: str) -> str:
    """The operator that somebody may have meant."""
    from difflib import get_close_matches  # only errors need it

    quantifier, colon, name = written[:120].rpartition(":")
    if name.lower() == "nullifexists":
        return "write `Null`, which has no IfExists"
    names = [*operators.BASE_OPERATORS, *(f"{base}IfExists" for base in operators.BASE_OPERATORS if base != "Null")]
    by_name = {one.lower(): one for one in names}
    alike = get_close_matches(name.lower(), by_name, n=1)
    prefixes = get_close_matches(quantifier, operators.QUANTIFIERS, n=1)
    if not alike or (colon and not prefixes):
        return ""
    return f"did you mean `{prefixes[0] + colon if colon else ''}{by_name[alike[0]]}`?"
