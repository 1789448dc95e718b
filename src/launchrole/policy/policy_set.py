"""The policies that take part in a decision, compiled once and asked many times.

The order of evaluation is in the IAM User Guide: reference_policies_evaluation-logic_policy-eval-denyallow.html (one
account) and reference_policies_evaluation-logic-cross-account.html (two).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from launchrole.policy.condition import Check
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.document import PolicyDocument
from launchrole.policy.pattern import Matcher
from launchrole.policy.policy_type import (
    ALWAYS_ALLOWED_ACTIONS,
    S3_ROOT_ACTIONS,
    PolicyType,
    may_require_resource_policy,
    rcp_applies,
    required_resource_policy,
)
from launchrole.policy.principal import Grant, PrincipalKind
from launchrole.policy.request import Request
from launchrole.policy.statement import BoundStatement, action_matcher, unknown_keys

_ALLOWED = Verdict.ALLOWED
_IMPLICIT = Verdict.IMPLICITLY_DENIED
_EXPLICIT = Verdict.EXPLICITLY_DENIED
_IDENTITY = PolicyType.IDENTITY
_new = tuple.__new__

# Plans are kept by action; callers choose the actions, so there is an end to it.
_MOST_PLANS = 20_000


class Layer:
    """The policies of one type that stand in for each other: it is enough if one of them allows.

    All identity-based policies of a caller are a layer; each level of an organization is one of its own.
    """

    __slots__ = ("_by_action", "_by_service", "_elsewhere", "documents", "policy_type", "statements")

    def __init__(self, policy_type: PolicyType, documents: Iterable[PolicyDocument], *, bounded: bool) -> None:
        self.policy_type = policy_type
        self.documents: tuple[PolicyDocument, ...] = tuple(documents)
        self.statements: tuple[BoundStatement, ...] = tuple(
            BoundStatement(document, statement, policy_type, with_boundary=bounded)
            for document in self.documents
            for statement in document.statements
        )
        # Statements by their place in `statements`: those that name an action; wildcards behind a service's prefix; and
        # what any action may concern (wildcards in the prefix, NotAction).
        self._by_action: dict[str, list[int]] = {}
        self._by_service: dict[str, list[tuple[str, int]]] = {}
        self._elsewhere: list[int] = []
        for place, bound in enumerate(self.statements):
            self._index(place, bound)

    def _index(self, place: int, bound: BoundStatement) -> None:
        if bound.statement.not_action:
            self._elsewhere.append(place)
            return
        for written in bound.statement.actions:
            action = written.strip().lower()
            if "*" not in action and "?" not in action:
                self._by_action.setdefault(action, []).append(place)
                continue
            service = action.partition(":")[0]
            if "*" in service or "?" in service:
                self._elsewhere.append(place)
            else:
                self._by_service.setdefault(service, []).append((action, place))

    def about(self, action: str) -> list[BoundStatement]:
        """The statements about an action (in lower case), in their order."""
        places = set(self._by_action.get(action, ()))
        for written, place in self._by_service.get(action.partition(":")[0], ()):
            if place not in places and action_matcher(written)(action):
                places.add(place)
        places.update(place for place in self._elsewhere if self.statements[place].action_matches(action))
        return [self.statements[place] for place in sorted(places)]


Demand = tuple[PolicyType, tuple[BoundStatement, ...]]
"""A layer's statements that allow; if the layer limits the caller, one of them has to match."""

_Entry = tuple[Matcher | None, tuple[Check, ...], BoundStatement]


@dataclass(frozen=True, slots=True)
class _ShortWay:
    """What decides a request where one Allow in each layer and no Deny is all there is to it."""

    denies: tuple[_Entry, ...]
    identity: tuple[_Entry, ...]
    others: tuple[tuple[PolicyType, tuple[_Entry, ...]], ...]
    is_limited_first: bool
    """Whether a layer comes before the identity-based policies (SCPs): it is named if neither of the two allows."""


class Plan:
    """What a set holds about one action.

    The short way is compiled when the action is asked for a second time: to compile every pattern for one question
    would take longer than to answer it.
    """

    __slots__ = ("_has_short_way", "_used", "demands", "demands_of_federated_user", "denies", "grants", "short")

    def __init__(
        self,
        denies: tuple[BoundStatement, ...],
        demands: tuple[Demand, ...],
        demands_of_federated_user: tuple[Demand, ...],
        *,
        is_plain: bool,
    ) -> None:
        self.denies = denies
        self.demands = demands
        self.demands_of_federated_user = demands_of_federated_user
        self.grants = next(allows for policy_type, allows in demands if policy_type is PolicyType.RESOURCE)
        concerned = [*denies, *(bound for _, allows in demands for bound in allows)]
        self._has_short_way = is_plain and not self.grants and not any(bound.guards for bound in concerned)
        self._used = False
        self.short: _ShortWay | None = None

    def use(self) -> None:
        """Tell the plan that it was used the long way."""
        if self._used and self._has_short_way and self.short is None:
            layers = [(layer, _entries(allows)) for layer, allows in self.demands if layer is not PolicyType.RESOURCE]
            (identity,) = [entries for layer, entries in layers if layer is PolicyType.IDENTITY]
            others = [(layer, entries) for layer, entries in layers if layer is not PolicyType.IDENTITY]
            limited = any(layer is PolicyType.SCP for layer, _ in others)
            self.short = _ShortWay(_entries(self.denies), identity, tuple(others), limited)
        self._used = True


def _entries(statements: Iterable[BoundStatement]) -> tuple[_Entry, ...]:
    return tuple((bound.compiled_resource(), bound.checks, bound) for bound in statements)


class PolicySet:
    """Every policy that applies to a caller and a resource.

    * `identity`: the caller's attached, inline and group policies; `permissions_boundary`; `session`: what was
      passed to AssumeRole or GetFederationToken. Several session policies are one: any of them may allow. A session of
      a role needs none; a federated user to whom none was passed has no permissions.
    * `resource`: the resource's own policy (bucket policy, key policy, a role's trust policy ...) if it has one. A
      service that asks two (an access point's and its bucket's) asks the engine twice.
    * `scp` and `rcp`: the policies by level of the organization, root first; an account outside of one, and the
      management account, have none.
    * `vpc_endpoint`: the policy of the endpoint through which the request came.

    The set keeps statements by action, and compiles patterns when they are first needed.
    """

    __slots__ = ("_plans", "layers")

    def __init__(
        self,
        identity: Iterable[PolicyDocument] = (),
        resource: PolicyDocument | Iterable[PolicyDocument] | None = None,
        permissions_boundary: Iterable[PolicyDocument] = (),
        session: Iterable[PolicyDocument] = (),
        scp: Iterable[Iterable[PolicyDocument]] = (),
        rcp: Iterable[Iterable[PolicyDocument]] = (),
        vpc_endpoint: Iterable[PolicyDocument] = (),
    ) -> None:
        if resource is None:
            resource = ()
        elif isinstance(resource, PolicyDocument):
            resource = (resource,)
        boundary = tuple(permissions_boundary)
        bounded = bool(boundary)
        layers = [Layer(PolicyType.RCP, level, bounded=bounded) for level in rcp]
        layers += [Layer(PolicyType.SCP, level, bounded=bounded) for level in scp]
        layers.append(Layer(PolicyType.RESOURCE, resource, bounded=bounded))
        layers.append(Layer(PolicyType.IDENTITY, identity, bounded=bounded))
        layers.append(Layer(PolicyType.BOUNDARY, boundary, bounded=bounded))
        layers.append(Layer(PolicyType.SESSION, session, bounded=bounded))
        layers.append(Layer(PolicyType.VPC_ENDPOINT, vpc_endpoint, bounded=bounded))
        # In the order of evaluation. A layer without policies limits nothing, but nothing is allowed without an
        # identity-based or a resource-based policy, and no federated user without a session policy.
        self.layers: tuple[Layer, ...] = tuple(
            layer for layer in layers if layer.documents or layer.policy_type in _LIMIT_WITHOUT_POLICIES
        )
        self._plans: dict[str, Plan] = {}

    def evaluate(self, request: Request) -> Decision:
        """Decide a request. Takes about a microsecond where one Allow in each layer settles it."""
        try:
            plan = self._plans[request.action]
        except KeyError:
            plan = self._plan(request.action)
        short = plan.short
        if short is None or not request.is_ordinary:
            return self._weigh(request, plan)
        # The common case, spelled out because this is the product's hottest loop: an identity of the resource's own
        # account and no resource-based policy. It agrees with _weigh, to which it turns when something is unknown.
        resource = request.resource
        values = request.values
        for matches, checks, bound in short.denies:
            if matches is None or matches(resource):
                for check in checks:
                    met = check(values)
                    if met is not True:
                        break
                else:
                    return _new(Decision, (_EXPLICIT, bound.policy_type, bound, request, self))
                if met is None:
                    return self._weigh(request, plan)
        for matches, checks, bound in short.identity:  # noqa: B007 - the statement that allowed is told
            if matches is None or matches(resource):
                for check in checks:
                    met = check(values)
                    if met is not True:
                        break
                else:
                    break
                if met is None:
                    return self._weigh(request, plan)
        else:
            if short.is_limited_first:
                return self._weigh(request, plan)
            return _new(Decision, (_IMPLICIT, _IDENTITY, None, request, self))
        for policy_type, allows in short.others:
            for matches, checks, _ in allows:
                if matches is None or matches(resource):
                    for check in checks:
                        met = check(values)
                        if met is not True:
                            break
                    else:
                        break
                    if met is None:
                        return self._weigh(request, plan)
            else:
                return _new(Decision, (_IMPLICIT, policy_type, None, request, self))
        return _new(Decision, (_ALLOWED, _IDENTITY, bound, request, self))

    def _weigh(self, request: Request, plan: Plan) -> Decision:
        """Decide any request, by every rule there is, in three values."""
        plan.use()
        action = request.action.lower()
        if action in ALWAYS_ALLOWED_ACTIONS:
            return Decision(_ALLOWED, None, None, request, self)
        required = required_resource_policy(action, request.resource)
        undecided = False
        for bound in plan.denies:
            if _takes_part(bound.policy_type, request, action):
                denies = bound.outcome(request)
                if denies:
                    return Decision(_EXPLICIT, _named(bound.policy_type, required), bound, request, self)
                undecided = undecided or denies is None
        granted = _granted(plan.grants, request)
        allowing: BoundStatement | None = None
        is_federated = request.principal.kind is PrincipalKind.FEDERATED_USER
        for policy_type, allows in plan.demands_of_federated_user if is_federated else plan.demands:
            if not _limits(policy_type, request, required):
                continue
            if policy_type is PolicyType.RESOURCE:
                allowed, by = granted.known is not None, granted.statement
                possible = granted.possible is not None
            else:
                allowed, possible, by = _any_allows(allows, request)
                if not allowed and not request.is_cross_account and policy_type in _LIFTED_BY:
                    lift = _LIFTED_BY[policy_type]
                    allowed = granted.known is not None and granted.known >= lift
                    possible = possible or (granted.possible is not None and granted.possible >= lift)
                    by = granted.statement if allowed else None
            if not allowed and not possible:
                return Decision(_IMPLICIT, _named(policy_type, required), None, request, self)
            undecided = undecided or not allowed
            if policy_type in (PolicyType.IDENTITY, PolicyType.RESOURCE):
                allowing = by
        if undecided:
            return Decision(Verdict.UNDECIDED, None, None, request, self)
        by_type = None if allowing is None else _named(allowing.policy_type, required)
        return Decision(_ALLOWED, by_type, allowing, request, self)

    def granted_by_resource(self, request: Request) -> bool | None:
        """Whether the resource-based policy by itself grants a request, whatever the caller's own policies say.

        It does where an Allow names the caller, if only by account, and no Deny matches. None where that hangs on keys
        of unknown value.
        """
        plan = self._plan(request.action) if request.action not in self._plans else self._plans[request.action]
        denied = [bound.outcome(request) for bound in plan.denies if bound.policy_type is PolicyType.RESOURCE]
        granted = _granted(plan.grants, request)
        if True in denied or granted.possible is None:
            return False
        return None if None in denied or granted.known is None else True

    def statements(self) -> Iterator[BoundStatement]:
        """Every statement of the set, in the order of evaluation."""
        for layer in self.layers:
            yield from layer.statements

    def unknown_keys(self, request: Request) -> tuple[str, ...]:
        """The context keys of unknown value, as policies spell them, on which statements about the action hang."""
        plan = self._plan(request.action)
        concerned = [*plan.denies, *(bound for _, allows in plan.demands for bound in allows)]
        keys = (key for bound in concerned if bound.outcome(request) is None for key in unknown_keys(bound, request))
        spelled = {key.lower(): key for key in keys}
        return tuple(spelled.values())

    def _plan(self, action: str) -> Plan:
        lowered = action.lower()
        denies: list[BoundStatement] = []
        demands: list[Demand] = []
        of_federated_user: list[Demand] = []
        for layer in self.layers:
            about = layer.about(lowered)
            denies += [bound for bound in about if bound.is_deny]
            if layer.policy_type is PolicyType.RCP:  # RCPFullAWSAccess is always attached: RCPs only deny
                continue
            demand = (layer.policy_type, tuple(bound for bound in about if not bound.is_deny))
            of_federated_user.append(demand)
            if layer.documents or layer.policy_type is not PolicyType.SESSION:
                demands.append(demand)
        is_plain = (
            lowered not in ALWAYS_ALLOWED_ACTIONS
            and not may_require_resource_policy(lowered)
            and not any(bound.policy_type is PolicyType.RCP for bound in denies)
        )
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        plan = self._plans[action] = Plan(tuple(denies), tuple(demands), tuple(of_federated_user), is_plain=is_plain)
        return plan


# IAM User Guide: id_credentials_temp_control-access_getfederationtoken.html: a federated user to whom no policy was
# passed can do what a resource-based policy grants to the session by name, and nothing else.
_LIMIT_WITHOUT_POLICIES = frozenset({PolicyType.RESOURCE, PolicyType.IDENTITY, PolicyType.SESSION})


@dataclass(frozen=True, slots=True)
class _Granted:
    """What the resource-based policy grants the caller: for certain, and at most."""

    known: Grant | None
    possible: Grant | None
    statement: BoundStatement | None


def _granted(grants: tuple[BoundStatement, ...], request: Request) -> _Granted:
    known: Grant | None = None
    possible: Grant | None = None
    statement: BoundStatement | None = None
    for bound in grants:
        outcome = bound.outcome(request)
        if outcome is False:
            continue
        grant = bound.grant(request)
        if grant is None:
            continue
        if possible is None or grant > possible:
            possible = grant
        if outcome and (known is None or grant > known):
            known, statement = grant, bound
    return _Granted(known, possible, statement)


def _any_allows(allows: tuple[BoundStatement, ...], request: Request) -> tuple[bool, bool, BoundStatement | None]:
    """Whether one of the statements allows for certain, whether one might, and which does."""
    possible = False
    for bound in allows:
        outcome = bound.outcome(request)
        if outcome:
            return True, True, bound
        possible = possible or outcome is None
    return False, possible, None


# How directly a resource-based policy must name the caller to make an allow of each type unnecessary (IAM User Guide:
# reference_policies_evaluation-logic_policy-eval-denyallow.html, "Resource-based policies").
_LIFTED_BY = {
    PolicyType.IDENTITY: Grant.IDENTITY,
    PolicyType.BOUNDARY: Grant.BOUNDARY,
    PolicyType.SESSION: Grant.SESSION,
}


def _takes_part(policy_type: PolicyType, request: Request, action: str) -> bool:
    """Whether the Deny statements of a type can concern a request."""
    caller = request.principal
    if policy_type is PolicyType.SCP:
        return _bound_by_scp(request)
    if policy_type is PolicyType.RCP:
        return rcp_applies(action, request.resource) and not caller.is_service_linked_role
    if policy_type is PolicyType.RESOURCE:
        locked_out = caller.kind is PrincipalKind.ROOT and action in S3_ROOT_ACTIONS
        return not (locked_out and not request.is_cross_account)
    if policy_type is PolicyType.VPC_ENDPOINT:
        return True
    return caller.has_identity_policies


def _limits(policy_type: PolicyType, request: Request, required: PolicyType | None) -> bool:
    """Whether a type has to allow a request (where it is not made unnecessary by a resource-based policy)."""
    caller = request.principal
    if policy_type is PolicyType.SCP:
        return _bound_by_scp(request)
    if policy_type is PolicyType.RESOURCE:
        without_identity = not caller.has_identity_policies and caller.kind is not PrincipalKind.ROOT
        return required is not None or request.is_cross_account or without_identity
    if policy_type is PolicyType.VPC_ENDPOINT:
        return True
    return caller.has_identity_policies


def _bound_by_scp(request: Request) -> bool:
    """Users, roles and root of member accounts (AWS Organizations User Guide: orgs_manage_policies_scps.html)."""
    caller = request.principal
    has_account = caller.has_identity_policies or caller.kind is PrincipalKind.ROOT
    return has_account and not caller.is_service_linked_role


def _named(policy_type: PolicyType, required: PolicyType | None) -> PolicyType:
    """The type as AWS names it: the resource-based policy of a role is its trust policy."""
    if policy_type is PolicyType.RESOURCE and required is PolicyType.TRUST:
        return PolicyType.TRUST
    return policy_type
