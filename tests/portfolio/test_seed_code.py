"""The seed code does what it says, as far as that needs neither AWS nor machine learning libraries."""

import base64
import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from launchrole import portfolio
from launchrole.services.cloudformation.template import parse

SEED = Path(portfolio.__file__).parent / "seed"
WITH_TESTS = sorted(one.parent.name for one in SEED.glob("*/tests"))


def loaded(path):
    """A module of the seed code."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("folder", WITH_TESTS)
def test_its_own_tests_pass_where_a_build_would_run_them(folder, tmp_path):
    (archive,) = {data for one in portfolio.products() for key, data in one.seed.items() if key == f"{folder}.zip"}
    zipfile.ZipFile(io.BytesIO(archive)).extractall(tmp_path)
    command = [sys.executable, "-m", "unittest", "discover", "tests"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ran 0 tests" not in done.stderr


def test_what_is_packed_is_always_the_same():
    again = portfolio.products.__wrapped__()
    assert [one.seed for one in again] == [one.seed for one in portfolio.products()]
    model = portfolio.product("solution-scoring").seed["scoring-model.tar.gz"]
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        assert archive.getnames() == ["code/inference.py", "model.json"]


@pytest.mark.parametrize("path", sorted(SEED.rglob("buildspec.yml")), ids=lambda one: str(one.relative_to(SEED)))
def test_build_specifications(path):
    read = yaml.safe_load(path.read_text())
    assert read["version"] == 0.2
    assert set(read) <= {"version", "env", "phases", "artifacts"}
    assert set(read["phases"]) <= {"install", "pre_build", "build", "post_build"}
    for phase in read["phases"].values():
        assert all(isinstance(one, str) for one in phase["commands"])


@pytest.mark.parametrize(
    "name", ["model-deploy/endpoint-template.yml", "model-monitor/monitoring-schedule-template.yml"]
)
def test_templates_that_pipelines_deploy_get_a_value_for_each_parameter(name):
    declared = set(parse((SEED / name).read_text()).section("Parameters"))
    folder = (SEED / name).parent
    source = (folder / "build.py").read_text() + (folder / "baseline.py").read_text() if "monitor" in name else ""
    source = source or (folder / "build.py").read_text()
    for stage in ("staging", "prod"):
        given = json.loads((folder / f"{stage}-config.json").read_text())["Parameters"]
        assert set(given) <= declared
        assert all(isinstance(value, str) for value in given.values())
        computed = declared - set(given)
        assert all(f'"{one}"' in source or one in ("StatisticsUri", "ConstraintsUri") for one in computed)


def test_the_model_of_the_scoring_solution():
    inference = loaded(SEED / "scoring" / "model" / "code" / "inference.py")
    model = inference.model_fn(str(SEED / "scoring" / "model"))
    loyal, unhappy = {"months": 60, "calls": 0, "used": 0.9}, {"months": 2, "calls": 5, "used": 0.1}
    customers = inference.input_fn(json.dumps({"customers": [loyal, unhappy]}), "application/json")
    scores = json.loads(inference.output_fn(inference.predict_fn(customers, model), "application/json"))["scores"]
    assert scores[0] < 0.05 < 0.95 < scores[1]
    with pytest.raises(ValueError, match="not as text/csv"):
        inference.input_fn("1,2,3", "text/csv")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "the body is no JSON"),
        ("[]", "the body must have a list `customers` of 1 to 100"),
        ('{"customers": []}', "the body must have a list `customers` of 1 to 100"),
        ('{"customers": [1]}', "customer 0: `months` must be a number from 0 to 600"),
        ('{"customers": [{"months": 1, "calls": true}]}', "customer 0: `calls` must be a number from 0 to 1000"),
        ('{"customers": [{"months": 1, "calls": 1, "used": 2}]}', "customer 0: `used` must be a number from 0 to 1"),
    ],
)
def test_requests_that_the_scoring_function_refuses(body, message):
    score = loaded(SEED / "scoring" / "function" / "score.py")
    answer = score.handler({"body": body}, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (400, {"message": message})


def test_requests_that_it_passes_on():
    score = loaded(SEED / "scoring" / "function" / "score.py")
    customer = {"months": 12, "calls": 1, "used": 0.5}
    read = score.read(json.dumps({"customers": [customer]}))

    class Runtime:
        def invoke_endpoint(self, **given):
            assert json.loads(given["Body"]) == {"customers": [customer]}
            return {"Body": io.BytesIO(b'{"scores": [0.3]}')}

    assert score.ask(Runtime(), "endpoint", read) == {"scores": [0.3]}


def test_what_becomes_of_events_in_the_stream():
    transform = loaded(SEED / "streaming" / "functions" / "transform.py")
    events = [b'{"time":"2024-05-01","kind":"visit","customer":"c"}', b'{"kind":"visit"}', b"no json"]
    records = [{"recordId": str(number), "data": base64.b64encode(one).decode()} for number, one in enumerate(events)]
    made = transform.handler({"records": records}, None)["records"]
    assert [one["result"] for one in made] == ["Ok", "Dropped", "ProcessingFailed"]
    line = base64.b64decode(made[0]["data"])
    assert line == b'{"customer":"c","kind":"visit","time":"2024-05-01"}\n'


def test_the_manifest_of_a_day():
    publish = loaded(SEED / "streaming" / "functions" / "publish.py")
    keys = ["features/day=1/b.csv", "features/day=1/a.csv"]
    assert publish.manifest("data", "features/day=1/", keys) == [
        {"prefix": "s3://data/features/day=1/"},
        "a.csv",
        "b.csv",
    ]


def test_labels_are_merged():
    annotation = loaded(SEED / "labelling" / "functions" / "annotation.py")
    given = [{"annotationData": {"content": json.dumps({"label": one})}} for one in ("cat", "dog", "cat")]
    made = annotation.merged({"datasetObjectId": "0", "annotations": given}, "animal")
    content = made["consolidatedAnnotation"]["content"]
    assert content == {"animal": "cat", "animal-metadata": {"confidence": 0.6667, "votes": {"cat": 2, "dog": 1}}}
    assert annotation.before({"dataObject": {"source": "text"}}, None) == {"taskInput": {"taskObject": "text"}}
    with pytest.raises(ValueError, match="this one has nothing"):
        annotation.before({"dataObject": {}}, None)


def test_how_well_people_agree():
    agreement = loaded(SEED / "labelling" / "tools" / "agreement.py")
    assert agreement.kappa([{"a": 3}, {"b": 3}]) == 1
    assert agreement.kappa([{"a": 1, "b": 1}, {"a": 1, "b": 1}]) == -1
    with pytest.raises(ValueError, match="the same number of people"):
        agreement.kappa([{"a": 2}, {"a": 3}])
    line = json.dumps({"animal-metadata": {"votes": {"cat": 2}}})
    assert agreement.votes_of([line, ""], "animal") == [{"cat": 2}]


class Builds:
    """CodeBuild with one build, which goes through some statuses."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)

    def start_build(self, **given):
        self.started = given
        return {"build": {"id": "project:1"}}

    def batch_get_builds(self, ids):
        assert ids == ["project:1"]
        return {"builds": [{"buildStatus": self.statuses.pop(0)}]}


def test_seed_code_is_checked_in():
    index = loaded(SEED / "seed-checkin" / "index.py")
    builds = Builds("IN_PROGRESS", "SUCCEEDED")
    properties = {"ProjectName": "p", "RepositoryUrl": "https://git.example.com/a/b", "Branch": "main", "SeedKey": "k"}
    build = index.start(builds, properties)
    assert builds.started["sourceLocationOverride"] == "https://git.example.com/a/b"
    assert index.wait(builds, build, lambda: 900, pause=0) == "SUCCEEDED"
    assert index.wait(Builds("IN_PROGRESS"), build, lambda: 29, pause=0) == "IN_PROGRESS"


@pytest.mark.parametrize(("request_type", "status"), [("Delete", "SUCCESS"), ("Create", "FAILED")])
def test_cloudformation_is_answered_whatever_happens(request_type, status, monkeypatch):
    index = loaded(SEED / "seed-checkin" / "index.py")
    sent = []
    monkeypatch.setattr(index.answer, "__defaults__", (sent.append,))
    monkeypatch.setattr(index, "_client", lambda _service: None)
    event = {
        "RequestType": request_type,
        "ResponseURL": "https://answers.example.com/",
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "Checkin",
        "ResourceProperties": {},
    }
    index.handler(event, None)
    (request,) = sent
    body = json.loads(request.data)
    assert (request.method, body["Status"], body["PhysicalResourceId"]) == ("PUT", status, "seed-checkin-Checkin")
