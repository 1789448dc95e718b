"""Make `endpoints.json` from botocore's service models: run `python -m launchrole.facts.build_endpoints`."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

from launchrole.facts import actions

_PREFIXES = {"apigateway": "apigateway", "apigatewayv2": "apigateway"}
"""API Gateway's actions are HTTP methods, so its operations' names tell nothing of its prefix."""


def build() -> dict[str, Any]:
    """The file's content. A service's IAM prefix is the one whose actions have its operations' names."""
    import botocore.session

    session = botocore.session.get_session()
    rows = {}
    for name in session.get_available_services():
        model = session.get_service_model(name)
        metadata = model.metadata
        signing = metadata.get("signingName", metadata["endpointPrefix"])
        protocols = metadata.get("protocols") or [metadata["protocol"]]
        prefix = _PREFIXES.get(name) or _prefix(name, metadata, {one.lower() for one in model.operation_names})
        target = metadata.get("targetPrefix")
        rows[name] = [prefix, signing, metadata["endpointPrefix"], protocols, target, metadata["apiVersion"]]
    return {"source": {"package": "botocore", "version": importlib.metadata.version("botocore")}, "services": rows}


def _prefix(name: str, metadata: dict[str, Any], operations: set[str]) -> str | None:
    endpoint = metadata["endpointPrefix"]
    names = [name, metadata.get("signingName", endpoint), endpoint, endpoint.rpartition(".")[2]]
    likely: list[str] = [one for one in dict.fromkeys(names) if _share(one, operations) >= 0.3]
    if likely:
        return likely[0]
    best = max(actions.services(), key=lambda prefix: _share(prefix, operations))
    return best if _share(best, operations) >= 0.8 and len(operations) >= 8 else None


def _share(prefix: str, operations: set[str]) -> float:
    """The part of a service's operations that are actions of a prefix."""
    found = actions.service(prefix)
    return 0.0 if found is None else len(operations & set(found.actions)) / len(operations)


if __name__ == "__main__":
    path = Path(__file__).with_name("endpoints.json")
    content = build()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in content["services"].items())
    path.write_text(f'{{"source": {json.dumps(content["source"])}, "services": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"{path}: {len(content['services'])} services")
