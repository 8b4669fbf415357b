"""One deployment for all tests here: an app with every trigger, deployed by `portable deploy` to ministack with roles enforced.

Who deploys has the role that `portable plan --deployer` wrote for this app and this stage, and nothing else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from deploy.asked import needless, questions, statements
from deploy.commands import CLOUDFRONT, Commands, as_deployer, plain_http, server
from deploy.driven import Driven
from servers.terraform import Terraform
from servers.waiting import until

NEVER_ASKED = {*CLOUDFRONT, "iam:CreateServiceLinkedRole", "iam:PassRole", "scheduler:CreateSchedule"}
"""What ministack never asks for, or on another thing than AWS does."""
APP = Path(__file__).parents[1] / "apps" / "deployed"


class Deployed(Driven):
    """The deployed app: what leads to it, the role that deployed it and the engine's view of it."""

    def __init__(
        self, commands: Commands, role: str, terraform: Terraform, outputs: dict[str, Any], environment: dict[str, str]
    ) -> None:
        super().__init__(outputs, environment["AWS_ENDPOINT_URL"])
        self.commands = commands
        self.role = role
        self.terraform = terraform

    def http(self, method: str, path: str) -> tuple[int, Any]:
        """Call a route through the HTTP API; return the status and the JSON that came."""
        status, _, body = self.call(method, path)
        return status, json.loads(body) if body else None

    def rows(self, kind: str, count: int, seconds: float = 30) -> list[str]:
        """Return the rows that functions left, as soon as there are so many."""
        found: list[str] = until(
            lambda: self.http("GET", f"/rows/{kind}")[1], lambda found: len(found) >= count, seconds
        )
        if len(found) < count:
            print(*self.logs(), sep="\n")
        return found


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that leads the engine and boto3 to a server of this session."""
    with server(tmp_path_factory.mktemp("server")) as environment:
        yield environment


@pytest.fixture(scope="session")
def deployed(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    app = folder / "app"
    shutil.copytree(APP, app)
    commands = Commands(app, folder / "dist", aws)
    plain_http(commands)
    (commands.infra / "dev.tfvars").write_text('domain = "deployed.example.com"\ndomain_ready = true\n')
    environment, role = as_deployer(commands)
    commands = Commands(app, folder / "dist", environment)
    made = commands.json("deploy", "--yes")
    assert made["next"][0].startswith("give the secret token its value")
    stage = Deployed(commands, role, Terraform(commands.infra, aws), made["outputs"], aws)
    domain = made["outputs"]["domain"]
    assert (domain["url"], domain["live"]) == ("https://deployed.example.com", True)
    assert [(each["name"], each["type"]) for each in domain["records"]][-1] == ("deployed.example.com", "CNAME")
    yield stage
    stage.client("s3").put_object(Bucket=made["outputs"]["buckets"]["files"], Key="last", Body=b"x")
    assert commands.json("destroy", "--data", "--confirm-stage", "dev")["kept"] == []
    assert commands.resources() == []
    asked = questions(Path(aws["ASKED"]), role.rpartition("/")[2])
    held = statements(commands.out / "aws" / "deployer")
    unasked = [
        each
        for each in needless(held, asked)
        if not set(each["Action"]) & NEVER_ASKED and not each["Resource"][0].endswith("::/tags/*")
    ]
    assert unasked == [], "without these statements everything would have been allowed all the same"


Objects = dict[str, tuple[str, str, Any]]
"""What the bucket of a site has: by key the type, how long it is kept, and when it was written."""


class Updated(NamedTuple):
    """What an update did: why it was not taken as new code only, how it ended, and the files of the site around it."""

    refused: str
    outcome: str
    before: Objects
    after: Objects


@pytest.fixture(scope="session")
def updated(deployed: Deployed) -> Updated:
    """Deploy once more, with another site and another function: each start of the engine costs seconds."""
    before, app = objects(deployed), deployed.commands.app
    (app / "site" / "main.3fa9c0d2.js").rename(app / "site" / "main.4fa9c0d2.js")
    (app / "site" / "index.html").write_text('<script src="main.4fa9c0d2.js"></script>')
    refused = deployed.commands.refused("deploy", "--code", "--yes")
    source = app / "app.py"
    plain, larger = '@function(http.get("/dead"))', '@function(http.get("/dead"), timeout=21, memory=256)'
    source.write_text(source.read_text().replace(plain, larger))
    outcome = deployed.commands.json("deploy", "--yes")["outcome"]
    return Updated(refused, outcome, before, objects(deployed))


def objects(deployed: Deployed) -> Objects:
    """Return what the bucket of the site has."""
    client, bucket = deployed.client("s3"), deployed.outputs["site"]["bucket"]
    found = {}
    for each in client.list_objects_v2(Bucket=bucket).get("Contents", ()):
        head = client.head_object(Bucket=bucket, Key=each["Key"])
        found[each["Key"]] = (head["ContentType"], head["CacheControl"], head["LastModified"])
    return found
