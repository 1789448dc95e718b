"""What somebody says is there: the assumptions that are settled, as supplies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from launchrole.preflights import network
from launchrole.preflights.errors import PreflightError
from launchrole.preflights.subject import Supply

_OF_ARN = {
    re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+"): "role:{0}",
    re.compile(r"arn:[\w-]+:s3:::([^/]+)"): "s3-bucket:{1}",
    re.compile(r"arn:[\w-]+:s3:::([^/]+/.+)"): "s3-object:{1}",
    re.compile(r"arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:(.+?)(?:-\w{6})?"): "secret:{1}",
    re.compile(r"arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter(/.+|/?[^/]+)"): "ssm:{1}",
    re.compile(r"arn:[\w-]+:ec2:[\w-]+:\d{12}:(vpc|subnet|security-group|key-pair|image|volume)/(.+)"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:.+"): "lambda:{0}",
    re.compile(r"arn:[\w-]+:(sns|sqs):[\w-]+:\d{12}:([^:]+)"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:(ecr):[\w-]+:\d{12}:repository/(.+)"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:(codecommit):[\w-]+:\d{12}:([^:/]+)"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:(logs):[\w-]+:\d{12}:log-group:([^:]+)(?::\*)?"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:(dynamodb):[\w-]+:\d{12}:table/([^/]+)"): "{1}:{2}",
    re.compile(r"arn:[\w-]+:(kinesis):[\w-]+:\d{12}:stream/(.+)"): "{1}:{2}",
}
NAMED = ("sns", "sqs", "ecr", "codecommit", "logs", "dynamodb", "kinesis")
"""Services of which a thing with a name can be said to exist, by its ARN."""

_KINDS = ("portfolio", "role", "s3-bucket", "s3-object", "secret", "ssm", *network.KINDS.values(), *NAMED)


def given(
    *,
    exists: Iterable[str] = (),
    imports: Mapping[str, str] | None = None,
    ssm: Mapping[str, str] | None = None,
    assume: Iterable[str] = (),
) -> tuple[Supply, ...]:
    """Supplies of all that is said. `exists` are ARNs, `s3://BUCKET/KEY` or KIND:NAME; `imports` are exports and `ssm`
    parameters with their values; `assume` are texts such as `s3-object-tag:BUCKET/KEY=NAME=VALUE`.

    Raises `PreflightError` for what says nothing that could be put there.
    """
    found: dict[str, Supply] = {}
    for text in exists:
        one = _existing(text)
        found[one.name] = one
    for name, value in (imports or {}).items():
        found[f"import:{name}"] = Supply(f"import:{name}", value, given=True)
    for name, value in (ssm or {}).items():
        found[f"ssm:{name}"] = Supply(f"ssm:{name}", value, given=True)
    for text in assume:
        one = _tagged(text, found)
        found[one.name] = one
    return tuple(found.values())


def _existing(text: str) -> Supply:
    if text.startswith("s3://"):
        place = text.removeprefix("s3://")
        return Supply(f"{'s3-object' if '/' in place else 's3-bucket'}:{place}", given=True)
    for pattern, name in _OF_ARN.items():
        found = pattern.fullmatch(text)
        if found is not None:
            return Supply(name.format(found[0], *found.groups()), given=True)
    kind, colon, what = text.partition(":")
    if colon and what and kind in _KINDS:
        return Supply(text, given=True)
    raise PreflightError(
        f"--exists {text}: write an ARN, s3://BUCKET/KEY, or KIND:NAME with one of {', '.join(_KINDS)}; things of "
        "other services cannot be put there"
    )


def _tagged(text: str, found: Mapping[str, Supply]) -> Supply:
    """An object with a tag, added to those that it is said to have already."""
    match = re.fullmatch(r"s3-object-tag:([^/=]+/[^=]+)=(?:([^=]+)=(.*))?", text)
    if match is None:
        raise PreflightError(
            f"--assume {text}: write s3-object-tag:BUCKET/KEY=NAME=VALUE, or s3-object-tag:BUCKET/KEY= for an object "
            "without tags"
        )
    name = f"s3-object:{match[1]}"
    before = found.get(name)
    tags = dict(before.tags or {}) if before is not None else {}
    if match[2]:
        tags[match[2]] = match[3]
    return Supply(name, given=True, tags=tags)
