"""The built-in products: their templates put together, their seed code packed."""

from __future__ import annotations

import functools
import gzip
import io
import re
import tarfile
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from launchrole.facts import yaml_data

_ROOT = "launchrole.portfolio"
_SECTION = re.compile(r"^([A-Z][A-Za-z]+):(.*)$")
_INCLUDE = re.compile(r"^( *)#include (\S+)$", re.MULTILINE)
_ORDER = ("Transform", "Parameters", "Resources", "Outputs")
_STAMP = (2024, 1, 1, 0, 0, 0)
"""The date of files in archives: the same code is the same archive."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What whoever launches a product is asked for; `default` is None where they must say."""

    name: str
    description: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Product:
    """A product.

    `template` is CloudFormation's YAML; `seed` are the objects, by their keys, that it reads from the seed bucket;
    `tags` are those of the product in Service Catalog. `is_project`: SageMaker launches it, with a project's name, id
    and tags.
    """

    id: str
    name: str
    description: str
    owner: str
    template: str
    seed: Mapping[str, bytes]
    tags: Mapping[str, str]
    is_project: bool

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What whoever launches it is asked for: all but what SageMaker fills in itself."""
        declared = yaml.load(self.template, Loader=_Plain)["Parameters"]
        return tuple(
            Parameter(name, one["Description"], None if "Default" not in one else str(one["Default"]))
            for name, one in declared.items()
            if name not in PROJECT_PARAMETERS
        )


PROJECT_PARAMETERS = ("SageMakerProjectName", "SageMakerProjectId")
"""The parameters that SageMaker fills in.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html"""


def seed_bucket(region: str, account: str) -> str:
    """The bucket that templates read seed code from: one for each account and region."""
    return f"sagemaker-servicecatalog-seedcode-{region}-{account}"


def template_bucket(region: str, account: str) -> str:
    """The bucket with the products' templates. Its name does not begin with `sagemaker-`: the launch role may read them
    because each is tagged `servicecatalog:provisioning=true` (`TEMPLATE_TAGS`)."""
    return f"servicecatalog-templates-{region}-{account}"


TEMPLATE_TAGS = {"servicecatalog:provisioning": "true"}
"""Tags of the objects that are templates."""


@functools.cache
def products() -> tuple[Product, ...]:
    """All of them: seven project templates and three solutions."""
    data = yaml_data.read(_text("products.yaml"))
    return tuple(_product(identifier, one, data["owner"]) for identifier, one in data["products"].items())


def product(identifier: str) -> Product:
    """A product by its id. Raises KeyError."""
    for one in products():
        if one.id == identifier:
            return one
    raise KeyError(identifier)


def _product(identifier: str, one: Mapping[str, Any], owner: str) -> Product:
    is_project = not one.get("solution", False)
    return Product(
        identifier,
        one["name"],
        one["description"],
        owner,
        _template(one),
        {key: _packed(key, path) for key, path in one["seed"].items()},
        {"sagemaker:studio-visibility": "true"} if is_project else {},
        is_project,
    )


def _template(one: Mapping[str, Any]) -> str:
    """The parts as one template: each part's sections, comments included, in the part's order."""
    sections: dict[str, list[str]] = {}
    remarks = []
    for part in one["parts"]:
        remark, found = _sections(_included(_text(f"templates/{part}.yaml"), one.get("source", "")))
        remarks.append(remark)
        for name, text in found:
            sections.setdefault(name, []).append(text)
    written = [
        'AWSTemplateFormatVersion: "2010-09-09"\n',
        f"Description: >-\n  {one['name']}. {one['description']}\n",
        "\n#\n".join(remarks) + "\n",
    ]
    written += [f"\n{name}:{''.join(sections[name])}" for name in _ORDER if name in sections]
    return "".join(written)


def _included(text: str, source: str) -> str:
    """A text with the files that its lines `#include NAME` name in their place, indented as the line is."""

    def put(found: re.Match[str]) -> str:
        return textwrap.indent(_text(f"templates/{found[2].format(source=source)}"), found[1]).rstrip("\n")

    return _INCLUDE.sub(put, text)


def _sections(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The remark at a part's beginning, and its sections: their names and what follows the colon."""
    remark: list[str] = []
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        begun = _SECTION.match(line)
        if begun is not None:
            found.append((begun[1], [begun[2]]))
        elif found:
            found[-1][1].append(line)
        else:
            remark.append(line)
    return "\n".join(remark).strip("\n"), [(name, "\n".join(lines).rstrip("\n") + "\n") for name, lines in found]


def _packed(key: str, path: str) -> bytes:
    """An object of the seed bucket: a file as it is, or a folder as the kind of archive that the key's end says."""
    place = files(_ROOT).joinpath("seed", *path.split("/"))
    if place.is_file():
        return place.read_bytes()
    entries = dict(sorted(_files(place)))
    written = io.BytesIO()
    if key.endswith(".zip"):
        with zipfile.ZipFile(written, "w") as archive:
            for name, content in entries.items():
                entry = zipfile.ZipInfo(name, _STAMP)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
        return written.getvalue()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(written.getvalue(), mtime=0)


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            if one.name != "__pycache__":
                yield from _files(one, f"{prefix}{one.name}/")
        elif not one.name.endswith(".pyc"):
            yield f"{prefix}{one.name}", one.read_bytes()


def _text(path: str) -> str:
    return files(_ROOT).joinpath(*path.split("/")).read_text(encoding="utf-8")


class _Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # known at run time only
    """Reads a template without minding CloudFormation's short forms."""


_Plain.add_multi_constructor("!", lambda _loader, _suffix, node: str(node.value))
