"""Whatever stands in the place of a value of a source, there is one message, or it is read: never another exception."""

import copy
import json

import pytest

from launchrole.registry import RegistryError, read
from launchrole.registry.changes import changes
from launchrole.registry.history import folded
from registry_sources import customer_arn, document, write

ODD = [
    None, -1, 1.5, True, "", "x", "\ud800", "v0", "v999999999999", [], {}, [1], [None], {"a": 1}, "2021-01-01",
    "0001-01-01T00:00:00+23:59", "arn:aws:iam::aws:policy/X", "arn:::::policy/", "\x00", "../x", "a/b", 10**30,
]  # fmt: skip
VERSION = {"Document": document(), "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": "2021-01-01"}
POLICY = {"PolicyName": "X", "Arn": customer_arn("X"), "DefaultVersionId": "v1", "UpdateDate": "2021-01-01"}
META = {"name": "X", "arn": customer_arn("X"), "default_version": "v1", "withdrawn": "2021-01-01"}
SOURCES = {
    "get-policy-version": ("X.json", {"PolicyVersion": VERSION}),
    "get-policy": ("X.json", {"Policy": POLICY}),
    "get-account-authorization-details": ("X.json", {"Policies": [{**POLICY, "PolicyVersionList": [VERSION]}]}),
    "list-policy-versions": ("X.json", {"Versions": [VERSION]}),
    "claims": ("X.json", {"claims": [{"policy": "X", "version": "v1", "announced": "2021-01-01", "note": "n"}]}),
    "a document": ("X.v1.json", document()),
    "meta.json": ("meta.json", {**META, "versions": [{"version": "v1", "create_date": "2021-01-01"}]}),
    "an archive": ("x.jsonl", {"name": "X", "arn": None, "version": "v1", "create_date": None, "document": document()}),
}


def places(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def replaced(value, path, other):
    if not path:
        return other
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = other
    return made


@pytest.mark.parametrize(("name", "source"), SOURCES.values(), ids=SOURCES)
def test_anything_in_any_place(tmp_path, name, source):
    told = []
    for path in places(source):
        for odd in ODD:
            file = write(tmp_path / "in" / name, json.dumps(replaced(source, path, odd)))
            try:
                for given in read(file.parent).policies:
                    changes(folded(given.key, ()), given)
            except RegistryError as error:
                told.append(str(error))
    assert told
    assert all(message.isprintable() for message in told)
