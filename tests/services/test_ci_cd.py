"""CodeCommit, CodeBuild, CodePipeline and connections, through boto3 in process."""

import subprocess

import boto3
import pytest
from botocore.exceptions import ClientError

from endpoint import trust
from launchrole.sandbox import Sandbox
from page_calls import pipeline, project

ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"


@pytest.fixture
def aws():
    with Sandbox() as sandbox:
        faults = []
        sandbox.gateway.report = faults.append
        session = boto3.session.Session(botocore_session=sandbox.botocore_session())
        session.client("iam").create_role(
            RoleName=ROLE.rpartition("/")[2],
            Path="/service-role/",
            AssumeRolePolicyDocument=trust("codebuild", "codepipeline", "lambda"),
        )
        session.client("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument=trust("lambda"))
        yield session.client
        assert not faults, faults[0]


def refused(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def put(client, path, content, parent=None, **more):
    params = {"parentCommitId": parent} if parent else {}
    return client.put_file(
        repositoryName="code", branchName="main", filePath=path, fileContent=content, **params, **more
    )["commitId"]


class TestCodeCommit:
    @pytest.fixture
    def code(self, aws):
        client = aws("codecommit")
        client.create_repository(repositoryName="code", repositoryDescription="what", tags={"a": "b"})
        return client

    def test_ids_are_those_of_git(self, code, tmp_path):
        made = code.create_commit(
            repositoryName="code",
            branchName="main",
            authorName="A",
            email="a@example.com",
            commitMessage="first\n",
            putFiles=[
                {"filePath": "a.txt", "fileContent": b"text\n"},
                {"filePath": "dir/run.sh", "fileContent": b"#!/bin/sh\n", "fileMode": "EXECUTABLE"},
                {"filePath": "dir/sub/x", "fileContent": b""},
            ],
        )
        (tmp_path / "dir" / "sub").mkdir(parents=True)
        (tmp_path / "a.txt").write_text("text\n")
        (tmp_path / "dir" / "run.sh").write_text("#!/bin/sh\n")
        (tmp_path / "dir" / "run.sh").chmod(0o755)
        (tmp_path / "dir" / "sub" / "x").write_text("")
        git = ["git", "-c", "core.fileMode=true", "-C", str(tmp_path)]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "-A"], check=True)
        tree = subprocess.run([*git, "write-tree"], check=True, capture_output=True, text=True).stdout.strip()
        assert made["treeId"] == tree
        commit = code.get_commit(repositoryName="code", commitId=made["commitId"])["commit"]
        seconds = commit["author"]["date"].split()[0]
        who = {"NAME": "A", "EMAIL": "a@example.com", "DATE": f"{seconds} +0000"}
        environment = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
        found = subprocess.run(
            [*git, "commit-tree", tree],
            input="first\n",
            env=environment | {"PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        assert made["commitId"] == found
        assert {one["absolutePath"] for one in made["filesAdded"]} == {"a.txt", "dir/run.sh", "dir/sub/x"}
        folder = code.get_folder(repositoryName="code", folderPath="dir")
        assert [one["relativePath"] for one in folder["subFolders"]] == ["sub"]
        assert [one["relativePath"] for one in folder["files"]] == ["run.sh"]

    def test_commits_follow_one_another(self, code):
        first = put(code, "a", b"1", name="me", email="me@example.com", commitMessage="m")
        assert refused(put, client=code, path="a", content=b"2") == "ParentCommitIdRequiredException"
        second = put(code, "a", b"2", first)
        assert refused(put, client=code, path="a", content=b"3", parent=first) == "ParentCommitIdOutdatedException"
        assert refused(put, client=code, path="a", content=b"2", parent=second) == "SameFileContentException"
        assert refused(put, client=code, path="../a", content=b"2", parent=second) == "InvalidPathException"
        differences = code.get_differences(
            repositoryName="code", beforeCommitSpecifier=first, afterCommitSpecifier="refs/heads/main"
        )["differences"]
        assert [one["changeType"] for one in differences] == ["M"]
        assert len(code.get_differences(repositoryName="code", afterCommitSpecifier="main")["differences"]) == 1
        blob = differences[0]["afterBlob"]["blobId"]
        assert code.get_blob(repositoryName="code", blobId=blob)["content"] == b"2"
        assert refused(code.get_blob, repositoryName="code", blobId="0" * 40) == "BlobIdDoesNotExistException"
        assert refused(code.get_commit, repositoryName="code", commitId="0" * 40) == "CommitDoesNotExistException"
        gone = code.delete_file(repositoryName="code", branchName="main", filePath="a", parentCommitId=second)
        assert refused(code.get_file, repositoryName="code", filePath="a") == "FileDoesNotExistException"
        assert refused(code.get_folder, repositoryName="code", folderPath="b") == "FolderDoesNotExistException"
        third = gone["commitId"]
        change = {"repositoryName": "code", "branchName": "main", "parentCommitId": third}
        assert refused(code.create_commit, deleteFiles=[{"filePath": "x"}], **change) == "FileDoesNotExistException"
        modes = [{"filePath": "x", "fileMode": "EXECUTABLE"}]
        assert refused(code.create_commit, setFileModes=modes, **change) == "FileDoesNotExistException"
        assert refused(code.create_commit, **change) == "NoChangeException"
        fourth = put(code, "run", b"x", third)
        modes = [{"filePath": "run", "fileMode": "EXECUTABLE"}]
        code.create_commit(repositoryName="code", branchName="main", parentCommitId=fourth, setFileModes=modes)
        assert code.get_file(repositoryName="code", filePath="run")["fileMode"] == "EXECUTABLE"

    def test_branches(self, code):
        assert refused(code.get_file, repositoryName="code", filePath="a") == "CommitDoesNotExistException"
        first = put(code, "a", b"1")
        code.create_branch(repositoryName="code", branchName="next", commitId=first)
        branch = {"repositoryName": "code", "branchName": "next"}
        assert refused(code.create_branch, commitId=first, **branch) == "BranchNameExistsException"
        assert code.get_branch(**branch)["branch"]["commitId"] == first
        assert code.list_branches(repositoryName="code")["branches"] == ["main", "next"]
        assert refused(code.delete_branch, repositoryName="code", branchName="main") == (
            "DefaultBranchCannotBeDeletedException"
        )
        code.update_default_branch(repositoryName="code", defaultBranchName="next")
        assert code.delete_branch(repositoryName="code", branchName="main")["deletedBranch"]["branchName"] == "main"
        assert "deletedBranch" not in code.delete_branch(repositoryName="code", branchName="main")
        assert refused(code.get_branch, repositoryName="code", branchName="main") == "BranchDoesNotExistException"

    def test_repositories(self, code):
        assert refused(code.create_repository, repositoryName="code") == "RepositoryNameExistsException"
        assert refused(code.create_repository, repositoryName="a.git") == "InvalidRepositoryNameException"
        code.create_repository(repositoryName="another")
        listed = code.list_repositories(sortBy="lastModifiedDate", order="descending")["repositories"]
        assert [one["repositoryName"] for one in listed] == ["another", "code"]
        assert refused(code.list_repositories, nextToken="x") == "InvalidContinuationTokenException"
        both = code.batch_get_repositories(repositoryNames=["code", "none"])
        assert (len(both["repositories"]), both["repositoriesNotFound"]) == (1, ["none"])
        code.update_repository_description(repositoryName="code", repositoryDescription="else")
        assert code.get_repository(repositoryName="code")["repositoryMetadata"]["repositoryDescription"] == "else"
        arn = "arn:aws:codecommit:us-east-1:123456789012:code"
        code.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert code.list_tags_for_resource(resourceArn=arn)["tags"] == {}
        assert refused(code.tag_resource, resourceArn="x", tags={"a": "b"}) == "InvalidResourceArnException"
        many = {f"k{n}": "v" for n in range(51)}
        assert refused(code.tag_resource, resourceArn=arn, tags=many) == "TooManyTagsException"
        trigger = {"name": "t", "destinationArn": "arn:aws:sns:us-east-1:123456789012:t", "events": ["all"]}
        assert code.get_repository_triggers(repositoryName="code")["triggers"] == []
        code.put_repository_triggers(repositoryName="code", triggers=[trigger])
        assert code.get_repository_triggers(repositoryName="code")["triggers"][0]["name"] == "t"
        put(code, "a", b"1")
        assert "repositoryId" in code.delete_repository(repositoryName="code")
        assert "repositoryId" not in code.delete_repository(repositoryName="code")


class TestCodeBuild:
    def test_projects(self, aws):
        client = aws("codebuild")
        client.create_project(**project("one"), tags=[{"key": "a", "value": "b"}])
        assert refused(client.create_project, **project("one")) == "ResourceAlreadyExistsException"
        assert refused(client.create_project, **project("-x")) == "InvalidInputException"
        assert refused(client.create_project, **project("two", "arn:aws:iam::123456789012:role/nobody")) == (
            "InvalidInputException"
        )
        assert refused(client.update_project, name="none") == "ResourceNotFoundException"
        for source, artifacts in (
            ({"type": "CODEPIPELINE", "location": "x"}, {"type": "CODEPIPELINE"}),
            ({"type": "CODECOMMIT"}, {"type": "NO_ARTIFACTS"}),
            ({"type": "NO_SOURCE"}, {"type": "NO_ARTIFACTS"}),
            ({"type": "CODEPIPELINE"}, {"type": "NO_ARTIFACTS"}),
            ({"type": "NO_SOURCE", "buildspec": "x"}, {"type": "S3"}),
        ):
            declared = project("two") | {"source": source, "artifacts": artifacts}
            assert refused(client.create_project, **declared) == "InvalidInputException"
        secondary = project("two") | {"secondarySources": [{"type": "NO_SOURCE", "buildspec": "x"}]}
        assert refused(client.create_project, **secondary) == "InvalidInputException"
        client.create_project(**project("two"))
        assert client.list_projects(sortBy="CREATED_TIME", sortOrder="DESCENDING")["projects"] == ["two", "one"]
        assert refused(client.list_projects, nextToken="x") == "InvalidInputException"
        found = client.batch_get_projects(names=["one", "none"])
        assert found["projectsNotFound"] == ["none"]
        assert found["projects"][0]["tags"] == [{"key": "a", "value": "b"}]
        client.delete_project(name="one")
        assert client.list_projects()["projects"] == ["two"]

    def test_builds_are_recorded(self, aws):
        client = aws("codebuild")
        client.create_project(**project("one"))
        assert refused(client.start_build, projectName="none") == "ResourceNotFoundException"
        first = client.start_build(projectName="one", sourceVersion="main")["build"]
        second = client.start_build(projectName="one")["build"]
        assert (first["buildNumber"], second["buildNumber"]) == (1, 2)
        assert "does not run them" in first["phases"][1]["contexts"][0]["message"]
        assert set(client.list_builds()["ids"]) == {first["id"], second["id"]}
        assert len(client.list_builds_for_project(projectName="one", sortOrder="ASCENDING")["ids"]) == 2
        assert client.stop_build(id=first["id"])["build"]["buildStatus"] == "STOPPED"
        assert client.stop_build(id=first["id"])["build"]["buildStatus"] == "STOPPED"
        assert refused(client.stop_build, id="one:none") == "ResourceNotFoundException"
        assert client.batch_get_builds(ids=[first["id"], "one:x"])["buildsNotFound"] == ["one:x"]
        assert client.list_curated_environment_images()["platforms"]


class TestCodePipeline:
    def test_structures(self, aws):
        client = aws("codepipeline")
        good = pipeline("one")
        client.create_pipeline(pipeline=good, tags=[{"key": "a", "value": "b"}])
        assert refused(client.create_pipeline, pipeline=good) == "PipelineNameInUseException"

        def changed(**changes):
            return refused(client.create_pipeline, pipeline=pipeline("two") | changes)

        stages = good["stages"]
        assert changed(stages=stages[:1]) == "InvalidStructureException"
        assert changed(stages=[stages[0], {"name": "Build", "actions": []}]) == "InvalidStructureException"
        assert changed(stages=[stages[1], stages[0]]) == "InvalidStructureException"
        assert changed(stages=[stages[0], stages[1], stages[1]]) == "InvalidStructureException"
        assert changed(stages=[stages[0], stages[0] | {"name": "Again"}]) == "InvalidStructureException"
        unknown = {**stages[1]["actions"][0], "inputArtifacts": [{"name": "Unknown"}]}
        assert changed(stages=[stages[0], {"name": "B", "actions": [unknown]}]) == "InvalidStructureException"
        twice = {**stages[1]["actions"][0], "outputArtifacts": [{"name": "Source"}]}
        assert changed(stages=[stages[0], {"name": "B", "actions": [twice]}]) == "InvalidStructureException"
        assert changed(name="x y") == "ValidationException"
        assert changed(roleArn="arn:aws:iam::123456789012:role/nobody") == "InvalidStructureException"
        without_store = pipeline("two")
        del without_store["artifactStore"]
        assert refused(client.create_pipeline, pipeline=without_store) == "InvalidStructureException"

    def test_executions_are_recorded(self, aws):
        client = aws("codepipeline")
        client.create_pipeline(pipeline=pipeline("one"))
        assert refused(client.start_pipeline_execution, name="none") == "PipelineNotFoundException"
        first = client.start_pipeline_execution(name="one", clientRequestToken="t")["pipelineExecutionId"]
        assert client.start_pipeline_execution(name="one", clientRequestToken="t")["pipelineExecutionId"] == first
        one = {"pipelineName": "one", "pipelineExecutionId": first}
        assert client.get_pipeline_execution(**one)["pipelineExecution"]["status"] == "InProgress"
        state = client.get_pipeline_state(name="one")["stageStates"]
        assert state[0]["latestExecution"]["pipelineExecutionId"] == first
        assert client.stop_pipeline_execution(**one, abandon=True)["pipelineExecutionId"] == first
        assert refused(client.stop_pipeline_execution, **one) == "PipelineExecutionNotStoppableException"
        assert refused(client.get_pipeline_execution, pipelineName="one", pipelineExecutionId="x" * 36) in (
            "PipelineExecutionNotFoundException"
        )
        assert len(client.list_pipeline_executions(pipelineName="one")["pipelineExecutionSummaries"]) == 1
        stage = {"pipelineName": "one", "stageName": "Build", "transitionType": "Inbound"}
        client.disable_stage_transition(**stage, reason="wait")
        assert client.get_pipeline_state(name="one")["stageStates"][1]["inboundTransitionState"]["enabled"] is False
        client.enable_stage_transition(**stage)
        assert refused(client.enable_stage_transition, **stage | {"stageName": "None"}) == "StageNotFoundException"
        client.disable_stage_transition(**stage, reason="wait")
        client.delete_pipeline(name="one")
        assert client.list_pipelines()["pipelines"] == []

    def test_versions_and_tags(self, aws):
        client = aws("codepipeline")
        client.create_pipeline(pipeline=pipeline("one"), tags=[{"key": "a", "value": "b"}])
        assert client.update_pipeline(pipeline=pipeline("one"))["pipeline"]["version"] == 2
        assert refused(client.get_pipeline, name="one", version=1) == "PipelineVersionNotFoundException"
        assert refused(client.list_pipelines, nextToken="x") == "InvalidNextTokenException"
        assert client.list_pipelines()["pipelines"][0]["name"] == "one"
        arn = client.get_pipeline(name="one", version=2)["metadata"]["pipelineArn"]
        client.tag_resource(resourceArn=arn, tags=[{"key": "c", "value": "d"}])
        client.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "c", "value": "d"}]
        assert refused(client.list_tags_for_resource, resourceArn=arn + "x") == "ResourceNotFoundException"
        assert refused(client.list_tags_for_resource, resourceArn="x") == "InvalidArnException"
        many = [{"key": f"k{n}", "value": "v"} for n in range(51)]
        assert refused(client.tag_resource, resourceArn=arn, tags=many) == "TooManyTagsException"


@pytest.mark.parametrize("service", ["codestar-connections", "codeconnections"])
def test_connections(aws, service):
    client = aws(service)
    tags = [{"Key": "a", "Value": "b"}]
    first = client.create_connection(ConnectionName="git", ProviderType="GitHub", Tags=tags)["ConnectionArn"]
    assert client.get_connection(ConnectionArn=first)["Connection"]["ConnectionStatus"] == "PENDING"
    assert refused(client.create_connection, ConnectionName="git") == "ValidationException"
    host = client.create_host(Name="own", ProviderType="GitLabSelfManaged", ProviderEndpoint="https://git.example")
    second = client.create_connection(ConnectionName="own", HostArn=host["HostArn"])["ConnectionArn"]
    assert client.get_host(HostArn=host["HostArn"])["Name"] == "own"
    assert len(client.list_hosts()["Hosts"]) == 1
    page = client.list_connections(MaxResults=1)
    assert len(page["Connections"]) == 1
    assert len(client.list_connections(NextToken=page["NextToken"])["Connections"]) == 1
    assert refused(client.list_connections, NextToken="x") == "InvalidNextTokenException"
    assert len(client.list_connections(HostArnFilter=host["HostArn"])["Connections"]) == 1
    assert refused(client.delete_host, HostArn=host["HostArn"]) == "ResourceUnavailableException"
    client.tag_resource(ResourceArn=first, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=first, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=first)["Tags"] == [{"Key": "c", "Value": "d"}]
    client.delete_connection(ConnectionArn=second)
    client.delete_host(HostArn=host["HostArn"])
    assert refused(client.get_connection, ConnectionArn=second) == "ResourceNotFoundException"
    assert refused(client.tag_resource, ResourceArn=second, Tags=tags) == "ResourceNotFoundException"
