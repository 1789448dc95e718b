"""Types of which only the schema is known, or not even that: in a rehearsal something stands for their resources, and
no call is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launchrole.services.cloudformation.handlers.action import Action, Resource
from launchrole.services.cloudformation.handlers.handler import Handler


class Modelled(Handler):
    """Gives a resource a name, and its attributes texts of the form that their names tell of."""

    def create(self, action: Action, properties: Mapping[str, Any]) -> None:
        name = action.generated_name(48)
        _, service, kind = [*self.type.name.split("::"), "", ""][:3]
        arn = action.stack.arn(service.lower(), f"{kind.lower()}/{name}")
        attributes = {
            pointer.replace("/", "."): arn if pointer.lower().endswith("arn") else name
            for pointer in self.type.read_only
        }
        action.created(name, **{**attributes, "Arn": arn})

    def update(self, action: Action, old: Resource, properties: Mapping[str, Any], changed: frozenset[str]) -> None:
        """Nothing is known of what it takes."""

    def delete(self, action: Action, old: Resource) -> None:
        """Nothing was made."""
