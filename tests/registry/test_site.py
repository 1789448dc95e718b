"""The folder of feeds: everything that is linked is there, and each file is the same alone as among all."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest

from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from launchrole.registry import Registry, import_, read
from launchrole.registry.entries import entries
from launchrole.registry.site import contents, file
from registry_sources import document, folder_of

BASE = "http://127.0.0.1:4566/feeds"
GLUE = "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy"


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


@pytest.fixture(scope="module")
def registry():
    return Registry()


@pytest.fixture(scope="module")
def whole(registry):
    return dict(contents(registry, list(entries(registry, [PAGE, GLUE])), BASE, 100))


def test_every_entry_leads_to_a_page_about_its_version(whole):
    for path in ("all.rss.xml", f"policies/{PAGE}.atom.xml", "services/ecr.rss.xml"):
        pages = re.findall(rf"{BASE}/(versions/[^<\"]+)", whole[path].decode())
        assert pages
        assert set(pages) <= set(whole)
    page = whole[f"versions/{PAGE}/v4.html"].decode()
    assert "cognito-idp:TagResource" in page
    assert "announced 77 days before IAM" in page


def test_links_of_pages_lead_somewhere(whole):
    checked = 0
    for path, data in whole.items():
        if path.endswith(".html"):
            for href in Links(data.decode()).found:
                if not href.startswith("https://docs.aws.amazon.com/"):
                    checked += 1
                    assert str(PurePosixPath(path).parent / href) in whole, (path, href)
    assert checked > 50


def test_without_a_url_atom_s_links_are_relative(registry):
    files = dict(contents(registry, list(entries(registry, [PAGE])), None, 100))
    assert f'href="versions/{PAGE}/v4.html"' in files["all.atom.xml"].decode()
    assert f'href="../versions/{PAGE}/v4.html"' in files["services/s3.atom.xml"].decode()
    assert "versions/" not in files["all.rss.xml"].decode()


def test_a_page_does_not_lead_to_one_that_was_not_written(registry):
    since = datetime(2026, 1, 1, tzinfo=UTC)
    files = dict(contents(registry, list(entries(registry, [PAGE], since)), BASE, 100))
    assert sorted(one for one in files if one.startswith("versions/")) == [
        f"versions/{PAGE}/v11.html",
        f"versions/{PAGE}/v12.html",
    ]
    assert "v10.html" not in files[f"versions/{PAGE}/v11.html"].decode()


def test_a_file_alone_is_the_same_as_in_the_folder(registry, whole):
    for path, data in whole.items():
        if not path.endswith("index.html"):
            assert file(registry, [PAGE, GLUE], path, BASE, 100) == data, path


def test_the_index_leads_to_the_feeds_of_every_service(registry):
    (text,) = {file(registry, [PAGE, GLUE], path, BASE, 100).decode() for path in ("", "index.html")}
    links = Links(text).found
    assert {f"policies/{PAGE}.atom.xml", "removals.rss.xml", "services/sqs.atom.xml"} <= set(links)
    assert b"<item>" not in file(registry, [PAGE], "services/sqs.rss.xml", BASE, 100)


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "all",
        "nothing.rss.xml",
        "services/no-service.atom.xml",
        "policies/NoPolicy.rss.xml",
        f"versions/{PAGE}/v13.html",
        f"versions/{PAGE}/v0.html",
        "versions/NoPolicy/v1.html",
        f"versions/{PAGE}/../{PAGE}/v1.html",
        "../all.rss.xml",
    ],
)
def test_what_there_is_not(registry, path):
    assert file(registry, [PAGE], path, BASE, 100) is None


def test_a_version_without_a_document_has_a_page_that_says_so(tmp_path):
    source = folder_of(tmp_path / "Build", document(), document("s3:*"), meta={"arn": "arn:aws:iam::1:policy/Build"})
    import_(tmp_path / "state", read(source).policies)
    with Registry.of(tmp_path / "state") as registry:
        (key,) = [one for one in registry.names() if one.endswith("/Build")]
        assert b"s3:*" in file(registry, [key], f"versions/{key.replace('/', '-')}/v2.html", BASE, 100)
