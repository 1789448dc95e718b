"""A call to moto at a given instant and with a given seed: made again, it makes the same ids, keys and times.

The journal holds calls, not their effects; replaying them after a crash must end in the same state. moto draws its ids
from a generator that can be seeded, takes a few from `uuid` and `os.urandom`, makes private keys with OpenSSL, and
reads the clock. For the duration of a call, on the thread that makes it, all of these answer from what the call keeps.
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import secrets
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

if "pytest" in sys.modules:
    import time_machine
else:
    # time_machine brings a fixture for pytest along, and imports all of pytest for it where that is installed: an
    # eighth of a second, of no use where no tests are running
    sys.modules["pytest"] = None  # type: ignore[assignment] # None has an import fail
    try:
        import time_machine
    finally:
        del sys.modules["pytest"]

_real_urandom = os.urandom


@dataclass(slots=True)
class Draws:
    """What a call drew that no seed determines: private keys, in PEM, in the order in which they were made.

    Empty for a call that is made for the first time, where it fills; on replay the keys come from it.
    """

    seed: int
    keys: list[str] = field(default_factory=list)
    taken: int = 0


@contextmanager
def at(instant: float, draws: Draws) -> Iterator[None]:
    """Run a call at an instant (epoch seconds, UTC) with what it draws. The caller holds the lock: one at a time."""
    from moto.moto_api._internal import mock_random

    owner = threading.get_ident()
    source = random.Random(draws.seed)

    def urandom(size: int) -> bytes:
        return source.randbytes(size) if threading.get_ident() == owner else _real_urandom(size)

    outer = os.urandom
    mock_random.seed(draws.seed)
    os.urandom = urandom
    state = random.getstate()
    random.seed(draws.seed)
    try:
        with time_machine.travel(instant, tick=False), _keys(draws):
            yield
    finally:
        os.urandom = outer
        random.setstate(state)


@contextmanager
def _keys(draws: Draws) -> Iterator[None]:
    """Private keys are kept in `draws`, or taken from there."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    real = [(module, module.generate_private_key) for module in (rsa, ec)]
    for module, generate in real:
        module.generate_private_key = _keeping(generate, draws)  # type: ignore[attr-defined] # `module` is a ModuleType
    try:
        yield
    finally:
        for module, generate in real:
            module.generate_private_key = generate  # type: ignore[attr-defined] # as above


def _keeping(generate: Any, draws: Draws) -> Any:
    from cryptography.hazmat.primitives import serialization

    def generate_private_key(*args: Any, **kwargs: Any) -> Any:
        if draws.taken < len(draws.keys):
            text = draws.keys[draws.taken]
            draws.taken += 1
            return serialization.load_pem_private_key(text.encode(), None)
        key = generate(*args, **kwargs)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        draws.keys.append(pem.decode())
        draws.taken += 1
        return key

    return generate_private_key


def drawn(draws: tuple[Callable[[], str], ...], times: int) -> tuple[str, ...]:
    """The ids that moto draws by functions, one after the other, so many times. Drawing thousands takes longer than
    what they are for: those that were drawn from the same state of moto's generator are told again."""
    from moto.moto_api._internal import mock_random

    found, after = _drawn(mock_random.getstate(), draws, times)
    mock_random.setstate(after)
    return found


@functools.lru_cache(maxsize=8)
def _drawn(state: Any, draws: tuple[Callable[[], str], ...], times: int) -> tuple[tuple[str, ...], Any]:
    from moto.moto_api._internal import mock_random

    mock_random.setstate(state)
    return tuple(draw() for _ in range(times) for draw in draws), mock_random.getstate()


@contextmanager
def replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    """Have a module use something else under a name."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


class Seeds:
    """The seeds of calls. With a seed of its own, the same calls get the same seeds again, whatever the order in which
    threads make them: the step of a job and how often it has made such a call tell calls apart."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self._made: Counter[tuple[str, ...]] = Counter()

    def next(self, *about: str) -> int:
        """The seed of a call; `about` are its step, service and operation."""
        if self._seed is None:
            return secrets.randbits(62)
        self._made[about] += 1
        text = "\n".join([str(self._seed), *about, str(self._made[about])])
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 2
