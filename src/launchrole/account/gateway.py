"""The door: the one way to a service. Authenticate, find out what must be authorized, decide, act, keep, answer.

Whoever calls, a client through a socket, a client in process, CloudFormation under a role: the request goes through
`Gateway.handle`, and no service can be reached in another way. There is no switch that turns enforcement off.
"""

from __future__ import annotations

import random
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from botocore.validate import ParamValidator

from launchrole.account import decisions, journal, moto_services, receipts, resource_policies, sessions, signature
from launchrole.account.authorizer import (
    Authorizer,
    ContextValues,
    Place,
    Question,
    Via,
    denial_code,
    operation_of,
    shared_context,
)
from launchrole.account.callers import Caller, Callers
from launchrole.account.capability_urls import enter, entrance
from launchrole.account.course import Course, Handled, Refused, guessed_protocol
from launchrole.account.credentials import Credentials, Holder
from launchrole.account.denials import denial, sentence_of
from launchrole.account.determinism import Draws, Seeds, at
from launchrole.account.directory import Directory, PolicyText, Role
from launchrole.account.effects import apply_effects, read_output
from launchrole.account.errors import NotServed, ServiceError
from launchrole.account.http import HttpRequest, HttpResponse
from launchrole.account.jobs import Workers
from launchrole.account.lookups import LookupFunction, Lookups
from launchrole.account.rows import Rows
from launchrole.account.service import Call, PassOn, Service
from launchrole.account.sessions import Session
from launchrole.account.store import Store
from launchrole.account.surroundings import Surroundings
from launchrole.account.tags import TagRecord
from launchrole.account.wire import answer
from launchrole.account.wire.models import operation_model
from launchrole.account.wire.request import Target, UnknownOperation, read_input, target
from launchrole.facts.endpoints import endpoints
from launchrole.facts.operations import Operation
from launchrole.facts.reads import is_read
from launchrole.policy.decision import Decision, Verdict
from launchrole.policy.errors import PolicyError
from launchrole.policy.request import Request

GLOBAL_SERVICES = frozenset({"iam", "organizations", "cloudfront", "route53", "budgets", "ce", "support", "shield"})
"""Services without regions: everything of theirs is in us-east-1."""

_REMEMBERED = 10_000
"""How many sessions are kept in memory."""

_POLICY_SERVICES = frozenset({"iam", "organizations"})
"""Services whose calls change what is allowed."""


@dataclass
class Gateway:
    """The door to the accounts of one state. `account` is the one that requests without credentials go to, `endpoint`
    the URL at which the door listens, None where it is on no port."""

    store: Store
    account: str
    services: Mapping[str, Service]
    lookups: Mapping[str, LookupFunction] = field(default_factory=dict)
    partition: str = "aws"
    endpoint: str | None = None
    watch: Callable[[Handled], None] | None = None
    report: Callable[[Exception], None] | None = None
    """Called with an exception that is a fault of launchrole; the client receives InternalFailure."""
    after_change: Callable[[int], None] | None = None
    """Called with the number of a call in the journal, once it is committed; that of a call within another before the
    other's transaction is."""
    recorded: frozenset[str] = frozenset()
    """ARNs of roles whose denied calls are written down and then let pass: what a preflight asks about, in accounts
    that nobody keeps. Everybody else is enforced as ever."""
    awaits_signals: bool = True
    """Whether stacks wait for the signals that instances would send: in accounts that nobody keeps they need not."""

    seeds: Seeds = field(default_factory=Seeds)
    """Where the randomness of calls comes from."""

    def __post_init__(self) -> None:
        self.directory = Directory(self.partition)
        self.workers = Workers(self)
        self._sessions: dict[str, Session] = {}
        self.callers = Callers(self.directory)
        self.tags = TagRecord(self.store.connection)
        self.authorizer = Authorizer(
            self.callers, self.tags, Lookups(self.directory, self.store.connection, dict(self.lookups))
        )

    def handle(self, request: HttpRequest, via: Via | None = None) -> HttpResponse:
        """Answer a request. Whatever its bytes, the answer is an AWS error or a result, never an exception."""
        course = Course(str(uuid.uuid4()), time.time(), protocol=guessed_protocol(request))
        try:
            response = self._answer(request, via or Via(), course)
        except ServiceError as problem:
            if isinstance(problem, signature.SignatureError):
                problem = signature.for_protocol(problem, course.protocol)
            response = answer.error(problem, course.service, course.protocol, request.method)
        except Exception as error:
            self.callers.drop()  # what the transaction has undone may have been taken for done
            if self.report is not None:
                self.report(error)
            failure = ServiceError("InternalFailure", "launchrole failed to handle this request", 500)
            response = answer.error(failure, course.service, course.protocol, request.method)
        self._tell(course, response.status)
        return replace(response, begun=tuple(course.begun)) if course.begun else response

    def _tell(self, course: Course, status: int) -> None:
        if self.watch is not None:
            self.watch(
                Handled(
                    course.request_id,
                    course.instant,
                    time.time() - course.instant,
                    course.caller,
                    course.service,
                    course.operation,
                    course.region,
                    status,
                    course.verdict,
                    course.denied,
                    course.step,
                )
            )

    def _answer(self, request: HttpRequest, via: Via, course: Course) -> HttpResponse:
        if (entered := entrance(self.services, request)) is not None:
            return enter(self, entered, request, course)
        claim = signature.claim(request)
        try:
            found = target(request, None if claim is None else claim.service)
        except UnknownOperation as problem:
            course.protocol, course.service = problem.protocol, problem.service
            if claim is not None:
                self._authenticate(request, claim, course)
            raise
        course.protocol, course.service, course.operation = found.protocol, found.service, found.name
        if claim is None:
            caller = self.callers.anonymous()
            request = signature.decode_unsigned(request)
            region = "us-east-1"
        else:
            caller, request = self._authenticate(request, claim, course)
            wrong = signature.wrong_scope(claim, found.endpoint.signing_name, claim.region)
            if wrong is not None:
                raise wrong
            region = claim.region
        course.caller, course.via = caller.arn, via
        course.region = "us-east-1" if found.service in GLOBAL_SERVICES else region
        params = read_input(found, request)
        place = Place(self.partition, course.region, caller.account or self.account)
        shared = shared_context(
            caller,
            place,
            via,
            now=course.instant,
            secure=request.headers.get("x-forwarded-proto", "https") == "https",
            source_ip=request.source_ip,
            headers=request.headers,
        )
        with self.store.transaction() as connection:
            outcome = self._decide_and_act(connection, found, params, caller, place, shared, course)
        return self._after(outcome, course)

    def call_with(
        self,
        credentials: Credentials,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        region: str,
        via: Via | None = None,
    ) -> Mapping[str, Any]:
        """A call with somebody's credentials and without a request's bytes: they are checked as those of a request
        are, the rest is `call_as`. Raises `ServiceError`."""
        protocol = endpoints()[service].protocol
        holder = self._holder(credentials.access_key_id, "s3" if service == "s3" else protocol)
        caller = holder.proven(credentials, time.time(), service, protocol)
        return self.call_as(caller.identity, service, operation, params, region=region, via=via)

    def call_as(
        self,
        identity: str,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        region: str,
        via: Via | None = None,
        once: receipts.Once | None = None,
        step: str = "",
    ) -> Mapping[str, Any]:
        """A call from inside: a service acts with the credentials of whoever called it, or of a role that it assumed.

        `identity` is what `Surroundings.identity` told. It goes the way of any other call: the same decisions, the same
        services, the same record. Returns the output by botocore's names; with `once`, a step of a job that was taken
        before returns what it returned then. `step` is the step in whose course the call is made, where it is none
        itself. Raises `ServiceError`.
        """
        endpoint = endpoints()[service]
        course = Course(str(uuid.uuid4()), time.time(), endpoint.protocol)
        model = operation_model(service, operation)
        if model is None:
            raise NotServed(service, operation)
        found = Target(endpoint, model, endpoint.protocol, {}, {})
        course.service, course.operation = service, operation
        course.step = step if once is None else f"{once.job}:{once.step}"
        course.region = "us-east-1" if service in GLOBAL_SERVICES else region
        try:
            with self.store.transaction() as connection:
                outcome = None if once is None else receipts.find(connection, once)
                if outcome is None:
                    outcome = self._inside(connection, found, identity, params, via or Via(), course)
                    if once is not None:
                        receipts.keep(connection, once, outcome)
            response = self._after(outcome, course)
        except ServiceError as problem:
            self._tell(course, problem.status)
            raise
        except Exception:
            self.callers.drop()
            raise
        self._tell(course, response.status)
        output = read_output(found, response)
        if response.status >= 400:
            told = output.get("Error", {})
            raise ServiceError(str(told.get("Code", response.status)), str(told.get("Message", "")), response.status)
        return output

    def _inside(
        self,
        connection: sqlite3.Connection,
        found: Target,
        identity: str,
        params: Mapping[str, Any],
        via: Via,
        course: Course,
    ) -> HttpResponse | ServiceError:
        caller = self.callers.by_identity(identity, self._session)
        if caller is None:
            return ServiceError("InvalidClientTokenId", "The security token included in the request is invalid", 403)
        course.caller, course.via = caller.arn, via
        if found.operation.input_shape is not None:
            report = _validator.validate(dict(params), found.operation.input_shape)
            if report.has_errors():
                return ServiceError("ValidationException", report.generate_report().replace("\n", "; "))
        place = Place(self.partition, course.region, caller.account)
        headers = {"user-agent": via.services[-1]} if via.services else {"user-agent": "launchrole"}
        shared = shared_context(
            caller, place, via, now=course.instant, secure=True, source_ip="127.0.0.1", headers=headers
        )
        return self._decide_and_act(connection, found, dict(params), caller, place, shared, course)

    def _decide_and_act(
        self,
        connection: sqlite3.Connection,
        found: Target,
        params: dict[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
        course: Course,
    ) -> HttpResponse | ServiceError:
        """A call whose caller is known, within a transaction. A refusal is returned: its decision is to be kept."""
        try:
            place = self._authorize(connection, found, params, caller, place, shared, course)
            response = self._perform(connection, found, params, caller, place, shared, course)
        except Refused as refused:
            return refused.problem
        return response

    def _after(self, outcome: HttpResponse | ServiceError, course: Course) -> HttpResponse:
        """What follows a call's transaction."""
        if course.journalled and self.after_change is not None:
            self.after_change(course.journalled)
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    def _authenticate(self, request: HttpRequest, claim: signature.Claim, course: Course) -> tuple[Caller, HttpRequest]:
        """The caller that a request proves to come from, and the request with its body decoded."""
        family = "s3" if course.service == "s3" else course.protocol
        holder = self._holder(claim.access_key_id, family)
        verified = signature.verify(request, claim, holder.secret, datetime.fromtimestamp(course.instant, UTC))
        return holder.valid(claim.session_token, course.instant, family), verified

    def _holder(self, access_key_id: str, family: str) -> Holder:
        """Whose a key is. Raises `SignatureError` where there is none, or none that is active."""
        with self.store.mutex:
            session = self._session(access_key_id)
            if session is not None:
                return Holder(session.secret, self.callers.of_session(session), session)
            key = self.directory.access_key(access_key_id)
            if key is None or not key.active:
                raise signature.unknown_key(family)
            return Holder(key.secret, self.callers.user(key.account, key.user_name))

    def _session(self, access_key_id: str) -> Session | None:
        """The session of a key; sessions do not change once they are issued, so the last ones used are remembered."""
        found = self._sessions.get(access_key_id)
        if found is None:
            found = sessions.find(self.store.connection, access_key_id)
            if found is not None:
                if len(self._sessions) >= _REMEMBERED:
                    self._sessions.clear()
                self._sessions[access_key_id] = found
        return found

    def _authorize(
        self,
        connection: sqlite3.Connection,
        found: Target,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
        course: Course,
    ) -> Place:
        """Decide everything that the call needs; returns the place it goes to. Raises `Refused`."""
        try:
            operation = operation_of(found.endpoint, found.name)
            questions = list(self.authorizer.questions(operation, params, caller, place, shared))
        except ServiceError as problem:
            raise Refused(problem) from None
        except PolicyError as problem:
            raise Refused(ServiceError("ValidationException", f"the request cannot be decided: {problem}")) from None
        for question in questions:
            decision = self._decide(connection, question, caller, course, f"{found.service}:{found.name}")
            if not decision.allowed and not self._records(caller):
                code = denial_code(found.endpoint)
                raise Refused(
                    denial(decision, question, caller, course.denied or "", found.protocol, found.service, code)
                )
        if not questions:
            free = Request(caller.principal, f"{found.service}:{found.name}", "*", None)
            decisions.record_free(
                connection, free, request=course.request_id, instant=course.instant, operation=free.action
            )
        course.verdict = "allowed" if course.denied is None else "recorded"
        if questions and found.service in resource_policies.CROSS_ACCOUNT_SERVICES:
            owner = questions[0].request.resource_account
            if owner and owner != place.account:
                return Place(place.partition, place.region, owner)
        return place

    def _records(self, caller: Caller) -> bool:
        return caller.principal.role_arn in self.recorded

    def _decide(
        self, connection: sqlite3.Connection, question: Question, caller: Caller, course: Course, operation: str
    ) -> Decision:
        decision, applied = self.authorizer.decide(question, caller)
        course.questions += 1
        told = decision.verdict in (Verdict.IMPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED)
        identifier = decisions.record(
            connection,
            decision,
            applied,
            request=course.request_id,
            number=course.questions,
            instant=course.instant,
            operation=operation,
            step=course.step,
            sentence=sentence_of(decision, question) if told else None,
        )
        if not decision.allowed:
            course.verdict, course.denied = "denied", identifier
        return decision

    def _perform(
        self,
        connection: sqlite3.Connection,
        found: Target,
        params: dict[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
        course: Course,
    ) -> HttpResponse:
        """Have the service act. What it changes is in the transaction, or in the journal that is."""
        operation = operation_of(found.endpoint, found.name)
        seed = self.seeds.next(course.step, found.service, found.name)
        own = self.services.get(found.service)
        served = None if own is None else own.operations.get(found.name)
        response: HttpResponse | None = None
        if served is not None:
            connection.execute("SAVEPOINT service")
            before = decisions.last_number(connection), journal.last_number(connection)
            about = (found.service, found.name, params, caller, place, course.instant, seed)
            try:
                call = self.served_call(connection, *about, course.via, course.step)
                with at(course.instant, Draws(seed)):
                    output = served.handler(call)
                course.begun += call.surroundings.begun
                response = answer.result(found.service, found.name, found.protocol, output)
                connection.execute("RELEASE service")  # an outer call's savepoint has the same name
            except PassOn:
                _roll_back(connection, *before)
            except ServiceError as problem:
                _roll_back(connection, *before)
                raise Refused(problem) from None
            if response is not None and served.changes_memory(params):
                self._journal(connection, found, params, caller, place, course, Draws(seed))
        elif own is not None and own.whole:
            raise Refused(NotServed(found.service, found.name))
        if response is None:
            response = self._moto(connection, found, params, caller, place, course, seed)
        if found.service in _POLICY_SERVICES and not is_read(found.name):
            self.callers.drop()
        if response.status < 400:
            apply_effects(operation, params, response, found, place, self.tags, self.authorizer.lookups.at(place))
        elif response.status == 404 and found.service == "s3" and found.name in _OBJECT_READS:
            self._hide_missing_object(connection, params, caller, place, shared, course, found)
        return response

    def _moto(
        self,
        connection: sqlite3.Connection,
        found: Target,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        course: Course,
        seed: int,
    ) -> HttpResponse:
        try:
            if is_read(found.name):
                return moto_services.call(found.endpoint, found.operation, params, place.account, place.region)
            draws = Draws(seed)
            with at(course.instant, draws):
                response = moto_services.call(found.endpoint, found.operation, params, place.account, place.region)
        except ServiceError as problem:
            raise Refused(problem) from None
        if response.status < 400:
            self._journal(connection, found, params, caller, place, course, draws)
        return response

    def _journal(
        self,
        connection: sqlite3.Connection,
        found: Target,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        course: Course,
        draws: Draws,
    ) -> None:
        entry = journal.Entry(
            0,
            course.instant,
            draws.seed,
            place.account,
            place.region,
            found.service,
            found.name,
            caller.arn,
            params,
            tuple(draws.keys),
        )
        course.journalled = journal.append(connection, entry)

    def served_call(
        self,
        connection: sqlite3.Connection,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        instant: float,
        seed: int,
        via: Via | None = None,
        step: str = "",
    ) -> Call:
        """A call as a service of ours is given it; whatever it needs was decided before."""
        return Call(
            place.account,
            place.region,
            place.partition,
            service,
            operation,
            params,
            caller.arn,
            datetime.fromtimestamp(instant, UTC),
            Rows(connection, place.account, place.region, service),
            Surroundings(self, connection, caller, place, via or Via(), step),
            random.Random(seed),
        )

    def _hide_missing_object(
        self,
        connection: sqlite3.Connection,
        params: Mapping[str, Any],
        caller: Caller,
        place: Place,
        shared: ContextValues,
        course: Course,
        found: Target,
    ) -> None:
        """Who may not list a bucket is not told that an object is not there.
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions"."""
        operation = operation_of(endpoints()["s3"], "HeadBucket")
        asked = {"Bucket": params["Bucket"]}
        for question in self.authorizer.questions(operation, asked, caller, place, shared):
            decision = self._decide(connection, question, caller, course, f"s3:{found.name}")
            if not decision.allowed and not self._records(caller):
                raise Refused(denial(decision, question, caller, course.denied or "", found.protocol, "s3", None))

    def assume_as_service(
        self, service_principal: str, role_arn: str, session_name: str, *, source_arn: str | None = None
    ) -> Session:
        """A session of a role for an AWS service that acts under it (`servicecatalog.amazonaws.com`).

        Raises `ServiceError` AccessDenied where the role does not exist or its trust policy does not let the service.
        """
        role = self.directory.role_by_arn(role_arn)
        with self.store.transaction() as connection:
            if role is None or not self.may_assume(role, service_principal, source_arn):
                raise ServiceError(
                    "AccessDenied",
                    f"{service_principal} is not authorized to perform: sts:AssumeRole on {role_arn}",
                    403,
                )
            now = time.time()
            account = role_arn.split(":")[4]
            identity = self.directory.role_identity(account, role.name)
            session = Session(
                "role",
                sessions.new_key("ASIA"),
                sessions.new_secret(),
                sessions.new_token(),
                account,
                self.partition,
                now,
                now + 3600,
                session_name,
                role.arn,
                "" if identity is None else identity.unique_id,
            )
            sessions.keep(connection, session)
        return session

    def surroundings(self, account: str, region: str) -> Surroundings:
        """What a job's service sees of the account."""
        place = Place(self.partition, region, account)
        return Surroundings(self, self.store.connection, self.callers.anonymous(), place)

    def may_assume(self, role: Role, service_principal: str, source_arn: str | None = None) -> bool:
        """Does a role's trust policy let a service assume it?"""
        account = role.arn.split(":")[4]
        source = {"aws:SourceAccount": account} | ({"aws:SourceArn": source_arn} if source_arn else {})
        caller = self.callers.service(service_principal, source)
        trust = PolicyText(role.trust, f"trust policy of {role.arn}")
        request = Request(caller.principal, "sts:AssumeRole", role.arn, dict(caller.context), account)
        return self.callers.applied(caller, trust, None).policies.evaluate(request).allowed


def _roll_back(connection: sqlite3.Connection, decided: int, journalled: int) -> None:
    """Undo what a service wrote of its own in a call that failed. What was decided since, and the calls that it made
    meanwhile, stay: moto's memory does not forget them, nor would AWS."""
    calls = list(journal.entries(connection, journalled))
    decisions.roll_back(connection, "service", decided)
    for one in calls:
        journal.append(connection, one)


_validator = ParamValidator()
_OBJECT_READS = frozenset({"GetObject", "HeadObject", "GetObjectAttributes"})


__all__ = ["Gateway", "Handled", "Operation"]
