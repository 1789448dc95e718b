"""Functions: code that a template holds as text is packed; permissions have names of their own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.registry import handles

_LATEST = (2020, 1, 1, 0, 0, 0)
"""The date of the files in packages: the same code is the same package."""


@handles("AWS::Lambda::Function")
class Function(Declared):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html"""

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        super().create(action, _packed(properties))

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        super().update(action, old, _packed(properties), changed)


def _packed(properties: Mapping[str, Any]) -> dict[str, Any]:
    code = properties.get("Code")
    if not isinstance(code, dict) or "ZipFile" not in code:
        return dict(properties)
    name = "index.js" if str(properties.get("Runtime", "")).startswith("nodejs") else "index.py"
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        entry = zipfile.ZipInfo(name, _LATEST)
        entry.external_attr = 0o644 << 16
        package.writestr(entry, str(code["ZipFile"]))
    return {**properties, "Code": {**code, "ZipFile": written.getvalue()}}
