"""Feeds: what is in them, that readers can parse them, and that the same is always the same."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.registry import Registry, RegistryError, import_, read
from launchrole.registry.entries import entries
from launchrole.registry.feeds import Feed, atom, feeds, files, rss
from launchrole.registry.site import write
from registry_sources import dated, document, folder_of
from registry_sources import write as write_file

ATOM = {"a": "http://www.w3.org/2005/Atom"}
BASE = "https://example.org/feeds"


@pytest.fixture(scope="module")
def page_entries():
    return oldest_first(Registry(), PAGE)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def of_state(state, key, *sources, **more):
    for source in sources:
        import_(state, read(source).policies)
    with Registry.of(state) as registry:
        return oldest_first(registry, key, **more)


def oldest_first(registry, key, since=None):
    return list(entries(registry, [key], since))[::-1]


def feed(some, path="all"):
    return next(one for one in feeds(some[::-1], 100) if one.path == path)


def test_titles_name_policy_version_and_verdict(page_entries):
    titles = [one.title.removeprefix(f"{PAGE} ") for one in page_entries]
    assert titles[0] == "v1: new policy"
    assert titles[3] == "v4: adds (+ cognito-idp:TagResource and s3:PutBucketCORS)"
    assert titles[7].startswith("v8: both (+ cloudformation:TagResource, ")
    assert titles[7].endswith("; - codestar-connections:PassConnection)")
    assert titles[10:] == ["v11: re-issued without change", "v12: re-issued without change"]


def test_bodies_tell_what_changed_with_a_witness_and_what_the_note_leaves_out(page_entries):
    third = page_entries[2].body
    assert "Note: Add new permissions for sagemaker. Create, read" in third
    assert "the note leaves out sagemaker:ListTags" in third
    assert "may sagemaker:CreateImage on arn:aws:sagemaker:us-east-1:123456789012:image/example</code>" in third


def test_a_feed_for_all_for_removals_for_each_policy_and_each_service(page_entries):
    made = {
        one.path: [entry.title.split(":")[0].split()[1] for entry in one.entries]
        for one in feeds(page_entries[::-1], 5)
    }
    assert made["all"] == made[f"policies/{PAGE}"] == ["v12", "v11", "v10", "v9", "v8"]
    assert made["removals"] == ["v8"]
    assert made["services/ecr"] == ["v5", "v1"]
    assert "services/sqs" not in made


def test_reissues_have_a_category_of_their_own(page_entries):
    assert page_entries[10].categories == ("re-issued",)
    assert all("re-issued" not in one.categories for one in page_entries[:10])
    assert page_entries[4].categories == ("adds", "ecr")


def test_rss_as_readers_want_it(page_entries):
    root = ElementTree.fromstring(rss(feed(page_entries), BASE))
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    channel = root.find("channel")
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    assert channel.find("a:link", ATOM).attrib["href"] == f"{BASE}/all.rss.xml"
    items = channel.findall("item")
    assert len(items) == 12
    guids = [one.find("guid") for one in items]
    assert len({one.text for one in guids}) == 12
    assert {one.get("isPermaLink") for one in guids} == {"false"}
    dates = [parsedate_to_datetime(one.findtext("pubDate")) for one in items]
    assert dates == sorted(dates, reverse=True)
    assert dates[8] == datetime(2022, 2, 16, 19, 52, 11, tzinfo=UTC)
    assert parsedate_to_datetime(channel.findtext("lastBuildDate")) == dates[0]
    body = ElementTree.fromstring(f"<div>{items[8].findtext('description')}</div>")  # HTML that is well-formed
    assert len(body.findall(".//code")) == 2


def test_atom_as_rfc_4287_wants_it(page_entries):
    root = ElementTree.fromstring(atom(feed(page_entries), BASE))
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert all(root.findtext(f"a:{name}", None, ATOM) for name in ("id", "title", "updated", "author/a:name"))
    assert [one.attrib["rel"] for one in root.findall("a:link", ATOM)] == ["self"]
    found = root.findall("a:entry", ATOM)
    ids = [root.findtext("a:id", None, ATOM), *(one.findtext("a:id", None, ATOM) for one in found)]
    assert len(set(ids)) == 13
    assert all(one.startswith("urn:uuid:") for one in ids)
    for one in found:
        moment = datetime.fromisoformat(one.findtext("a:updated", None, ATOM))
        assert moment.tzinfo is not None
        assert one.find("a:content", ATOM).get("type") == "html"
        assert one.find("a:link", ATOM).get("rel") == "alternate"
    assert max(one.findtext("a:updated", None, ATOM) for one in found) == root.findtext("a:updated", None, ATOM)


def test_an_empty_feed_is_a_feed():
    empty = Feed("removals", "Nothing", ())
    assert ElementTree.fromstring(rss(empty, None)).findall("channel/item") == []
    assert ElementTree.fromstring(atom(empty, None)).findtext("a:updated", None, ATOM) == "1970-01-01T00:00:00Z"


def test_the_same_events_are_the_same_bytes(tmp_path, page_entries):
    write(tmp_path, files(feeds(page_entries[::-1], 100), BASE))
    first = {path: path.read_bytes() for path in tmp_path.rglob("*.xml")}
    write(tmp_path, files(feeds(list(entries(Registry(), [PAGE])), 100), BASE))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == first


def test_an_event_keeps_its_id_when_more_becomes_known(tmp_path, state):
    folder = folder_of(tmp_path / "Build", document("s3:GetObject"), document("s3:PutObject"))
    before = {one.title: one.id for one in of_state(state, "Build", folder)}
    folder_of(folder, meta=dated("2024-01-01", "2024-02-01"))
    folder_of(folder, document("s3:GetObject"), document("s3:PutObject"), document("s3:*"))
    after = {one.title: one.id for one in of_state(state, "Build", folder)}
    assert len(after) == 3
    assert {title: after[title] for title in before} == before


def test_defaults_notes_and_withdrawals_are_events_too(tmp_path, state):
    name = "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy"
    answer = write_file(tmp_path / f"{name}.json", {"Versions": [{"VersionId": "v1", "IsDefaultVersion": True}]})
    claim = {"policy": name, "version": "v2", "note": "Old", "source": "https://a/"}
    first = write_file(tmp_path / "one" / "claims.json", {"claims": [claim]})
    second = write_file(tmp_path / "two" / "claims.json", {"claims": [claim | {"note": "<New>"}]})
    gone = write_file(tmp_path / "three" / name / "meta.json", {"name": name, "withdrawn": "2026-05-01"})
    told = of_state(state, name, answer, first, second, gone.parent)
    assert [one.title for one in told] == [
        f"{name}: withdrawn",
        f"{name}: v1 is the default",
        f"{name}: note of v2 corrected",
    ]
    assert told[2].body == "<p>It says now: &lt;New&gt;</p>"
    assert [one.removes for one in told] == [True, False, False]
    assert len({one.id for one in told}) == 3


def test_since_a_day(page_entries):
    found = oldest_first(Registry(), PAGE, datetime(2024, 6, 15, tzinfo=UTC))
    assert found == page_entries[8:]


def test_characters_that_xml_cannot_hold(page_entries):
    odd = Feed("all", "bell \x07", (page_entries[0],))
    assert ElementTree.fromstring(rss(odd, None)).findtext("channel/title") == "bell \ufffd"


def test_a_folder_that_cannot_be_written_is_left_as_it_is(tmp_path, page_entries):
    made = list(files(feeds(page_entries, 100), None))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RegistryError, match=r"file.*: feeds cannot be written: .*; name a folder of your own by --out"):
        write(tmp_path / "file", made)
    (tmp_path / "out" / "services" / "ecr.atom.xml").mkdir(parents=True)
    with pytest.raises(RegistryError, match=r"ecr\.atom\.xml: feeds cannot be written: there is a folder of that name"):
        write(tmp_path / "out", made)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_customer_s_policy_has_no_page_of_aws(tmp_path, state):
    arn = "arn:aws:iam::123456789012:policy/Build"
    folder = folder_of(tmp_path / "Build", document(), document("s3:*"), meta={"arn": arn})
    told = of_state(state, "123456789012/Build", folder)
    assert [one.link for one in told] == [None, None]
    assert json.dumps([one.path for one in feeds(told, 9)]).count("policies/123456789012-Build") == 1
