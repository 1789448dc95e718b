"""Reading a file that a user named: whole, as UTF-8, and no more of it than could be meant."""

from __future__ import annotations

import sys
from pathlib import Path

from launchrole.policy.errors import printable

_MIB = 1_048_576


class FileError(Exception):
    """A file that cannot be read. The message names the file and says why."""


def display_name(name: str) -> str:
    """What messages call a file: its name, or what `-` stands for."""
    return "standard input" if name == "-" else name


def text_of(name: str, longest: int) -> str:
    """The text of a file of at most `longest` bytes, `-` being standard input. Raises `FileError`.

    Of what has no end, such as a device, no more than that is read.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(longest + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(longest + 1)
    except IsADirectoryError:
        raise FileError(f"{name}: this is a directory; name a file") from None
    except FileNotFoundError:
        raise FileError(f"{name}: there is no such file") from None
    except ValueError:
        raise FileError(f"{printable(name)}: no file can have this name") from None
    except OSError as error:
        raise FileError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(data) > longest:
        most = f"{longest // _MIB} MiB" if longest >= _MIB else f"{longest:,} bytes"
        raise FileError(f"{display_name(name)}: the file has more than {most}; no more is read")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{display_name(name)}: this is not a text in UTF-8 (byte {error.start + 1})") from None
