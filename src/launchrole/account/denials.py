"""How a denied caller is told: the code, the status and the sentence, in the words of each protocol and service."""

from __future__ import annotations

import base64
import zlib

from launchrole.account.authorizer import Question
from launchrole.account.callers import Caller
from launchrole.account.errors import ServiceError
from launchrole.policy.decision import Decision, Verdict

_ASSUME_ROLE = frozenset({"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})


def denial(
    decision: Decision,
    question: Question,
    caller: Caller,
    identifier: str,
    protocol: str,
    service: str,
    code: str | None,
) -> ServiceError:
    """The error for a denied request. `code` is the service's own, None for the protocol's."""
    if caller.is_anonymous and service != "s3":
        return missing_credentials(protocol)
    sentence = sentence_of(decision, question)
    if protocol == "ec2":
        told = f"{sentence}. Encoded authorization failure message: {encoded(identifier)}"
        return ServiceError("UnauthorizedOperation", told, 403)
    if protocol in ("query", "rest-xml"):
        return ServiceError(code or "AccessDenied", sentence, 403)
    return ServiceError(code or "AccessDeniedException", sentence, 403 if protocol == "rest-json" else 400)


def sentence_of(decision: Decision, question: Question) -> str:
    """AWS' sentence about a denial. STS says no more than that the caller may not assume the role."""
    told = decision.message(action=question.said_action, resource=question.said_resource)
    request = decision.request
    if request.action.lower() in _ASSUME_ROLE and decision.verdict is Verdict.IMPLICITLY_DENIED:
        return told.partition(" because no ")[0]
    return told


def missing_credentials(protocol: str) -> ServiceError:
    """A request without credentials that nobody's policy allows."""
    message = "Request is missing Authentication Token"
    if protocol in ("query", "ec2", "rest-xml"):
        return ServiceError("MissingAuthenticationToken", message, 403)
    return ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def encoded(identifier: str) -> str:
    """The encoded authorization failure message of EC2: here it holds the decision's id, no more."""
    return base64.urlsafe_b64encode(zlib.compress(f"decision:{identifier}".encode())).decode().rstrip("=")


def decoded(message: str) -> str | None:
    """The decision's id in an encoded message; None for a message that is none of ours."""
    try:
        text = zlib.decompress(base64.urlsafe_b64decode(message + "=" * (-len(message) % 4)), bufsize=1024).decode()
    except (ValueError, zlib.error):
        return None
    return text.removeprefix("decision:") if text.startswith("decision:") and len(text) < 200 else None
