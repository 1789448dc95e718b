"""XML written by launchrole's own writer is what xmltodict writes, which moto would use."""

from __future__ import annotations

import random
from typing import Any

import pytest
import xmltodict

from launchrole.account.wire.xml_writing import unparse

NAMES = ["Name", "member", "b-c", "x.y", "_z", "@xmlns", "@xmlns:xsi", "#text", "#comment", "é", "a b", "a/b"]
VALUES = ["", None, "plain", "&<>\"'", "\n\t é\u2028", 0, 1.5, True, False, b"bytes", ("a", "b")]


def tree(r: random.Random, depth: int) -> Any:
    kind = r.randrange(4) if depth else 3
    if kind == 0:
        return [tree(r, depth - 1) for _ in range(r.randrange(4))]
    if kind == 3:
        return r.choice(VALUES)
    return {r.choice(NAMES): tree(r, depth - 1) for _ in range(r.randrange(5))}


def written(write: Any, document: Any, **options: bool) -> str:
    try:
        return str(write(document, **options))
    except (ValueError, TypeError, AttributeError) as problem:
        return repr(problem)


@pytest.mark.parametrize("full_document", [True, False])
@pytest.mark.parametrize(("short_empty_elements", "pretty"), [(True, False), (False, False), (True, True)])
def test_any_document_is_written_as_xmltodict_does(full_document, short_empty_elements, pretty):
    options = {"full_document": full_document, "short_empty_elements": short_empty_elements, "pretty": pretty}
    r = random.Random(1)
    for _ in range(2000):
        document = {r.choice(NAMES[:5]): tree(r, 4) for _ in range(r.choice([0, 1, 1, 1, 2]))}
        assert written(unparse, document, **options) == written(xmltodict.unparse, document, **options)


def test_answers_are_written_without_xmltodict(monkeypatch):
    answer = {"R": {"@xmlns": "urn:x", "Set": {"item": [{"Id": "1", "On": True}, None, "a&b"]}, "Empty": ""}}
    expected = xmltodict.unparse(answer, full_document=True, short_empty_elements=True)
    monkeypatch.setattr(xmltodict, "unparse", None)
    assert unparse(answer, full_document=True, short_empty_elements=True, pretty=False) == expected
