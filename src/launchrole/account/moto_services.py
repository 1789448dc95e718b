"""moto in process: calls to its services by its own dispatcher, one at a time, for any account and region.

moto is not thread-safe and its dispatcher is not meant to be used by more than one thread: whoever calls holds the
door's lock. What goes in was read and written anew by botocore's models, never a client's bytes.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import botocore.serialize
from botocore.model import OperationModel

from launchrole.account.determinism import Draws, at, replaced
from launchrole.account.errors import NotServed, ServiceError
from launchrole.account.http import HttpResponse
from launchrole.account.wire import models, xml_writing
from launchrole.facts.endpoints import Endpoint

_HOSTS = {"s3control": "{account}.s3-control"}
"""What moto's dispatcher wants a service's host to be called, where that is not botocore's name of the endpoint."""

_WITHOUT_REGION = frozenset({"budgets", "cloudfront"})
"""Services of which moto knows the global host only."""

_PLACEHOLDER_KEY = "AKIAIOSFODNN7EXAMPLE"


def call(
    endpoint: Endpoint, operation: OperationModel, params: Mapping[str, Any], account: str, region: str
) -> HttpResponse:
    """Make a call. Raises `NotServed` for what moto lacks, `ServiceError` where moto itself breaks."""
    from moto.core.exceptions import HTTPException
    from moto.core.request import Request
    from werkzeug.datastructures import ImmutableMultiDict

    method, path, query, headers, body = _request(endpoint, operation, params)
    place = "" if endpoint.service in _WITHOUT_REGION else f".{region}"
    host = f"{_HOSTS.get(endpoint.service, endpoint.host)}{place}.amazonaws.com".replace("{account}", account)
    url = f"https://{host}{path}"
    handler = _handler(endpoint, operation.name, url)
    headers["Host"] = host
    headers["x-moto-account-id"] = account
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={_PLACEHOLDER_KEY}/20200101/{region}/{endpoint.signing_name}/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    request = Request.from_primitives(method, f"{url}?{query}" if query else url, headers, body)
    _look_among_one()
    request.meant = operation.name
    if endpoint.service == "s3":
        _leave_bucket_policies_to_the_door()
        # an object is not a form, whatever its content type says: werkzeug would take its bytes apart
        request.get_data(cache=True, parse_form_data=False)
        request.__dict__.update(form=ImmutableMultiDict(), files=ImmutableMultiDict())
    try:
        status, answered, content = handler(request, request.raw_url, request.headers)
    except HTTPException as problem:
        status, answered, content = problem.code, dict(problem.get_headers() or ()), problem.get_body()
    except NotImplementedError:  # how moto says that it does not serve something
        raise NotServed(endpoint.service, operation.name) from None
    except ServiceError:
        raise
    except Exception as problem:
        raise ServiceError(
            "InternalFailure", f"moto could not do {endpoint.service}:{operation.name}: {type(problem).__name__}", 500
        ) from problem
    if status == 404 and content == "Not yet implemented":
        raise NotServed(endpoint.service, operation.name)
    return HttpResponse(int(status), _headers(answered), _bytes(content))


@functools.cache
def _leave_bucket_policies_to_the_door() -> None:
    """Have moto decide nothing by bucket policies: it reads them without their conditions and principals, and would
    deny what the door has allowed."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    FakeBucket.get_permission = lambda _bucket, _action, _resource: PermissionResult.NEUTRAL


class _One:
    """A service's model with one of its operations."""

    def __init__(self, model: Any, name: str) -> None:
        self._model = model
        self.operation_names = [name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@functools.cache
def _look_among_one() -> None:
    """Have moto look for the operation that a path and a method are of among one, the one that is meant: to make a map
    of all paths of a service takes it a tenth of a second."""
    from moto.core import routing
    from werkzeug.exceptions import NotFound

    among_all = routing.ServiceOperationRouter.match

    @functools.cache
    def router(model: Any, protocol: str, name: str) -> Any:
        return routing.get_router_class(model.service_name, protocol)(_One(model, name))

    def match(routes: Any, request: Any) -> Any:
        model = routes._service_model
        protocol = routing.determine_request_protocol(model, request.content_type)
        if protocol.startswith("rest-") and hasattr(request, "meant"):
            with suppress(NotFound):
                return router(model, protocol, request.meant).match(request)
        return among_all(routes, request)

    routing.ServiceOperationRouter.match = match


def backend(service: str, account: str, region: str) -> Any:
    """moto's backend object of a service (by botocore's name) for an account and region."""
    import moto.backends

    name = _moto_name(service)
    backends = _used.get(name)
    if backends is None:
        with uncollected():
            backends = _used[name] = moto.backends.get_backend(name)
    regions = backends[account]
    return regions["aws"] if "aws" in regions.regions else regions[region]


@contextmanager
def as_service_errors() -> Iterator[None]:
    """For services of ours that change what moto keeps: what moto refuses inside is raised as `ServiceError`, in moto's
    words."""
    from moto.core.exceptions import ServiceException
    from werkzeug.exceptions import HTTPException

    try:
        yield
    except ServiceException as problem:
        raise ServiceError(problem.code, problem.message) from None
    except HTTPException as problem:
        code = str(getattr(problem, "error_type", "InternalFailure"))
        message = str(getattr(problem, "message", problem.description))
        raise ServiceError(code, message, problem.code or 500) from None


def loaded_backends() -> Mapping[str, Any]:
    """The backends that were used so far, by moto's names of them."""
    return dict(_used)


def begin(instant: float, seed: int) -> None:
    """Forget everything that moto holds, and make what it makes by itself the same every time.

    moto makes a backend for an account and region when it is first used, with default VPCs, keys and the like. They are
    made as of `instant` (epoch seconds) with ids that follow from `seed`, whoever uses them first: a read is not in the
    journal, and a call that is must find on replay what it found when it was made.
    """
    for name in [name for name in os.environ if name.startswith("MOTO_")]:
        del os.environ[name]  # moto's settings are ours: MOTO_ACCOUNT_ID would put all accounts into one
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    from moto.core import responses, serialize
    from moto.core.base_backend import AccountSpecificBackend

    if not hasattr(responses.method_names_from_class, "cache_info"):
        # moto looks a service's methods up anew at every call, which takes a fifth of the call's time
        responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    serialize.xmltodict = xml_writing
    serialize.ResponseSerializer.get_value = _value
    global _origin
    _forget()
    _origin = (instant, seed)
    if AccountSpecificBackend.__getitem__ is not _backend_of_region:
        AccountSpecificBackend.__getitem__ = _backend_of_region
        # moto asks botocore for each service's regions: in the data that the door has read already
        AccountSpecificBackend.get_session()._session.register_component("data_loader", models.loader)
        _share_models()


def _value(serializer: Any, value: Any, key: str, shape: Any) -> Any:
    """`ResponseSerializer.get_value`, which tells whoever picks a value where in the answer it belongs. Most look at
    what they pick from alone."""
    from moto.core import serialize

    pick = serializer._value_picker
    if type(pick) is serialize.DefaultAttributePicker:
        return serialize.get_value(value, key, None)
    path, model = ".".join(serializer.path), serializer.operation_model
    return pick(serialize.AttributePickerContext(value, key, shape, model, model.service_model, path))


def _share_models() -> None:
    """Have moto take service models from the door's loader, where it adds nothing to them. moto by itself looks through
    all of botocore's data and reads the model anew whenever it first answers for a service."""
    from moto.core import loaders, utils

    own = loaders.create_loader()

    def load(service: str, kind: str) -> dict[str, Any]:
        additions = Path(loaders.moto_root, service.replace("-", "")).glob(f"*/{kind}.moto-extras.json*")
        loader = own if any(additions) else models.loader
        found: dict[str, Any] = loader.load_service_model(service, kind)
        return found

    utils._load_service_model = load


def _forget() -> None:
    """Empty moto's memory. moto's own way, `BackendDict.reset`, makes every backend anew, with the thousands of images
    and policies that it begins with, before it drops it."""
    from moto.core.base_backend import BackendDict, BaseBackend
    from moto.core.model_instances import reset_model_data

    for backends in BackendDict._instances:
        for regions in backends.values():
            for one in regions.values():
                if type(one).reset is not BaseBackend.reset:
                    one.reset()  # closes its files, ends its threads
        backends.clear()
    BackendDict._instances.clear()
    reset_model_data()


@contextmanager
def uncollected() -> Iterator[None]:
    """Without garbage collection: for a short time in which many objects are made and hardly any dropped, as while moto
    reads its data. Collecting takes longer than the reading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_origin = (0.0, 0)


def _backend_of_region(backends: Any, region: str) -> Any:
    """`AccountSpecificBackend.__getitem__` with a backend's making fixed in time and chance."""
    from moto.moto_api._internal import mock_random

    region = "aws" if region == "global" else region
    if not dict.__contains__(backends, region):
        if region not in backends.regions:
            where = f"{backends.service_name} is in no region named {region}; name regions as in us-east-1"
            raise ServiceError("UnknownEndpoint", where)
        if backends.service_name == "iam":
            from launchrole.account import aws_policies

            aws_policies.install()
        elif backends.service_name == "ec2":
            from launchrole.account import aws_images

            aws_images.install()
        instant, seed = _origin
        digest = hashlib.sha256(f"{seed}/{backends.service_name}/{backends.account_id}/{region}".encode()).digest()
        state = mock_random.getstate()
        with at(instant, Draws(int.from_bytes(digest[:7]))), uncollected():
            dict.__setitem__(backends, region, backends.backend(region, account_id=backends.account_id))
        mock_random.setstate(state)
    return dict.__getitem__(backends, region)


_used: dict[str, Any] = {}
_MOTO_NAMES = {"lambda": "awslambda", "stepfunctions": "stepfunctions", "codestar-connections": "codestarconnections"}


@functools.cache
def _moto_name(service: str) -> str:
    name = _MOTO_NAMES.get(service, service)
    from moto.backend_index import backend_url_patterns

    known = {one for one, _ in backend_url_patterns}
    return name if name in known else name.replace("-", "")


@functools.cache
def _urls(moto_name: str) -> tuple[tuple[str, Any], ...]:
    """The paths of a service's backend with the functions that serve them."""
    import moto.backends
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.core.base_backend import BackendDict

    with uncollected():
        backends = moto.backends.get_backend(moto_name)
    _used[moto_name] = backends
    if isinstance(backends, BackendDict):
        regions = backends[DEFAULT_ACCOUNT_ID]
        one = regions["aws"] if "aws" in regions.regions else regions["us-east-1"]
    else:
        one = backends["global"]
    return tuple(one.urls.items())


_pattern = functools.cache(re.compile)
"""The pattern of a path, compiled when a request is first compared with it."""


def _handler(endpoint: Endpoint, operation: str, url: str) -> Any:
    from moto.backend_index import backend_url_patterns

    for name in _names(endpoint.service):
        for path, function in _urls(name):
            if _pattern(path).match(url):
                return function
    for name, service_pattern in backend_url_patterns:
        if service_pattern.match(url):
            for path, function in _urls(name):
                if _pattern(path).match(url):
                    return function
    raise NotServed(endpoint.service, operation)


@functools.cache
def _names(service: str) -> tuple[str, ...]:
    """moto's name of a service, if it has one."""
    from moto.backend_index import backend_url_patterns

    name = _moto_name(service)
    return (name,) if any(one == name for one, _ in backend_url_patterns) else ()


@functools.cache
def _serializer(protocol: str) -> Any:
    return botocore.serialize.create_serializer(protocol, include_validation=False)


def _request(
    endpoint: Endpoint, operation: OperationModel, params: Mapping[str, Any]
) -> tuple[str, str, str, dict[str, str], bytes]:
    """Method, path, query string, headers and body of a call, written by botocore's serializers."""
    from urllib.parse import urlencode

    written = _serializer(endpoint.protocol).serialize_to_request(dict(params), operation)
    body = written["body"]
    headers = {name: str(value) for name, value in written["headers"].items()}
    path, _, query = written["url_path"].partition("?")
    values = written["query_string"]
    if values:
        more = values if isinstance(values, str) else urlencode(values, doseq=True)
        query = f"{query}&{more}" if query else more
    if isinstance(body, Mapping):
        body = urlencode(body, doseq=True)
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    if isinstance(body, str):
        body = body.encode()
    return written["method"], path or "/", query, headers, body or b""


def _headers(answered: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in dict(answered).items() if str(name).lower() != "status"}


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    if content is None:
        return b""
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def restore(moto_name: str, content: tuple[Mapping[str, Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Put a backend's content, by account and region, into moto's memory."""
    import moto.backends

    accounts, extra = content
    backends = moto.backends.get_backend(moto_name)
    _used[moto_name] = backends
    for account, regions in accounts.items():
        of_account = backends[account]
        for region, one in regions.items():
            dict.__setitem__(of_account, region, one)
    for name, value in extra.items():
        getattr(backends, name).update(value)


_CHOOSERS = {
    "vpc": ("moto.ec2.models.vpcs", "random_vpc_id"),
    "subnet": ("moto.ec2.models.subnets", "random_subnet_id"),
    "security-group": ("moto.ec2.models.security_groups", "random_security_group_id"),
    "image": ("moto.ec2.models.amis", "random_ami_id"),
    "volume": ("moto.ec2.models.elastic_block_store", "random_volume_id"),
}


@contextmanager
def chosen_id(kind: str, identifier: str) -> Iterator[None]:
    """Have the next VPC, subnet, security group, image or volume get an id, in accounts that nobody keeps."""
    module, name = _CHOOSERS[kind]
    chooser = importlib.import_module(module)
    before = getattr(chooser, name)
    left = [identifier]
    with replaced(chooser, name, lambda *_given, **_named: left.pop() if left else before()):
        yield
