"""Where in a file a resource is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from launchrole.services.cloudformation.template import Template, TemplateError, parse


@dataclass(frozen=True)
class Places:
    """The templates of a launch: its own, and those of nested stacks by their paths, each with its file's name where it
    has one."""

    own: Template | None
    nested: Mapping[tuple[str, ...], tuple[str | None, Template]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, nested: Mapping[tuple[str, ...], tuple[str | None, str]]) -> Places:
        """From texts; one that is no template has no places."""
        parsed = {path: (name, _parsed(one)) for path, (name, one) in nested.items()}
        return cls(_parsed(text), {path: (name, one) for path, (name, one) in parsed.items() if one is not None})

    def of_resource(self, path: tuple[str, ...]) -> tuple[str | None, int | None]:
        """File (None: the launch's own template) and line of a resource; of one in a template that is no file, those of
        the nested stack that it is in."""
        while len(path) > 1:
            name, template = self.nested.get(path[:-1], (None, None))
            if template is not None and name is not None:
                return name, template.line(("Resources", path[-1]))
            path = path[:-1]
        if not path or self.own is None:
            return None, None
        return None, self.own.line(("Resources", path[0]))

    def type_of(self, path: tuple[str, ...]) -> str | None:
        """The type of a resource."""
        template = self.own if len(path) == 1 else self.nested.get(path[:-1], (None, None))[1]
        declared = None if template is None or not path else template.resources.get(path[-1])
        return None if not isinstance(declared, dict) else str(declared.get("Type"))


def _parsed(text: str) -> Template | None:
    try:
        return parse(text)
    except TemplateError:
        return None
