"""Managed policies from files: answers of IAM, plain documents, folders of versions, archives.

| what | how it looks |
|---|---|
| answers of IAM, as the AWS CLI prints them | get-policy, get-policy-version, list-policy-versions, list-policies, get-account-authorization-details (IAM API Reference: API_GetPolicyVersion.html and so on) |
| plain documents | `Name.json`, `Name.v3.json`, or a folder `Name/` of `v1.json`, `v2.json`, ... |
| folders with `meta.json` | the same, with `name`, `arn`, `default_version`, and `versions` of `version` and `create_date` |
| archives, `.jsonl` or `.jsonl.gz` | an object a line: `name`, `arn`, `version`, `create_date`, `document` |
| claims | `{"claims": [{"policy", "version", "announced", "note", "source"}]}` |

An answer that lacks the policy's name has it from the file's name, or from the folder's where the file is `v3.json`.
"""  # noqa: E501 - a table

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from launchrole.files import FileError, text_of
from launchrole.policy.document import PolicyKind
from launchrole.registry.answers import of_answer
from launchrole.registry.errors import RegistryError
from launchrole.registry.events import version_number
from launchrole.registry.given import GivenPolicy, GivenVersion, checked_arn, claims_of, moment

_LONGEST = 256 * 1_048_576
_LONGEST_LINE = 16 * 1_048_576
_VERSION_FILE = re.compile(r"v[1-9][0-9]*\.json")
_NAMED = re.compile(r"(?P<name>.+?)(?:[.:](?P<version>v[1-9][0-9]*))?\.json")
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Read:
    """What a file or folder holds; `ignored` are files in the folder that are of no kind that is read."""

    policies: tuple[GivenPolicy, ...]
    ignored: tuple[Path, ...]


def read(path: Path) -> Read:
    """A file or a folder with everything in it. Raises RegistryError."""
    ignored: list[Path] = []
    if path.is_dir():
        found = list(_of_folder(path, ignored))
    elif _is_archive(path):
        found = list(_of_archive(path))
    else:
        found = _of_file(path)
    if not found:
        raise RegistryError(
            f"{path}: there is no managed policy in it; `launchrole policies import --help` says what is read"
        )
    return Read(tuple(_merged(found)), tuple(ignored))


def _of_folder(folder: Path, ignored: list[Path]) -> Iterator[GivenPolicy]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise RegistryError(f"{folder}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    meta = folder / "meta.json"
    if meta in entries:
        yield _of_meta(meta)
        entries.remove(meta)
    for entry in entries:
        if entry.is_dir():
            yield from _of_folder(entry, ignored)
        elif entry.exists() and not entry.is_file():  # a pipe would never end
            ignored.append(entry)
        elif _is_archive(entry):
            yield from _of_archive(entry)
        elif entry.suffix == ".json":
            yield from _of_file(entry)
        else:
            ignored.append(entry)


def _is_archive(path: Path) -> bool:
    return path.name.endswith((".jsonl", ".jsonl.gz"))


def _of_meta(path: Path) -> GivenPolicy:
    value = _json(_text(path), str(path))
    if not isinstance(value, dict):
        raise RegistryError(f"{path}: meta.json is an object with `name`, `arn`, `default_version` and `versions`")
    where = str(path)
    rows = value.get("versions", [])
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise RegistryError(f"{path}: `versions` is a list of objects with `version` and `create_date`")
    versions = tuple(
        GivenVersion(version_number(one.get("version"), where), None, _date(one.get("create_date"), where), where)
        for one in rows
    )
    default, withdrawn = value.get("default_version"), value.get("withdrawn")
    return GivenPolicy(
        policy_name(value.get("name", path.parent.name), where),
        where,
        None if value.get("arn") is None else checked_arn(value["arn"], where),
        versions,
        None if default is None else version_number(default, where),
        withdrawn=_date(withdrawn, where),
    )


def _of_file(path: Path) -> list[GivenPolicy]:
    text = _text(path)
    where = str(path)
    value = _json(text, where)
    if isinstance(value, dict) and "claims" in value:
        return [
            GivenPolicy(policy_name(name, where), where, claims=tuple(some))
            for name, some in claims_of(value["claims"], where).items()
        ]
    name, number = _named_by(path)
    found = of_answer(value, name, where)
    if found is not None:
        return found
    policy_name(name, where)
    if number is None:
        return [GivenPolicy(name, where, unnumbered=text)]
    return [GivenPolicy(name, where, versions=(GivenVersion(number, text, None, where),))]


def _named_by(path: Path) -> tuple[str, int | None]:
    """The policy and the number of the version that a file's name tells."""
    if _VERSION_FILE.fullmatch(path.name):
        return path.resolve().parent.name, version_number(path.stem, str(path))
    found = _NAMED.fullmatch(path.name)
    if found is None:
        return path.stem, None
    return found["name"], None if found["version"] is None else version_number(found["version"], str(path))


def _of_archive(path: Path) -> Iterator[GivenPolicy]:
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}:{number}"
        row = _json(line, where)
        if not isinstance(row, dict) or not isinstance(row.get("document"), dict):
            raise RegistryError(f"{where}: a row is an object with `name`, `version`, `create_date` and `document`")
        version = GivenVersion(
            version_number(row.get("version"), where),
            json.dumps(row["document"], ensure_ascii=False),
            _date(row.get("create_date"), where),
            where,
        )
        arn = None if row.get("arn") is None else checked_arn(row["arn"], where)
        yield GivenPolicy(
            policy_name(row.get("name"), where), where, arn, (version,), may_lack=True, kind=PolicyKind.IDENTITY
        )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            rows = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
            while line := rows.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise RegistryError(
                        f"{path}: a row has more than {_LONGEST_LINE // 1_048_576} MiB; no more is read"
                    )
                yield line.decode("utf-8")
    except UnicodeDecodeError:
        raise RegistryError(f"{path}: this is not a text in UTF-8") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise RegistryError(f"{path}: the archive is damaged or cut off; fetch it anew") from None
    except OSError as error:
        raise RegistryError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def _text(path: Path) -> str:
    try:
        return text_of(str(path), _LONGEST)
    except FileError as error:
        raise RegistryError(str(error)) from None


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RegistryError(f"{where}:{error.lineno}:{error.colno}: this is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):  # a number of too many digits, too many brackets
        raise RegistryError(f"{where}: this is no JSON that can be read") from None


def _date(value: object, where: str) -> Any:
    return None if value is None else moment(value, where)


def policy_name(value: object, where: str) -> str:
    """A name that IAM takes for a policy. Raises RegistryError. IAM API Reference: API_CreatePolicy.html."""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise RegistryError(f"{where}: {value!r} is no name of a policy: letters, digits and +=,.@-_ up to 128 of them")


def _merged(policies: Iterable[GivenPolicy]) -> Iterator[GivenPolicy]:
    """One of each policy: what files that do not tell the ARN have belongs to the policy of that name that does."""
    named: dict[str, dict[str | None, list[GivenPolicy]]] = {}
    for one in policies:
        named.setdefault(one.name, {}).setdefault(one.arn, []).append(one)
    for by_arn in named.values():
        plain = by_arn.pop(None, [])
        if len(by_arn) == 1 or not by_arn:
            yield _one([*(one for some in by_arn.values() for one in some), *plain])
            continue
        if plain:
            arns = " or ".join(str(arn) for arn in by_arn)
            raise RegistryError(f"{plain[0].where}: {plain[0].name} may be {arns}; add the ARN in a meta.json")
        for some in by_arn.values():
            yield _one(some)


def _one(some: list[GivenPolicy]) -> GivenPolicy:
    if len(some) == 1:
        return some[0]
    defaults = {one.default: one.where for one in some if one.default is not None}
    if len(defaults) > 1:
        said = " and ".join(f"v{number} in {where}" for number, where in defaults.items())
        raise RegistryError(f"{some[0].name}: the default version is said to be {said}; keep the right one")
    unnumbered = [one for one in some if one.unnumbered is not None]
    if len(unnumbered) > 1:
        raise RegistryError(
            f"{unnumbered[1].where}: {unnumbered[0].where} is a document of {unnumbered[0].name}, too; say which "
            f"version each is: {unnumbered[0].name}.v1.json"
        )
    return replace(
        some[0],
        versions=tuple(version for one in some for version in one.versions),
        default=next(iter(defaults), None),
        unnumbered=unnumbered[0].unnumbered if unnumbered else None,
        withdrawn=next((one.withdrawn for one in some if one.withdrawn), None),
        claims=tuple(claim for one in some for claim in one.claims),
        may_lack=any(one.may_lack for one in some),
    )
