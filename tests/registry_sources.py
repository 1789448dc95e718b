"""Sources of managed policies, made up for the tests."""

import json

ACCOUNT = "123456789012"


def document(*actions, **more):
    statement = {"Effect": "Allow", "Action": list(actions) or ["s3:GetObject"], "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def customer_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def folder_of(path, *documents, meta=None):
    """A folder of versions as `v1.json`, ...; None leaves one out."""
    for number, one in enumerate(documents, start=1):
        if one is not None:
            write(path / f"v{number}.json", one)
    if meta is not None:
        write(path / "meta.json", {"name": path.name, **meta})
    return path


def dated(*days, **more):
    rows = [{"version": f"v{number}", "create_date": f"{day}T12:00:00Z"} for number, day in enumerate(days, start=1)]
    return {"versions": rows, **more}
