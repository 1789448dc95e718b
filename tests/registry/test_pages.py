"""Pages in HTML of differences, versions and change logs; hostile policies, notes and names among them."""

import json

import pytest

from html_pages import DARK, LIGHT, Parsed, in_a_browser, needs_chromium
from launchrole.facts.access import facts_for
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY
from launchrole.policy import parse
from launchrole.reasoning import Comparison, Difference, Undecided, compare
from launchrole.registry import Registry, import_, read
from launchrole.registry.pages import diff_page, log_page, version_page
from registry_sources import dated, document, folder_of, write

HOSTILE = "</pre></style><script>alert('1')</script>\"&"


def difference(old, new, names=("Build:v1", "Build:v2")):
    """The page of two documents."""
    texts = [json.dumps(one) for one in (old, new)]
    facts = facts_for([parse(one) for one in texts])
    return diff_page(*names, compare(*texts, facts), *texts)


def page_of(registry, name, version, url_of=None):
    policy = registry.policy(name)
    return version_page(registry, policy, policy.version(version), url_of)


def imported(tmp_path, *documents, claims=(), **meta):
    """A registry with a policy `Build`."""
    folder_of(tmp_path / "in" / "Build", *documents, meta=meta or None)
    if claims:
        write(tmp_path / "in" / "claims.json", {"claims": [{"policy": "Build", **one} for one in claims]})
    import_(tmp_path / "state", read(tmp_path / "in").policies, with_gaps=True)
    return Registry.of(tmp_path / "state")


def words(page):
    return " ".join(Parsed(page).text.split())


def test_a_difference_tells_the_verdict_first_and_then_both_directions():
    old = document("s3:GetObject", "iam:PassRole")
    statement = {"Sid": "Put", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:TagKeys": "a*"}}}
    told = words(difference(old, document("s3:GetObject", "s3:PutObject", **statement)))
    order = ["both", "Build:v2: allows more and takes away", "compared with v1", "Newly allowed", "Taken away"]
    places = [told.index(one) for one in (*order, "The documents, line by line")]
    assert places == sorted(places)
    added, removed = told[told.index("Newly allowed") :].split("Taken away")
    for part in (
        "Each finding is shown by a request that v2 allows and v1 does not. Beside these there is nothing: proved.",
        "s3:PutObject Write",
        "onarn:aws:s3:::b/*",
        "ifaws:TagKeys is like a*",
        "elseunder v1: no statement allows it",
        "bystatement 1 (Put)",
        "A request that v2 allows and v1 does not:",
        "whoarn:aws:iam::123456789012:user/someone",
        "asks fors3:PutObject",
        "onarn:aws:s3:::b/",
        "withaws:TagKeys = a",
    ):
        assert part in added
    assert "noteiam:PassRole hands a role to a service" in removed
    assert '+ "Sid": "Put"' in removed


def test_a_direction_without_findings_is_said_to_be_proved():
    told = words(difference(document("s3:*"), document("s3:GetObject")))
    assert "newly allowednothing" in told
    assert "Proved: nothing. Of all requests that there can be, v2 allows none that v1 does not." in told
    told = words(difference(document(), document(), ("a.json", "b.json")))
    assert told.count("Proved: nothing.") == 2
    assert "b.json: allows exactly what was allowed" in told
    assert "The two say the same, word for word." in told


def test_what_is_undecided_is_told():
    texts = [json.dumps(one) for one in (document("s3:GetObject"), document("s3:*"))]
    comparison = compare(*texts, facts_for([parse(one) for one in texts]))
    one, whole = Undecided(0, "Sid", ("s3:Put*",), "it was too much"), Undecided(None, None, (), "of another kind")
    undecided = Comparison(Difference(comparison.added.findings, (whole,)), Difference((), (one,)))
    told = words(diff_page("a", "b", undecided, *texts))
    assert told.startswith("undecided: b beside a")
    assert "b: not decided" in told
    assert "and more is undecided" in told
    assert "taken awayundecided" in told
    assert "Some of it is undecided." in told
    assert "Undecided: the policywhyof another kind" in told
    assert "No request was found that a allows and b does not; that there is none is not proved." in told
    assert "Undecided: statement 1 (Sid)whyit was too muchofs3:Put*" in told


def test_many_actions_are_listed_and_those_of_the_other_side_taken_out():
    new = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secret/*"}
    old = document("s3:*", Resource=["arn:aws:s3:::a", "arn:aws:s3:::a/*"])
    page = difference(old, {"Version": "2012-10-17", "Statement": [new]})
    told = words(page)
    assert "onall but arn:aws:s3:::secret/*" in told
    assert "everything but iam:*" in told
    assert '<details class="long"><summary>' in page
    assert "elseunder v1: statement 1 allows it on arn:aws:s3:::a" in told
    told = words(difference(old, document("s3:GetObject")))
    assert "on* less arn:aws:s3:::a, arn:aws:s3:::a/*" in told


def test_policies_without_resources_have_none_on_their_page():
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    closed, opened = ({"Version": "2012-10-17", "Statement": [one]} for one in (trust, trust | {"Principal": "*"}))
    told = words(difference(closed, opened, ("closed.json", "open.json")))
    assert "sts:AssumeRole Writeelseunder closed.json: statement 1 allows it" in told


def test_hostile_texts_are_escaped(tmp_path):
    condition = {"StringLike": {f"aws:RequestTag/{HOSTILE}": [HOSTILE, "`"]}}
    hostile = document("s3:PutObject", f"s3:*{HOSTILE}", Resource=[f"arn:aws:s3:::{HOSTILE}*"], Condition=condition)
    claim = {"version": "v2", "note": HOSTILE, "source": f"javascript:{HOSTILE}"}
    with imported(tmp_path, document(), hostile, claims=[claim]) as registry:
        policy = registry.policy("Build")
        pages = [
            difference(document(), hostile, (HOSTILE, HOSTILE)),
            page_of(registry, "Build", 2, lambda _: f"javascript:{HOSTILE}"),
            log_page(registry, policy),
        ]
    for page in pages:
        parsed = Parsed(page)
        assert not {"script", "img"} & set(parsed.tags)
        assert all(one.startswith("#v") for one in parsed.addresses)
        assert parsed.text.count("<script>alert('1')</script>") > 2


def test_a_version_with_what_is_said_of_it_and_its_neighbours():
    registry = Registry()
    page = page_of(registry, LAUNCH_ROLE_POLICY, 2, lambda one: f"{one.name}.html")
    told = words(page)
    for part in (
        f"{LAUNCH_ROLE_POLICY} v2: allows more, takes nothing away",
        "arn:aws:iam::aws:policy/",
        "IAM's date2021-07-02",
        "perioddefault from 2021-07-02 until 2021-09-15",
        "announced2021-07-01",
        "Create, read, update, and delete code repositories.",
        "the note leaves out s3:PutBucketTagging and s3:PutObjectTagging",
        "Proved: nothing. Of all requests that there can be, v1 allows none that v2 does not.",
    ):
        assert part in told
    source, *pages = Parsed(page).addresses
    assert source.startswith("https://docs.aws.amazon.com/")
    assert pages == ["v1.html", "v3.html"]


def test_a_version_that_was_issued_again_a_first_one_and_one_that_nobody_has(tmp_path):
    registry = Registry()
    told = words(page_of(registry, LAUNCH_ROLE_POLICY, 12))
    assert "v12: re-issued" in told
    assert "v12: the document is that of v11" in told
    assert "afterv" not in told
    first = page_of(registry, LAUNCH_ROLE_POLICY, 1)
    assert "first version: allows 111 actions of 16 services" in words(first)
    assert "A request that shows it:" in words(first)
    assert "no statement allows it" not in words(first)
    with imported(tmp_path, None, document(), None, document("s3:*"), **dated()) as known:
        assert "first known version" in words(page_of(known, "Build", 2))
        assert "beside v2" not in words(page_of(known, "Build", 4))
        assert "(compared with v2)" in words(page_of(known, "Build", 4))
    unknown = words(page_of(registry, "AmazonSageMakerServiceCatalogProductsGlueServiceRolePolicy", 1))
    assert "v1: nobody has its document" in unknown


def test_the_log_has_every_version_and_its_findings_where_links_lead():
    registry = Registry()
    policy = registry.policy(LAUNCH_ROLE_POLICY)
    page = log_page(registry, policy, lambda one: f"pages/{one.name}.html")
    parsed = Parsed(page)
    assert parsed.ids == ["v12", "v11", *(f"v{number}" for number in range(10, 0, -1))]
    assert {one for one in parsed.addresses if one.startswith("#")} == {f"#v{number}" for number in range(1, 11)}
    assert "pages/v8.html" in parsed.addresses
    assert "v12 (default)" in parsed.text
    assert "announced 77 days before IAM's date of the version" in parsed.text
    assert "What v1 allows" in parsed.text
    assert not any(one.startswith("pages") for one in Parsed(log_page(registry, policy)).addresses)


def test_a_policy_that_is_no_longer_offered_is_told_so(tmp_path):
    with imported(tmp_path, document(), withdrawn="2024-05-06T00:00:00Z") as registry:
        assert "The policy is no longer offered, since 2024-05-06." in log_page(registry, registry.policy("Build"))


@needs_chromium
@pytest.mark.parametrize(("width", "dark"), [(320, False), (400, True), (1280, False), (1280, True)])
def test_the_pages_in_a_browser(tmp_path, width, dark):
    """Nothing is wider than the window, however long a name is; all text can be read, in light and dark."""
    long = [f"arn:aws:sagemaker:*:*:{'model-package-group/' * 12}*", "*"]
    new = document("sagemaker:AddTags", "s3:PutObject", Resource=long, Sid="Sid" * 60)
    page = difference(document("iam:PassRole", "s3:*", Resource=long[0]), new, ("P" * 128, "Q" * 128))
    registry = Registry()
    for one in (page, log_page(registry, registry.policy(LAUNCH_ROLE_POLICY))):
        shown = in_a_browser(one, tmp_path, width, dark=dark)
        assert shown["widest"] <= shown["width"]
        assert shown["ground"] == (DARK if dark else LIGHT)
        assert shown["contrast"] >= 4.5
        assert "Newly allowed" in shown["text"]
        assert "Taken away" in shown["text"]
