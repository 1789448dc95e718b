"""docs/preflight.md, docs/command-line.md and the README say what there is."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from launchrole.cli import main
from launchrole.cli.preflight import command, config

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "preflight.md").read_text(encoding="utf-8")
SECTION = re.search(
    r"^## launchrole preflight\n(.*?)^## ", (ROOT / "docs/command-line.md").read_text(encoding="utf-8"), re.M | re.S
)
OPTIONS = {name for one in command.params for name in one.opts if name.startswith("--")}


def blocks(language, text=PAGE):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_table_has_every_option_and_no_other():
    assert SECTION is not None
    assert set(re.findall(r"--[a-z][a-z-]+", SECTION[1])) == OPTIONS - {"--parameter"}


def test_the_page_names_no_option_that_there_is_not():
    of_aws = set(re.findall(r"--[a-z][a-z-]+", "".join(blocks("sh"))))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= OPTIONS | of_aws


def test_the_settings_are_ones_that_are_read(tmp_path):
    (text,) = blocks("toml")
    file = tmp_path / "launchrole.toml"
    file.write_text(text)
    found = config.read(file)
    assert (found.defaults["role"], set(found.templates)) == ("churn-launch", {"*", "projects/*.yaml"})
    keys = {key for key in tomllib.loads(text)["preflight"] if key != "templates"}
    told = PAGE.partition("For some templates:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", told)) == set(config._ALL) >= keys


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_is_python(code):
    ast.parse(code)
    for module, names in re.findall(r"^from (launchrole\S*) import (.+)$", code, re.MULTILINE):
        found = __import__(module, fromlist=names.split(", "))
        assert all(hasattr(found, name) for name in names.split(", "))


def test_the_readme_shows_what_is_printed(monkeypatch):
    monkeypatch.chdir(ROOT)
    (shown,) = re.findall(r"^\$ launchrole preflight examples/scoring.yaml\n(.*?)^```$", README, re.M | re.S)
    printed = " ".join(CliRunner().invoke(main, ["preflight", "examples/scoring.yaml"]).output.split())
    for part in " ".join(shown.split()).split("..."):
        assert part.strip() in printed


def test_the_architecture_names_every_module():
    told = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("\n## Preflight\n")[2]
    named = set(re.findall(r"`([\w.]+)`", told.partition("\n## ")[0]))
    for folder in ("preflights", "cli/preflight"):
        files = [path.name for path in (ROOT / "src" / "launchrole" / folder).iterdir() if path.is_file()]
        modules = {name.removesuffix(".py") for name in files if not name.startswith("__")}
        assert modules - named == set()
