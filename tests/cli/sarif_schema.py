"""What SARIF 2.1.0 says of the objects that are written here, as a JSON Schema: which members each may have.

Written from https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; the numbers are its sections.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
BAG = {"type": "object"}  # 3.8


def an_object(required: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    """An object with these members and no others; every object may have a property bag."""
    return {
        "type": "object",
        "properties": {**members, "properties": BAG},
        "required": list(required),
        "additionalProperties": False,
    }


def several(one: Any, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": one, "minItems": least}


MESSAGE = {
    **an_object(text=TEXT, markdown=TEXT, id=TEXT, arguments=several(TEXT)),
    "anyOf": [{"required": ["text"]}, {"required": ["id"]}],
}  # 3.11
MULTIFORMAT = an_object(("text",), text=TEXT, markdown=TEXT)  # 3.12
LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
LOCATION_OF_ARTIFACT = an_object(
    uri={"type": "string", "format": "uri-reference"},
    uriBaseId=TEXT,
    index={"type": "integer", "minimum": -1},
    description=MESSAGE,
)  # 3.4
NUMBER = {"type": "integer", "minimum": 1}
REGION = an_object(
    startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER, endColumn=NUMBER,
    charOffset={"type": "integer"}, charLength={"type": "integer"}, snippet=BAG, message=MESSAGE, sourceLanguage=TEXT,
)  # 3.30  # fmt: skip
PHYSICAL = an_object(artifactLocation=LOCATION_OF_ARTIFACT, region=REGION, contextRegion=REGION)  # 3.29
LOGICAL = an_object(
    name=TEXT,
    index={"type": "integer"},
    fullyQualifiedName=TEXT,
    decoratedName=TEXT,
    parentIndex={"type": "integer"},
    kind=TEXT,
)  # 3.33
LOCATION = an_object(
    id={"type": "integer"},
    physicalLocation=PHYSICAL,
    logicalLocations=several(LOGICAL),
    message=MESSAGE,
    annotations=several(REGION),
)  # 3.28
SUPPRESSION = an_object(
    ("kind",), guid=TEXT, kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]}, justification=TEXT, location=LOCATION,
)  # 3.35  # fmt: skip
REPLACEMENT = an_object(
    ("deletedRegion",), deletedRegion=REGION, insertedContent=an_object(text=TEXT, binary=TEXT)
)  # 3.57
CHANGE = an_object(
    ("artifactLocation", "replacements"), artifactLocation=LOCATION_OF_ARTIFACT, replacements=several(REPLACEMENT, 1)
)  # 3.56
FIX = an_object(("artifactChanges",), description=MESSAGE, artifactChanges=several(CHANGE, 1))  # 3.55
RESULT = an_object(
    ("message",), ruleId=TEXT, ruleIndex={"type": "integer", "minimum": -1}, rule=BAG, level=LEVEL, message=MESSAGE,
    kind={"enum": ["pass", "open", "informational", "notApplicable", "review", "fail"]}, locations=several(LOCATION),
    guid=TEXT, correlationGuid=TEXT, occurrenceCount=NUMBER, analysisTarget=LOCATION_OF_ARTIFACT,
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fingerprints={"type": "object", "additionalProperties": TEXT}, suppressions=several(SUPPRESSION),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]}, rank={"type": "number"},
    relatedLocations=several(LOCATION), fixes=several(FIX),
)  # 3.27  # fmt: skip
RULE = an_object(
    ("id",), id=TEXT, guid=TEXT, name=TEXT, shortDescription=MULTIFORMAT, fullDescription=MULTIFORMAT,
    helpUri={"type": "string", "format": "uri"}, help=MULTIFORMAT,
    defaultConfiguration=an_object(enabled={"type": "boolean"}, level=LEVEL, rank={"type": "number"}, parameters=BAG),
)  # 3.49  # fmt: skip
DRIVER = an_object(
    ("name",), name=TEXT, fullName=TEXT, organization=TEXT, version=TEXT, semanticVersion=TEXT, informationUri=TEXT,
    rules=several(RULE),
)  # 3.19  # fmt: skip
RUN = an_object(
    ("tool",), tool=an_object(("driver",), driver=DRIVER), results=several(RESULT),
    artifacts=several(an_object(location=LOCATION_OF_ARTIFACT, mimeType=TEXT)),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]}, invocations=several(BAG), originalUriBaseIds=BAG,
)  # 3.14  # fmt: skip
LOG = {
    "type": "object",
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": several(RUN),
        "properties": BAG,
    },
    "required": ["version", "runs"],
    "additionalProperties": False,
}  # 3.13
