"""Feeds as others see them: feedparser reads them without a complaint, and they keep to the rules of their formats."""

import itertools
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from launchrole.registry import Registry
from launchrole.registry.entries import entries
from launchrole.registry.site import contents

BASE = "https://example.org/feeds"
HERE = Path(__file__).parent
SCHEMAS = {one: etree.RelaxNG(etree.parse(HERE / f"{one}.rng")) for one in ("rss", "atom")}


def of_the_page_and_others(registry):
    """The launch role's policies, with all their versions, and some of which one version ships."""
    keys = [one for one in registry.names() if "ServiceCatalogProducts" in one] + registry.names()[::40]
    return list(entries(registry, dict.fromkeys(keys)))


@pytest.fixture(scope="module", params=[BASE, None], ids=["published", "local"])
def written(request):
    registry = Registry()
    files = dict(contents(registry, of_the_page_and_others(registry), request.param, 100))
    return request.param, {path: data for path, data in files.items() if path.endswith(".xml")}


def test_feedparser_has_nothing_to_complain_of(written):
    _, feeds = written
    assert len(feeds) > 100
    for path, data in feeds.items():
        read = feedparser.parse(data, response_headers={"content-type": "application/xml; charset=utf-8"})
        assert not read.bozo, (path, read.get("bozo_exception"))
        assert read.version == ("rss20" if path.endswith(".rss.xml") else "atom10")
        assert read.entries
        assert all(one.id.startswith("urn:uuid:") and one.title and one.published_parsed for one in read.entries)


def test_the_rules_of_the_formats_hold(written):
    _, feeds = written
    for path, data in feeds.items():
        schema = SCHEMAS[path.split(".")[-2]]
        schema.validate(etree.fromstring(data))
        assert not schema.error_log, (path, str(schema.error_log)[:500])


def test_both_formats_tell_the_same(written):
    _, feeds = written
    for path in feeds:
        if path.endswith(".rss.xml"):
            rss, atom = (feedparser.parse(feeds[path.replace(".rss.", ending)]) for ending in (".rss.", ".atom."))
            assert [(one.id, one.title) for one in rss.entries] == [(one.id, one.title) for one in atom.entries]
            assert rss.feed.title == atom.feed.title


def test_ids_are_unique_and_the_newest_come_first(written):
    _, feeds = written
    for path, data in feeds.items():
        read = feedparser.parse(data)
        ids = [one.id for one in read.entries]
        assert len(ids) == len(set(ids)), path
        moments = [one.published_parsed for one in read.entries]
        assert all(a >= b for a, b in itertools.pairwise(moments)), path


@pytest.mark.parametrize(
    ("schema", "broken"),
    [
        ("atom", lambda text: text.replace("<title>", "<titel>").replace("</title>", "</titel>")),
        ("atom", lambda text: text.replace("<updated>20", "<updated>at 20")),
        ("rss", lambda text: text.replace(" GMT</pubDate>", "</pubDate>")),
        ("rss", lambda text: text.replace("<description>", "<note>").replace("</description>", "</note>")),
    ],
)
def test_the_rules_can_be_broken(written, schema, broken):
    _, feeds = written
    text = feeds[f"all.{schema}.xml"].decode()
    assert broken(text) != text
    assert not SCHEMAS[schema].validate(etree.fromstring(broken(text).encode()))
