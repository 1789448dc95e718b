"""docs/findings/: a page for every id, whose example is run."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from launchrole.cli import main
from launchrole.preflights.catalogue import kinds

PAGES = Path(__file__).parents[2] / "docs" / "findings"
HEADINGS = ["## Cause", "## Example", "## Cure"]
_FILE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n\$ launchrole (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def page(id):
    return (PAGES / f"{id}.md").read_text(encoding="utf-8")


def plain(text):
    """A text whatever its line breaks and the ids of the requests in it."""
    return " ".join(_UUID.sub("ID", text).split())


def test_each_id_has_a_page_and_each_page_an_id():
    assert {path.stem for path in PAGES.glob("*.md")} == {*kinds(), "README"}


@pytest.mark.parametrize("id", kinds())
def test_a_page_has_the_title_of_the_catalogue_and_says_cause_example_and_cure(id):
    lines = page(id).splitlines()
    assert lines[0] == f"# {id}: {kinds()[id].title}"
    assert [line for line in lines if line.startswith("#")][1:] == HEADINGS
    assert f"Level: {kinds()[id].level.value}." in page(id)


def test_the_index_lists_all():
    rows = [f"| [{one.id}]({one.id}.md) | {one.level.value} | {one.title} |" for one in kinds().values()]
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [line for line in index.splitlines() if line.startswith("| [")] == rows


@pytest.mark.parametrize("id", [id for id in kinds() if (PAGES / f"{id}.md").exists() and _CONSOLE.search(page(id))])
def test_an_example_prints_what_its_page_shows(id, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in _FILE.findall(page(id)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command, shown in _CONSOLE.findall(page(id)):
        printed = plain(CliRunner().invoke(main, shlex.split(command)).output)
        for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE):
            assert plain(part) in printed
