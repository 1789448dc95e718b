"""`launchrole policies`: what is printed, in which form, and the exit codes."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from html_pages import Parsed
from launchrole.cli import main
from launchrole.facts.managed_policies import LAUNCH_ROLE_POLICY as PAGE
from registry_sources import document, folder_of, write


@pytest.fixture(autouse=True)
def here(place):
    return place


def policies(*arguments, **more):
    return CliRunner().invoke(main, ["policies", *arguments], **more)


def as_json(*arguments, code=0):
    result = policies(*arguments, "--output", "json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_the_list_has_what_ships_and_what_was_imported(here):
    folder_of(here / "Our-Build", document(), document("s3:*"))
    assert policies("import", "Our-Build").output == "2 new events of 1 policy: 2 published\n"
    assert policies("list", "OUR-", "build", "--changed").output == "Our-Build  v2  -  2 known\n"
    assert policies("import", "Our-Build").output == "nothing new\n"
    names = [one["name"] for one in as_json("list", "sagemaker", "servicecatalog")["policies"]]
    assert PAGE in names
    assert "Our-Build" not in names


def test_the_versions_with_dates_and_periods():
    lines = policies("versions", PAGE).output.splitlines()
    assert lines[3].split() == ["v4", "2022-02-16", "default", "from", "2022-02-16", "until", "2022-03-21"]
    assert lines[-1].split() == ["v12", "2026-02-12", "default", "re-issued", "default", "from", "2026-02-12"]
    fourth = as_json("versions", PAGE)["versions"][3]
    assert fourth["claims"][0]["announced"] == "2021-12-01"


def test_a_document_on_standard_output_its_dates_beside_it():
    result = policies("show", f"{PAGE}:v3")
    assert len(json.loads(result.stdout)["Statement"]) == 31
    assert result.stderr == f"{PAGE}:v3: default from 2021-09-15 until 2022-02-16\n"
    assert as_json("show", PAGE)["version"] == "v12"


def test_the_page_s_four_rows_and_what_is_proved_of_them():
    rows = {one["version"]: one for one in as_json("log", PAGE)["versions"]}
    claims = {name: rows[name]["claims"][0] for name in ("v1", "v2", "v3", "v4")}
    assert claims["v2"]["leftOut"] == ["s3:PutBucketTagging", "s3:PutObjectTagging"]
    assert claims["v3"]["leftOut"] == ["sagemaker:ListTags"]
    assert (claims["v4"]["leftOut"], claims["v4"]["daysAfterIam"]) == ([], -77)
    assert [claims[name]["daysAfterIam"] for name in ("v1", "v2", "v3")] == [202, None, None]
    verdicts = {name: one["comparison"]["verdict"] for name, one in rows.items() if one["comparison"]}
    assert verdicts["v8"] == "both"
    assert (verdicts["v11"], verdicts["v12"]) == ("equivalent", "equivalent")
    text = policies("log", PAGE).output
    assert "the note leaves out s3:PutBucketTagging and s3:PutObjectTagging\n" in text
    assert "the note leaves out sagemaker:ListTags\n" in text
    assert "announced 77 days before IAM's date of the version\n" in text
    assert "first version: allows 111 actions of 16 services\n" in text


def test_a_difference_with_its_witnesses_and_directions():
    result = policies("diff", f"{PAGE}:v7", ":v8")
    assert result.exit_code == 1
    assert result.output.startswith(f"{PAGE}:v8 beside {PAGE}:v7: both, allows more and takes away\n+ statement 5 ")
    assert "\n- statement 33\n  what  codestar-connections:PassConnection (Read)\n" in result.output
    told = as_json("diff", f"{PAGE}:v7", f"{PAGE}:v8", code=1)
    assert {one["witness"]["action"] for one in told["removed"]} == {"codestar-connections:PassConnection"}
    assert told["undecided"] == {"added": [], "removed": []}


def test_a_file_beside_a_version(here):
    text = policies("show", f"{PAGE}:v10").stdout
    write(here / "same.json", text)
    assert policies("diff", f"{PAGE}:v12", "same.json").exit_code == 0
    assert policies("diff", f"{PAGE}:v12", "-", input=text).exit_code == 0
    write(here / "wider.json", document("codebuild:*"))
    write(here / "narrower.json", document("codebuild:*", Condition={"Null": {"aws:TagKeys": "true"}}))
    result = policies("diff", "wider.json", "narrower.json")
    assert (result.exit_code, result.output.splitlines()[0]) == (
        1,
        "narrower.json beside wider.json: removes, takes away, allows nothing new",
    )


def test_policies_under_boundaries(here):
    write(here / "a.json", document("s3:*"))
    write(here / "some.json", document("s3:Get*", Resource="arn:aws:s3:::b/*"))
    under = ("--boundary-b", "some.json")
    result = policies("diff", "a.json", "a.json", *under)
    first, *lines = result.output.splitlines()
    assert (result.exit_code, first) == (
        1,
        "a.json under some.json beside a.json: removes, takes away, allows nothing new",
    )
    assert "  else  no statement of a permissions boundary allows it" in lines
    assert "  else  statement 1 of a permissions boundary allows it on arn:aws:s3:::b/*" in lines
    assert policies("diff", "a.json", "a.json", "--boundary-a", "some.json", *under).exit_code == 0
    told = as_json("diff", "a.json", "some.json", "--boundary-a", "some.json")
    assert (told["old"], told["verdict"]) == ("a.json under some.json", "equivalent")
    page = policies("diff", "a.json", "a.json", *under, "--output", "html")
    assert (page.exit_code, "a.json under some.json" in Parsed(page.output).text) == (1, True)
    open_ = document(Principal="*")
    write(here / "open.json", open_)
    refused = policies("diff", "a.json", "a.json", "--boundary-a", "open.json")
    assert (refused.exit_code, "leave out policies that name principals" in refused.output) == (2, True)


def test_no_new_access_as_access_analyzer_answers(here):
    passed = policies("check-no-new-access", f"{PAGE}:v3", f"{PAGE}:v4")
    assert (passed.exit_code, passed.output) == (
        0,
        "PASS: The modified permissions do not grant new access compared to your existing policy.\n",
    )
    told = as_json("check-no-new-access", f"{PAGE}:v4", f"{PAGE}:v3", code=1)
    assert (told["result"], len(told["reasons"])) == ("FAIL", 2)
    reason = told["reasons"][0]
    assert reason["direction"] == "added"
    assert reason["witnesses"][0]["action"] == "cognito-idp:TagResource"
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    write(here / "trust.json", trust)
    assert policies("check-no-new-access", "trust.json", "trust.json", "--type", "resource").exit_code == 0


def test_access_that_is_not_to_be_granted(here):
    result = policies("check-access-not-granted", PAGE, "--action", "s3:DeleteBucket")
    assert result.exit_code == 1
    assert "may s3:DeleteBucket on arn:aws:s3:::sagemaker-" in result.output
    assert policies("check-access-not-granted", PAGE, "--action", "s3:DeleteObject").exit_code == 0
    result = policies("check-access-not-granted", PAGE, "--action", "s3:DeleteBuckets")
    assert (result.exit_code, "did you mean s3:DeleteBucket?" in result.stderr) == (0, True)
    write(here / "access.json", [{"actions": ["iam:PassRole"], "resources": ["arn:aws:iam::*:role/Admin"]}])
    assert as_json("check-access-not-granted", PAGE, "--access", "access.json")["result"] == "PASS"


def test_the_public(here):
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    closed = open_ | {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}
    bucket = ("--resource-type", "AWS::S3::Bucket")
    for name, statement in (("open", open_), ("closed", closed)):
        write(here / f"{name}.json", {"Version": "2012-10-17", "Statement": [statement]})
    result = policies("check-no-public-access", "open.json", *bucket)
    assert result.exit_code == 1
    assert result.output.startswith("FAIL: The resource policy grants public access for the given resource type.\n")
    assert "may s3:GetObject on arn:aws:s3:::bucket/" in result.output
    assert as_json("check-no-public-access", "closed.json", *bucket)["result"] == "PASS"
    assert as_json("check-no-public-access", "open.json", *bucket, code=1)["reasons"][0]["direction"] == "public"
    assert policies("check-no-public-access", "open.json", "--resource-type", "AWS::EC2::Instance").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "AmazonSageMakerFullAcces"], "did you mean AmazonSageMakerFullAccess?"),
        (["show", "AmazonSageMakerFullAccess:v2"], "its document is not; import it with"),
        (["versions", "Nobody-s"], "there is no managed policy Nobody-s"),
        (["diff", PAGE, "nowhere.json"], "nowhere.json: there is no such file"),
        (["diff", PAGE, f"{PAGE}:v44"], f"has no v44; known are v1, v2, .* and v12 (nor is there a file {PAGE}:v44)"),
        (["check-access-not-granted", PAGE], "say what is not to be granted: --action, --resource or --access"),
        (["check-access-not-granted", PAGE, "--access", "broken.json"], "an access is an object"),
        (["check-no-public-access", PAGE, "--resource-type", "AWS::KMS::Key"], "statement 1 has no Principal"),
        (["check-no-new-access", "refused.json", PAGE], "refused.json:1:"),
        (["import", "nowhere"], "nowhere: there is no such file"),
        (["import", "gap"], "of gap v2 is missing between the versions that are there"),
    ],
)
def test_what_cannot_be_used_is_one_message(here, arguments, message):
    write(here / "broken.json", [1])
    write(here / "refused.json", '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}')
    folder_of(here / "gap", document(), None, document())
    result = policies(*arguments)
    assert result.exit_code == 2
    for part in message.split(".*"):
        assert part in result.output
    assert "Traceback" not in result.output


def test_what_an_import_lacks_and_leaves_out_is_told(here):
    folder_of(here / "in" / "Build", document("s3:GetObject"), None, document("s3:*"))
    write(here / "in" / "notes.txt", "hello")
    result = policies("import", "in", "--with-gaps")
    assert result.exit_code == 0
    assert "missing between the versions that are there: Build:v2\n" in result.output
    assert "notes.txt: nothing that is read; left out\n" in result.output
    assert as_json("import", "in", "--with-gaps")["lacking"] == ["Build:v2"]


def test_control_characters_of_policies_do_not_reach_the_terminal(here):
    write(here / "old.json", document("s3:GetObject", Resource="arn:aws:s3:::a"))
    write(here / "new.json", document("s3:GetObject", Resource="arn:aws:s3:::\x1b]0;title\x07"))
    told = policies("diff", "old.json", "new.json")
    assert told.exit_code == 1
    assert "arn:aws:s3:::\\x1b]0;title\\x07" in told.output
    checked = policies("check-no-new-access", "new.json", "old.json")
    assert "\x1b" not in told.output + checked.output


def test_a_difference_is_told_without_loading_the_accounts():
    command = [sys.executable, "-X", "importtime", "-m", "launchrole", "policies", "diff", f"{PAGE}:v3", ":v4"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "launchrole.reasoning" in loaded
    assert not loaded & {"moto", "botocore", "launchrole.sandbox", "rich"}


def test_feeds_in_a_folder(here):
    result = policies("feed", PAGE, "--out", "feeds", "--since", "2024-01-01", "--url", "https://example.org/feeds/")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("files in feeds: 5 entries\n")
    text = (here / "feeds" / "all.rss.xml").read_text()
    assert 'href="https://example.org/feeds/all.rss.xml"' in text
    write(here / "taken", "a file")
    refused = policies("feed", PAGE, "--out", "taken/feeds")
    assert (refused.exit_code, "feeds cannot be written: " in refused.output) == (2, True)
    odd = policies("feed", PAGE, "--out", "feeds", "--url", "example.org")
    assert (odd.exit_code, "write the folder's URL" in odd.output) == (2, True)


def undecided_pair(folder):
    """Two policies in files, with wildcards in names of actions that combine in too many ways."""
    some = [document(f"zz:*{one}*", Resource=f"arn:aws:s3:::{one}")["Statement"][0] for one in "abcdefghijklmnopqrst"]
    fewer = [*some[:-1], document("zz:*tt*", Resource="arn:aws:s3:::t")["Statement"][0]]
    for name, statements in (("some", some), ("fewer", fewer)):
        write(folder / f"{name}.json", {"Version": "2012-10-17", "Statement": statements})


BUCKET = ("--resource-type", "AWS::S3::Bucket")


@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["list", "servicecatalogproducts"], 0, ["managed policies", PAGE, "12 known"]),
        (["show", f"{PAGE}:v3"], 0, ["2021-09-15", "sagemaker:CreateImage"]),
        (["versions", PAGE], 0, [f"arn:aws:iam::aws:policy/{PAGE}", "default from 2022-02-16 until 2022-03-21"]),
        (["log", PAGE], 0, ["the note leaves out sagemaker:ListTags", "codestar-connections:PassConnection"]),
        (["diff", f"{PAGE}:v7", ":v8"], 1, [f"{PAGE}:v8: allows more and takes away", "compared with v7"]),
        (["diff", PAGE, PAGE], 0, ["allows exactly what was allowed"]),
        (["diff", "fewer.json", "some.json"], 3, ["some.json: not decided", "Undecided: the policy"]),
        (["check-no-new-access", f"{PAGE}:v3", f"{PAGE}:v4"], 0, ["PASS", "do not grant new access"]),
        (["check-no-new-access", f"{PAGE}:v4", f"{PAGE}:v3"], 1, ["FAIL", "cognito-idp:TagResource"]),
        (["check-no-new-access", "fewer.json", "some.json"], 3, ["undecided", "combine in too many ways"]),
        (["check-access-not-granted", PAGE, "--action", "s3:DeleteBucket"], 1, ["FAIL", "s3:DeleteBucket"]),
        (["check-no-public-access", "open.json", *BUCKET], 1, ["FAIL", "s3:GetObject", "arn:aws:s3:::bucket/"]),
        (["who-can", "s3:PutBucketCORS", "*", "--policy", PAGE], 1, ["1 of 1 policies allow it", f"{PAGE}:v12"]),
        (["who-can", "sqs:*", "*", "--policy", PAGE], 0, ["not allowed", "none of 1 policies allow it"]),
    ],
)
def test_pages_have_the_exit_codes_of_other_forms(here, arguments, code, parts):
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    write(here / "open.json", {"Version": "2012-10-17", "Statement": [open_]})
    undecided_pair(here)
    result = policies(*arguments, "--output", "html")
    assert result.exit_code == code, result.output
    assert result.output.startswith("<!doctype html>\n")
    text = Parsed(result.output).text
    for part in parts:
        assert part in text


def test_an_answer_that_is_not_decided_is_told_in_every_form(here):
    undecided_pair(here)
    told = as_json("check-no-new-access", "fewer.json", "some.json", code=3)
    assert told["result"] is None
    result = policies("check-no-new-access", "fewer.json", "some.json")
    assert (result.exit_code, result.output) == (3, f"undecided: {told['message']}\n")


def test_what_was_imported_goes_with_the_state(here):
    folder_of(here / "Our-Build", document())
    assert policies("import", "Our-Build").exit_code == 0
    assert (here / "state" / "policies.sqlite").stat().st_mode & 0o077 == 0
    assert CliRunner().invoke(main, ["reset", "--yes"]).exit_code == 0
    assert not (here / "state" / "policies.sqlite").exists()
