"""Secrets that CloudFormation makes up.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Failed
from launchrole.services.cloudformation.handlers.declared import Declared
from launchrole.services.cloudformation.handlers.registry import handles
from launchrole.services.cloudformation.intrinsics import as_text


@handles("AWS::SecretsManager::Secret")
class Secret(Declared):
    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        wanted = properties.get("GenerateSecretString")
        kept = {name: one for name, one in properties.items() if name != "GenerateSecretString"}
        if wanted is not None:
            kept["generated"] = _generated(action, wanted)
        super().create(action, kept)


def _generated(action: Action, wanted: Mapping[str, Any]) -> str:
    """A password as it is asked for; within a JSON object where a template for one is given."""

    def flag(name: str) -> bool:
        return as_text(wanted.get(name, False)) == "true"

    kinds = [
        ("ExcludeLowercase", string.ascii_lowercase),
        ("ExcludeUppercase", string.ascii_uppercase),
        ("ExcludeNumbers", string.digits),
        ("ExcludePunctuation", string.punctuation),
    ]
    excluded = set(as_text(wanted.get("ExcludeCharacters", "")))
    letters = [[one for one in group if one not in excluded] for name, group in kinds if not flag(name)]
    letters = [group for group in letters if group]
    if flag("IncludeSpace"):
        letters.append([" "])
    if not letters:
        raise Failed("GenerateSecretString excludes every character")
    length = int(wanted.get("PasswordLength", 32))
    source = action.random()
    chosen = [source.choice(group) for group in letters][:length]
    every = [one for group in letters for one in group]
    chosen += source.choices(every, k=length - len(chosen))
    source.shuffle(chosen)
    password = "".join(chosen)
    if "SecretStringTemplate" not in wanted:
        return password
    try:
        document = json.loads(as_text(wanted["SecretStringTemplate"]))
        document[as_text(wanted["GenerateStringKey"])] = password
    except (ValueError, KeyError, TypeError):
        raise Failed("SecretStringTemplate must be a JSON object, and GenerateStringKey the key to add") from None
    return json.dumps(document)
