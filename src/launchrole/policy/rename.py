"""Names that fit a pattern and still hold the name that somebody wanted.

`project/churn-build` and the pattern `project/sagemaker-*` make `project/sagemaker-churn-build`. An ARN's partition,
service, region, account and resource type stay as they are: only the name is the caller's to choose. Nothing here
decides whether a name is allowed; what comes out are candidates, the most readable first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from launchrole.policy.pattern import MANY, ONE, Pieces, Wildcard, arn_segments, glob_matches

_MOST_CANDIDATES = 6
_SHORT = 16  # characters kept of a name that does not fit at full length
_SEPARATORS = "-_."
_FILLER = "x"

# Where the last part of an ARN begins with a name and not with a type. Service Authorization Reference, "Resource types
# defined by" the service: list_amazons3.html (a bucket, then the key), list_amazonsns.html, list_amazonsqs.html,
# list_awscodecommit.html, list_awscodepipeline.html.
_WITHOUT_TYPE = frozenset({"s3", "sns", "sqs", "codecommit", "codepipeline"})

# The longest name of a type, in characters, and where in the name it is: `first` or `last` part between slashes.
# S3 User Guide: bucketnamingrules.html (lower case, too); IAM User Guide: reference_iam-quotas.html, "IAM and STS
# character limits"; Lambda API Reference: API_CreateFunction.html.
_LONGEST = {
    ("s3", ""): ("first", 63),
    ("iam", "role/"): ("last", 64),
    ("iam", "user/"): ("last", 64),
    ("iam", "policy/"): ("last", 128),
    ("lambda", "function:"): ("last", 64),
}

_TYPE = re.compile(r"(/?+[^/:]*[/:])(?=.)", re.DOTALL)


def split_arn(arn: str) -> tuple[list[str], str, str] | None:
    """An ARN's first five parts, its resource type with the separator behind it, and the name; None for no ARN.

    The type is empty for resources that are named without one (S3 buckets).
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    tail = parts.pop()
    found = None if _is_untyped(parts) else _TYPE.match(tail)
    kind = found.group(1) if found else ""
    return parts, kind, tail[len(kind) :]


def same_type(one: str, other: str) -> bool:
    """Whether two ARNs differ in nothing but the name."""
    left, right = split_arn(one), split_arn(other)
    return left is not None and right is not None and left[:2] == right[:2]


def renamings(pieces: Pieces, arn: str) -> list[str]:
    """ARNs that fit a pattern of six parts, and differ from `arn` in nothing but the name."""
    split = split_arn(arn)
    segments = arn_segments(pieces)
    if split is None or len(segments) != 6:
        return []
    parts, kind, name = split
    if not all(glob_matches(segment, part) for segment, part in zip(segments, parts, strict=False)):
        return []
    rest = _without_type(segments[5], kind)
    if rest is None:
        return []
    head = ":".join(parts) + ":" + kind
    limit = _LONGEST.get((parts[2], kind))
    is_bucket = parts[2] == "s3" and not kind
    names: list[str] = []
    for wanted in (name, _short(name)):
        for candidate in _names(rest, wanted, basename_first=parts[2] == "iam"):
            if limit is not None and len(_part(candidate, limit[0])) > limit[1]:
                continue
            if is_bucket and not _is_bucket_like(candidate, name):
                continue
            if candidate.startswith((":", "/")) and not name.startswith(candidate[:1]):
                continue  # another type: a log stream for a log group
            if candidate and candidate not in names:
                names.append(candidate)
        if names:
            break
    return [head + candidate for candidate in names[:_MOST_CANDIDATES]]


def fittings(pieces: Pieces, own: str) -> list[str]:
    """Texts that fit a glob: `own` itself if it does, else `own` in the place of one star, the last star first."""
    if glob_matches(pieces, own):
        return [own]
    stars = [place for place, piece in enumerate(pieces) if piece is MANY]
    if not stars:
        return ["".join(_FILLER if piece is ONE else str(piece) for piece in pieces)]
    return list(dict.fromkeys(_filled(pieces, star, own) for star in (stars[-1], *stars[:3])))


def fitting_arns(pieces: Pieces, filler: str, like: str) -> list[str]:
    """ARNs that fit a pattern of six parts; region and account, if free, are those of the ARN `like`."""
    segments = arn_segments(pieces)
    if len(segments) != 6:
        return []
    models = [*like.split(":", 5), *("",) * 6] if like.startswith("arn:") else ["arn", "aws", "", "", "", ""]
    made: list[str] = []
    for place, segment in enumerate(segments[:5]):
        model = models[place] or ("aws" if place == 1 else "")
        made.append(model if glob_matches(segment, model) else fittings(segment, filler)[0])
    return [":".join([*made, name]) for name in fittings(segments[5], filler)]


def _is_untyped(parts: Sequence[str]) -> bool:
    # S3's access points and jobs have a region, and a type; buckets and objects have none.
    return parts[2] in _WITHOUT_TYPE and not (parts[2] == "s3" and parts[3])


def _without_type(pieces: Pieces, kind: str) -> list[str | Wildcard] | None:
    """What is left of a pattern behind a resource type; None where the pattern is about another type."""
    rest = list(pieces)
    if not kind:
        return rest
    first = rest[0] if rest else ""
    if first is MANY:
        separated = len(rest) > 1 and str(rest[1]).startswith(kind[-1])
        return [str(rest[1])[1:], *rest[2:]] if separated else rest
    if not isinstance(first, str):
        return None
    if first.startswith(kind):
        return [first[len(kind) :], *rest[1:]] if len(first) > len(kind) else rest[1:]
    is_start = kind.startswith(first) and len(rest) > 1 and rest[1] is MANY
    return rest[1:] if is_start else None


def _names(pieces: Pieces, name: str, *, basename_first: bool = False) -> Iterator[str]:
    """Names that fit, path by path: the parts between slashes are matched from the left, the last with the last."""
    patterns = _path(pieces)
    own = name.split("/")
    if len(patterns) == 1:
        whole = fittings(pieces, name)
        base = fittings(pieces, own[-1]) if len(own) > 1 else []
        yield from [*base, *whole] if basename_first else [*whole, *base]
        return
    if len(own) < len(patterns):
        own = [*own[:-1], *(_FILLER,) * (len(patterns) - len(own)), own[-1]]
    front = len(patterns) - 1
    behind = [own[-1], "/".join(own[front:])] if basename_first else ["/".join(own[front:]), own[-1]]
    start = [fittings(pattern, part)[0] for pattern, part in zip(patterns, own[:front], strict=False)]
    for end in behind:
        yield from ("/".join([*start, last]) for last in fittings(patterns[-1], end))


def _path(pieces: Pieces) -> list[list[str | Wildcard]]:
    parts: list[list[str | Wildcard]] = [[]]
    for piece in pieces:
        if isinstance(piece, Wildcard):
            parts[-1].append(piece)
            continue
        for place, text in enumerate(piece.split("/")):
            if place:
                parts.append([])
            if text:
                parts[-1].append(text)
    return parts


def _filled(pieces: Pieces, star: int, own: str) -> str:
    """A pattern's text with `own` for one star, without what `own` shares with the text around that star."""
    before = "".join(_FILLER if piece is ONE else "" if piece is MANY else str(piece) for piece in pieces[:star])
    after = "".join(_FILLER if piece is ONE else "" if piece is MANY else str(piece) for piece in pieces[star + 1 :])
    start, end = before.rstrip(_SEPARATORS).lower(), after.lstrip(_SEPARATORS).lower()
    kept = own
    if _is_word(start) and kept.lower().startswith(start):
        kept = kept[len(start) :].lstrip(_SEPARATORS)
    if _is_word(end) and kept.lower().endswith(end):
        kept = kept[: -len(end)].rstrip(_SEPARATORS)
    return before + (kept or own) + after


def _is_word(text: str) -> bool:
    """Whether a text is long enough that a name does not share it by chance."""
    return len(text) >= 3


def _is_bucket_like(candidate: str, name: str) -> bool:
    """Whether a bucket's name is in lower case, and an object stays an object."""
    bucket = _part(candidate, "first")
    return bucket == bucket.lower() and ("/" in candidate) == ("/" in name)


def _part(name: str, which: str) -> str:
    return name.split("/", 1)[0] if which == "first" else name.rsplit("/", 1)[-1]


def _short(name: str) -> str:
    first, slash, rest = name.partition("/")
    return first[:_SHORT].rstrip(_SEPARATORS) + slash + rest if rest else name[:_SHORT].rstrip(_SEPARATORS)
