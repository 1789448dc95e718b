"""Timestamps in answers: what is read quickly is read as botocore reads it."""

import botocore.utils
import pytest

from launchrole.account import effects


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28T16:40:41Z",
        "2026-11-28T16:40:41.8Z",
        "2026-11-28T16:40:41.829Z",
        "2026-11-28T16:40:41.829279Z",
        "2024-02-29T23:59:59.999999999Z",
        "2026-11-28T16:40:41+01:00",
        "2026-11-28",
        "Sat, 28 Nov 2026 16:40:41 GMT",
        "1795884041.5",
        1795884041,
        1795884041.829,
    ],
)
def test_timestamps_are_those_that_botocore_reads(text):
    ours, theirs = effects._instant(text), botocore.utils.parse_timestamp(text)
    assert (ours, ours.utcoffset()) == (theirs, theirs.utcoffset())


def test_what_is_no_timestamp_is_refused_as_botocore_refuses_it():
    for text in ("2026-13-28T16:40:41Z", "yesterday"):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever its words
            effects._instant(text)
