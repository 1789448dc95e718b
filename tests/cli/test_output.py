"""What verbs share in printing."""

import re

import pytest

from launchrole.cli import output

ROWS = [("CREATE_COMPLETE", "Topic", "arn:aws:sns:us-east-1:123456789012:one"), ("FAILED", "Bucket", "")]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (None, ["CREATE_COMPLETE  Topic   arn:aws:sns:us-east-1:123456789012:one", "FAILED           Bucket"]),
        (
            40,
            [
                "CREATE_COMPLETE  Topic",
                "                 arn:aws:sns:us-east-1:123456789012:one",
                "FAILED           Bucket",
            ],
        ),
    ],
)
def test_columns_are_aligned_and_the_last_one_moves_down_where_there_is_no_room(monkeypatch, columns, expected):
    monkeypatch.setattr(output, "width", lambda: columns)
    assert output.table(ROWS) == expected


def test_colors_do_not_move_columns(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(output, "width", lambda: None)
    colored = output.table(ROWS, ["green", "red"])
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in colored] == output.table(ROWS)
    assert [line[:5] for line in colored] == ["\x1b[32m", "\x1b[31m"]


def test_nothing_is_no_table():
    assert output.table([]) == []
