"""IAM at an AWS endpoint, as far as managed policies are read from it.

IAM API Reference: API_ListPolicies.html, API_GetPolicy.html, API_ListPolicyVersions.html, API_GetPolicyVersion.html.
Keys, profiles, regions and AWS_ENDPOINT_URL are what they are for the AWS CLI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from launchrole.policy.errors import printable
from launchrole.registry.errors import RegistryError

_PERMISSIONS = "iam:ListPolicies, iam:GetPolicy, iam:ListPolicyVersions and iam:GetPolicyVersion"

_ADVICE = {
    "AccessDenied": f"let whoever calls do {_PERMISSIONS}, or choose other keys with --profile",
    "ExpiredToken": "the session is over: sign in anew",
    "NoSuchEntity": "see `aws iam list-policies`, whose endpoint and account have to be the same",
    "InvalidClientTokenId": "the keys are not of this endpoint: see --profile and --endpoint-url",
    "OptInRequired": "the account may not use this endpoint: choose another --region or --profile",
    "SignatureDoesNotMatch": "the secret key or the region is not the right one: see --profile and --region",
    "Throttling": "IAM takes no more calls for now: wait, or use fewer --jobs",
}
"""What to do about IAM's errors, by the beginning of their codes (IAM API Reference: CommonErrors.html)."""

_MOST_TOLD = 400
_REGION = "us-east-1"
"""IAM is one for all regions of the partition `aws`, its requests are signed for this one (AWS General Reference:
iam-service.html)."""


class Refused(RegistryError):
    """IAM answered a call with an error; `code` is IAM's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Iam:
    """IAM at an endpoint. Every method raises Refused, and RegistryError where nothing that can be read is answered;
    the message says which call it was, and what to do."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.url = str(client.meta.endpoint_url)

    @classmethod
    def at(cls, url: str | None, profile: str | None, region: str | None, connections: int) -> Iam:
        """IAM at a URL, or where the settings of the AWS CLI say; so many calls may be made at once. Raises
        RegistryError where the settings are of no use. No call is made."""
        import botocore.config
        import botocore.session

        config = botocore.config.Config(
            retries={"mode": "standard"}, connect_timeout=10, read_timeout=30, max_pool_connections=connections
        )
        where = url or "AWS' IAM"
        with _told(where, "the settings"):
            session = botocore.session.Session(profile=profile)
            signed_for = region or session.get_config_variable("region") or _REGION
            try:
                return cls(session.create_client("iam", region_name=signed_for, endpoint_url=url, config=config))
            except ValueError as error:  # a URL that is none
                raise RegistryError(_message(where, "the settings", str(error), _SETTINGS)) from None

    def policies(self, scope: str) -> list[Mapping[str, Any]]:
        """What ListPolicies has of a scope, `All`, `AWS` or `Local`, from all pages."""
        return self._pages("ListPolicies", "list_policies", "Policies", "", Scope=scope)

    def policy(self, arn: str) -> Mapping[str, Any]:
        """What GetPolicy has."""
        return self._one("GetPolicy", arn, "Policy", lambda: self._client.get_policy(PolicyArn=arn))

    def versions(self, arn: str) -> list[Mapping[str, Any]]:
        """What ListPolicyVersions has, from all pages: no documents."""
        return self._pages("ListPolicyVersions", "list_policy_versions", "Versions", f" of {arn}", PolicyArn=arn)

    def version(self, arn: str, version: str) -> Mapping[str, Any]:
        """What GetPolicyVersion has, the document with it."""
        return self._one(
            "GetPolicyVersion",
            f"{arn}, {version}",
            "PolicyVersion",
            lambda: self._client.get_policy_version(PolicyArn=arn, VersionId=version),
        )

    def _one(self, call: str, about: str, member: str, make: Any) -> Mapping[str, Any]:
        with _told(self.url, f"iam:{call} of {about}"):
            found: Mapping[str, Any] = self._member(make(), member, dict, f"iam:{call} of {about}")
            return found

    def _pages(self, call: str, name: str, member: str, about: str, **params: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        with _told(self.url, f"iam:{call}{about}"):
            for page in self._client.get_paginator(name).paginate(**params, PaginationConfig={"PageSize": 1000}):
                found += self._member(page, member, list, f"iam:{call}{about}")
        return found

    def _member(self, answer: Any, member: str, kind: type, call: str) -> Any:
        if isinstance(answer, dict) and isinstance(answer.get(member), kind):
            return answer[member]
        raise RegistryError(_message(self.url, call, f"there is no {member} in the answer", _NO_IAM))


_NO_IAM = "that is no answer of IAM's; see --endpoint-url and AWS_ENDPOINT_URL"
_SETTINGS = "see `aws configure list`, --profile, --region and --endpoint-url; `launchrole up` prints its own keys"
_AGAIN = "run it again when the endpoint answers; see --endpoint-url and AWS_ENDPOINT_URL"


@contextmanager
def _told(where: str, call: str) -> Iterator[None]:
    """Errors of botocore's in words."""
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, PaginationError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        found = error.response.get("Error", {})
        code, message = str(found.get("Code", "")), str(found.get("Message", ""))
        advice = next((told for name, told in _ADVICE.items() if code.startswith(name)), "mend that, and run it again")
        raise Refused(_message(where, call, f"{code}: {message}".rstrip("."), advice), code) from None
    except (ConnectionError, HTTPClientError) as error:
        raise RegistryError(_message(where, call, str(error), _AGAIN)) from None
    except PaginationError as error:
        raise RegistryError(_message(where, call, str(error), _NO_IAM)) from None
    except BotoCoreError as error:  # keys, profiles, regions
        raise RegistryError(_message(where, call, str(error).rstrip("."), _SETTINGS)) from None
    except RecursionError:
        raise RegistryError(_message(where, call, "there are too many brackets in the document", _NO_IAM)) from None
    except (ResponseParserError, ValueError, LookupError, TypeError, AttributeError) as error:  # botocore's own parsers
        raise RegistryError(_message(where, call, f"the answer cannot be read: {error}", _NO_IAM)) from None


def _message(where: str, call: str, what: str, advice: str) -> str:
    told = printable(" ".join(what.split()))
    short = told if len(told) <= _MOST_TOLD else f"{told[:_MOST_TOLD]} ..."
    return f"{where}: {call}: {short}; {advice}"
