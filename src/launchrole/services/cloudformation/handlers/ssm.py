"""Documents, of which another content is a new version or another document.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-document.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.registry import handles

_OF_A_VERSION = ("Content", "Attachments", "DocumentFormat", "Requires", "TargetType", "VersionName")


@handles("AWS::SSM::Document")
class Document(Declared):
    changed_by_code = frozenset({"UpdateMethod"})

    def replacing(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
        """UpdateMethod says whether a changed document is replaced, which is what happens without it."""
        found = super().replacing(old, new)
        if new.get("UpdateMethod", "Replace") == "Replace":
            found += [name for name in _OF_A_VERSION if old.get(name) != new.get(name)]
        return found
