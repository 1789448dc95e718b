"""Checkpoints: moto's memory as of a number in the journal, so that a start replays only what came after.

A checkpoint is a pickle, tied to the versions that wrote it, and is loaded only from a directory and files that this
user wrote and nobody else may write. One that was written by other versions, or that does not read back, is left alone:
the journal is whole, and replaying it from its beginning ends in the same state.
"""

from __future__ import annotations

import collections
import functools
import hashlib
import importlib.metadata
import io
import json
import os
import pickle
import shutil
import stat
import sys
import weakref
from pathlib import Path
from typing import Any

from launchrole.account import moto_services

_MANIFEST = "manifest.json"


def _versions() -> dict[str, str]:
    names = ("moto", "botocore", "dill", "cryptography")
    return {"python": sys.version.split()[0], **{name: importlib.metadata.version(name) for name in names}}


def save(directory: Path, number: int) -> bool:
    """Write a checkpoint for a number in the journal; the one before is removed. False where a backend cannot be
    pickled: then the journal alone has to do."""
    folder = directory / f"checkpoint-{number}"
    building = directory / f".checkpoint-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    digests = {}
    for name, backends in moto_services.loaded_backends().items():
        try:
            content = _dumped(backends)
        except Exception:
            shutil.rmtree(building)
            return False
        _write(building / f"{name}.dill", content)
        digests[name] = hashlib.sha256(content).hexdigest()
    manifest = {"number": number, "versions": _versions(), "backends": digests}
    _write(building / _MANIFEST, json.dumps(manifest).encode())
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    for other in directory.glob("checkpoint-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return True


def load(directory: Path, last: int) -> tuple[int, str | None]:
    """Load the newest checkpoint that is not ahead of the journal, whose last call is `last`.

    Returns its number, 0 for none, and why a checkpoint that is there was not used.
    """
    found = sorted(directory.glob("checkpoint-*"), key=lambda path: path.name)
    for folder in reversed(found):
        reason = _refusal(folder, last)
        if reason is not None:
            return 0, reason
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        contents = {name: (folder / f"{name}.dill").read_bytes() for name in manifest["backends"]}
        for name, digest in manifest["backends"].items():
            if hashlib.sha256(contents[name]).hexdigest() != digest:
                return 0, f"{folder / name}.dill is damaged"
        try:
            loaded = {name: _loaded(content) for name, content in contents.items()}
        except Exception as error:  # whatever unpickling meets: the journal remains
            return 0, f"{folder} does not read back: {error}"
        for name, backends in loaded.items():
            moto_services.restore(name, backends)
        return int(manifest["number"]), None
    return 0, None


def _refusal(folder: Path, last: int) -> str | None:
    """Why a checkpoint is not to be loaded."""
    for path in (folder, *folder.iterdir()):
        found = path.lstat()
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o022 or stat.S_ISLNK(found.st_mode):
            return f"{path} may have been written by someone else"
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        number, versions = int(manifest["number"]), manifest["versions"]
    except (OSError, ValueError, KeyError, TypeError):
        return f"{folder} is damaged"
    if versions != _versions():
        return f"{folder} was written by other versions of Python, moto or botocore"
    return f"{folder} is ahead of the journal" if number > last else None


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


class _Reducers:
    """What no pickler knows: keys made by OpenSSL, dictionaries with weak values, moto's with constructors of their
    own."""

    def reducer_override(self, value: Any) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        if isinstance(value, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return _private_key, (_pem(value),)
        if isinstance(value, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return _public_key, (_public_pem(value),)
        if isinstance(value, weakref.WeakValueDictionary):
            return _weak_values, (dict(value),)
        if type(value).__name__ == "ParameterDict":
            return _default_dictionary, (type(value), value.default_factory, dict(value), dict(value.__dict__))
        return NotImplemented


class _Pickler(_Reducers, pickle.Pickler):
    """Python's own, written in C: ten times as fast."""


@functools.cache
def _dill_pickler() -> type:
    """dill, for backends that hold functions. Most hold none, and accounts that are not kept have no checkpoint."""
    import dill

    class Pickler(_Reducers, dill.Pickler):  # type: ignore[misc] # dill has no types
        pass

    return Pickler


def _dumped(backends: Any) -> bytes:
    content = {account: dict(dict.items(regions)) for account, regions in dict.items(backends)}
    extra = {"bucket_accounts": dict(backends.bucket_accounts)} if hasattr(backends, "bucket_accounts") else {}
    try:
        return _pickled(_Pickler, (content, extra))
    except (pickle.PicklingError, AttributeError, TypeError):
        return _pickled(_dill_pickler(), (content, extra))


def _pickled(pickler: Any, content: Any) -> bytes:
    buffer = io.BytesIO()
    pickler(buffer, protocol=5).dump(content)
    return buffer.getvalue()


def _loaded(content: bytes) -> Any:
    import dill

    return dill.loads(content)


def _pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _public_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    pem: bytes = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem


def _private_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_private_key(pem, None)


def _public_key(pem: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_pem_public_key(pem)


def _default_dictionary(kind: Any, factory: Any, items: dict[Any, Any], attributes: dict[str, Any]) -> Any:
    """A dictionary of moto's whose constructor wants more than pickle knows (SSM's parameters)."""
    made = kind.__new__(kind)
    collections.defaultdict.__init__(made, factory, items)
    made.__dict__.update(attributes)
    return made


def _weak_values(values: dict[Any, Any]) -> Any:
    return weakref.WeakValueDictionary(values)
