"""Who calls, and which policies hold for them: identities become a `Caller`, policies are compiled once.

IAM User Guide: reference_policies_variables.html and reference_policies_condition-keys.html say which keys a caller's
requests carry.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from launchrole.account.directory import Directory, Identity, PolicyText
from launchrole.account.errors import ServiceError
from launchrole.account.sessions import Session
from launchrole.policy.document import PolicyDocument, parse
from launchrole.policy.errors import PolicyError
from launchrole.policy.policy_set import PolicySet
from launchrole.policy.principal import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call. `context` are the condition keys that every request of this caller carries; `key` names the
    caller where policies are kept (a session's differ from its role's)."""

    principal: Principal
    account: str
    partition: str
    key: str
    context: Mapping[str, str | tuple[str, ...]]
    session: Session | None = None
    user_name: str | None = None

    @property
    def arn(self) -> str:
        return self.principal.arn

    @property
    def identity(self) -> str:
        """A text from which `Callers.by_identity` makes the caller again."""
        if self.session is not None:
            return f"session:{self.session.access_key_id}"
        return f"user:{self.account}:{self.user_name}"

    @property
    def is_root(self) -> bool:
        return self.principal.arn.endswith(":root")

    @property
    def is_anonymous(self) -> bool:
        return self.key == ANONYMOUS

    @property
    def unique_id(self) -> str:
        """aws:userid, which GetCallerIdentity calls UserId."""
        found = self.context.get("aws:userid", "")
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class CallerPolicies:
    """The policies that hold for a caller, whatever the resource."""

    identity: tuple[PolicyText, ...] = ()
    boundary: tuple[PolicyText, ...] = ()
    session: tuple[PolicyText, ...] = ()
    scp: tuple[tuple[PolicyText, ...], ...] = ()


class Applied:
    """A policy set, and how the record of decisions names its policies: by the digests of their texts (`written`).
    `is_stored` says that the state has the texts."""

    __slots__ = ("is_stored", "policies", "written")

    def __init__(self, policies: PolicySet, written: str) -> None:
        self.policies = policies
        self.written = written
        self.is_stored = False


def digest(document: PolicyDocument) -> str:
    """A policy's name in the record: the same text under the same name is the same policy."""
    text = f"{document.name}\0{document.arn}\0{document.text}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


_KEPT = 4096
"""How many compiled policy sets are kept."""


@dataclass
class Callers:
    """Callers and what applies to them. `drop` forgets them all: whatever IAM or Organizations call changed something.
    What was compiled of texts is kept for whoever has the same ones."""

    directory: Directory
    _users: dict[tuple[str, str], Caller] = field(default_factory=dict)
    _sessions: dict[str, Caller] = field(default_factory=dict)
    _policies: dict[str, CallerPolicies] = field(default_factory=dict)
    _sets: OrderedDict[tuple[str, str, str], Applied] = field(default_factory=OrderedDict)
    _organizations: dict[str, tuple[tuple[tuple[PolicyText, ...], ...], str | None, str | None]] = field(
        default_factory=dict
    )

    def drop(self) -> None:
        self._users.clear()
        self._sessions.clear()
        self._policies.clear()
        self._sets.clear()
        self._organizations.clear()

    def anonymous(self) -> Caller:
        context: dict[str, str | tuple[str, ...]] = {
            "aws:principaltype": "Anonymous",
            "aws:PrincipalIsAWSService": "false",
        }
        return Caller(Principal.parse(ANONYMOUS), "", self.directory.partition, ANONYMOUS, context)

    def service(self, name: str, source: Mapping[str, str]) -> Caller:
        """An AWS service that acts for itself (`codepipeline.amazonaws.com`); `source` holds aws:SourceArn and
        aws:SourceAccount, where it acts for a resource."""
        context: dict[str, str | tuple[str, ...]] = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": name,
            "aws:PrincipalServiceNamesList": (name,),
            **source,
        }
        return Caller(Principal.parse(name), "", self.directory.partition, name, context)

    def user(self, account: str, name: str) -> Caller | None:
        """An IAM user with long-term keys."""
        found = self._users.get((account, name))
        if found is None:
            identity = self.directory.user(account, name)
            if identity is None:
                return None
            context = self._shared(account, identity.arn, "User") | {
                "aws:userid": identity.unique_id,
                "aws:username": identity.name,
                **_principal_tags(identity.tags),
            }
            principal = Principal.parse(identity.arn)
            found = Caller(principal, account, self.directory.partition, identity.arn, context, None, name)
            self._users[account, name] = found
        return found

    def by_identity(self, identity: str, session: Callable[[str], Session | None]) -> Caller | None:
        """The caller that `Caller.identity` told of; None where the user, the role or the session is gone. `session`
        finds sessions by their access key ids."""
        kind, _, rest = identity.partition(":")
        if kind == "user":
            account, _, name = rest.partition(":")
            return self.user(account, name)
        found = session(rest)
        return None if found is None else self.of_session(found)

    def of_session(self, session: Session) -> Caller | None:
        """The holder of temporary credentials, or the root user; None where the role or user is gone."""
        found = self._sessions.get(session.access_key_id)
        if found is None:
            found = self._of_session(session)
            if found is not None:
                self._sessions[session.access_key_id] = found
        return found

    def _of_session(self, session: Session) -> Caller | None:
        account = session.account
        context: dict[str, str | tuple[str, ...]]
        user_name = None
        if session.kind == "role":
            role_arn = session.role_arn or ""
            identity = self.directory.role_identity(account, role_arn.rpartition("/")[2])
            if identity is None or identity.arn != role_arn or identity.unique_id != session.unique_id:
                return None
            context = self._shared(account, role_arn, "AssumedRole")
            context["aws:userid"] = f"{session.unique_id}:{session.name}"
            context |= _principal_tags({**identity.tags, **session.tags})
            principal = Principal.parse(session.arn).with_role_arn(role_arn)
        elif session.user_name is None and session.kind != "federated":
            principal = Principal.parse(session.arn)
            context = self._shared(account, session.arn, "Account")
            context["aws:userid"] = account
        else:
            identity = self.directory.user(account, session.user_name or "")
            if session.user_name is not None and identity is None:
                return None
            principal, context, user_name = self._of_user_session(session, identity)
        if session.token is not None:
            issued = datetime.fromtimestamp(session.issued, UTC)
            context["aws:TokenIssueTime"] = issued.strftime("%Y-%m-%dT%H:%M:%SZ")
            context["aws:MultiFactorAuthPresent"] = "true" if session.mfa else "false"
        if session.source_identity is not None:
            context["aws:SourceIdentity"] = session.source_identity
        return Caller(
            principal, account, session.partition, f"{session.arn}#{session.access_key_id}", context, session, user_name
        )

    def _of_user_session(
        self, session: Session, identity: Identity | None
    ) -> tuple[Principal, dict[str, str | tuple[str, ...]], str | None]:
        """GetSessionToken's caller is the user; GetFederationToken's is a federated user of theirs."""
        account = session.account
        if session.kind == "federated":
            context = self._shared(account, session.arn, "FederatedUser")
            context["aws:userid"] = f"{account}:{session.name}"
            context |= _principal_tags(session.tags)
            parsed = Principal.parse(session.arn)
            user_arn = None if identity is None else identity.arn
            return Principal(parsed.kind, parsed.arn, account, user_arn=user_arn), context, None
        if identity is None:
            raise ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        context = self._shared(account, identity.arn, "User")
        context |= {"aws:userid": identity.unique_id, "aws:username": identity.name, **_principal_tags(identity.tags)}
        return Principal.parse(identity.arn), context, identity.name

    def _shared(self, account: str, principal_arn: str, kind: str) -> dict[str, str | tuple[str, ...]]:
        context: dict[str, str | tuple[str, ...]] = {
            "aws:PrincipalArn": principal_arn,
            "aws:PrincipalAccount": account,
            "aws:principaltype": kind,
            "aws:PrincipalIsAWSService": "false",
        }
        _, organization, path = self._organization(account)
        if organization is not None and path is not None:
            context["aws:PrincipalOrgID"] = organization
            context["aws:PrincipalOrgPaths"] = (path,)
        return context

    def policies(self, caller: Caller) -> CallerPolicies:
        """The caller's policies, read once."""
        found = self._policies.get(caller.key)
        if found is None:
            found = self._policies[caller.key] = self._read_policies(caller)
        return found

    def applied(self, caller: Caller, resource: PolicyText | None, rcp_account: str | None) -> Applied:
        """Everything that applies to a caller and a resource with that policy; `rcp_account` is the owner whose
        organization's RCPs bind it. Kept while in use."""
        key = (caller.key, "" if resource is None else resource.text, rcp_account or "")
        found = self._sets.get(key)
        if found is not None:
            self._sets.move_to_end(key)
            return found
        policies = self.policies(caller)
        rcp = self._rcp(rcp_account) if rcp_account else ()
        made = self._sets[key] = Applied(*_compiled(policies, resource, rcp))
        if len(self._sets) > _KEPT:
            self._sets.popitem(last=False)
        return made

    def organization_of(self, account: str) -> tuple[str | None, str | None]:
        """The id of the organization of an account and the account's path in it."""
        _, organization, path = self._organization(account)
        return organization, path

    def _read_policies(self, caller: Caller) -> CallerPolicies:
        if not caller.account:
            return CallerPolicies()
        scp = self._organization(caller.account)[0]
        session = caller.session
        session_policies: tuple[PolicyText, ...] = ()
        if session is not None and (session.policies or session.policy_arns):
            texts = [PolicyText(text, "session policy") for text in session.policies]
            for arn in session.policy_arns:
                found = self.directory.managed_policy(caller.account, arn)
                texts.append(found or PolicyText(_NOTHING, arn))
            session_policies = tuple(texts)
        elif session is not None and session.kind == "federated":
            session_policies = (PolicyText(_NOTHING, "no session policy was passed"),)
        identity = self._identity(caller)
        if identity is None:
            return CallerPolicies(scp=scp, session=session_policies)
        boundary = () if identity.boundary is None else (identity.boundary,)
        return CallerPolicies(identity.policies, boundary, session_policies, scp)

    def _identity(self, caller: Caller) -> Identity | None:
        session = caller.session
        if session is not None and session.kind == "role":
            return self.directory.role_identity(session.account, (session.role_arn or "").rpartition("/")[2])
        name = caller.user_name if session is None else session.user_name
        return None if name is None else self.directory.user(caller.account, name)

    def _organization(self, account: str) -> tuple[tuple[tuple[PolicyText, ...], ...], str | None, str | None]:
        found = self._organizations.get(account)
        if found is None:
            organization = self.directory.organization(account)
            if organization is None:
                found = ((), None, None)
            else:
                found = (organization.scp, organization.organization_id, organization.path)
            self._organizations[account] = found
        return found

    def _rcp(self, account: str) -> tuple[tuple[PolicyText, ...], ...]:
        organization = self.directory.organization(account)
        return () if organization is None else organization.rcp


_NOTHING = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"launchrole:Nothing","Resource":"*"}]}'
"""A policy that allows nothing and denies nothing that there is."""


def _principal_tags(tags: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    return {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}


@functools.lru_cache(maxsize=1024)
def _compiled(
    policies: CallerPolicies, resource: PolicyText | None, rcp: tuple[tuple[PolicyText, ...], ...]
) -> tuple[PolicySet, str]:
    """A policy set of texts, and how the record names its policies."""
    made = PolicySet(
        identity=map(document, policies.identity),
        resource=None if resource is None else document(resource),
        permissions_boundary=map(document, policies.boundary),
        session=map(document, policies.session),
        scp=[map(document, level) for level in policies.scp],
        rcp=[map(document, level) for level in rcp],
    )
    named = [[layer.policy_type.name, [digest(one) for one in layer.documents]] for layer in made.layers]
    return made, json.dumps(named, separators=(",", ":"))


@functools.lru_cache(maxsize=4096)
def document(policy: PolicyText) -> PolicyDocument:
    """A policy as the engine reads it. One that it cannot read fails closed: the call is refused."""
    try:
        return parse(policy.text, name=policy.name, arn=policy.arn)
    except PolicyError as error:
        raise ServiceError("InternalFailure", f"the policy {policy.name} cannot be read: {error}", 500) from error
