"""`deploy` and `destroy` with a real engine: what changes, what stays, and what a user is told when something is in the way."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deploy.commands import REGION, Commands, plain_http

APP = """
from typing import Annotated
from portable import Bucket, BucketReader, Secret, function, http

{buckets}

@function(http.get("/hello"), timeout={timeout})
def hello(token: Annotated[str, Secret("token")], {parameters}) -> str:
    return "hello"
"""


TAKEN = "small-dev-taken-000000000000"


class Small:
    """A small app whose source a test changes."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self.commands = Commands(folder, folder / "dist", environment)
        self.endpoint = environment["AWS_ENDPOINT_URL"]
        (folder / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "0"\n')
        self.write()

    def write(self, *buckets: str, timeout: int = 20) -> None:
        """Write the app with some buckets beside `files`."""
        names = ("files", *buckets)
        declared = "\n".join(f'{name} = Bucket("{name}")' for name in names)
        parameters = ", ".join(f"{name}_reader: Annotated[BucketReader, {name}]" for name in names)
        source = APP.format(buckets=declared, parameters=parameters, timeout=timeout)
        (self._folder / "app.py").write_text(source)

    def client(self, service: str) -> Any:
        """Return a client of boto3 that may do anything."""
        import boto3

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **keys)

    def buckets(self) -> list[str]:
        """Return the buckets of the app that are there, without the one of the code."""
        found = (bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"])
        return [name for name in found if name.startswith("small-dev-") and "-code-" not in name]


@pytest.fixture(scope="module")
def small(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The app, deployed."""
    app = Small(tmp_path_factory.mktemp("small"), aws)
    plain_http(app.commands)
    assert app.commands.json("deploy", "--yes")["outcome"] == "changed"
    yield app
    app.commands.json("destroy", "--data", "--confirm-stage", "dev")
    assert (app.commands.resources(), app.buckets()) == ([], [])


def test_a_second_deployment_without_a_change_touches_nothing(small: Small) -> None:
    before = small.commands.state().stat().st_mtime_ns
    done = small.commands.json("deploy")
    assert (done["outcome"], done["changes"]) == ("unchanged", 0)
    assert small.commands.state().stat().st_mtime_ns == before


def test_wrong_credentials_change_nothing(small: Small) -> None:
    small.write(timeout=21)
    wrong = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing-at-all"}
    told = small.commands.refused("deploy", "--yes", **wrong)
    assert "Nothing was changed in the stage dev" in told
    assert "Sign in to AWS" in told
    assert "nothing-at-all" not in told


def test_what_exists_already_is_told(small: Small) -> None:
    buckets = small.client("s3")
    buckets.create_bucket(Bucket=TAKEN, CreateBucketConfiguration={"LocationConstraint": REGION})
    small.write("taken", timeout=22)
    told = small.commands.refused("deploy", "--yes")
    assert "It is there already, and the state of this stage does not know it" in told
    assert "changes were made" in told
    buckets.delete_bucket(Bucket=TAKEN)


def test_what_is_destroyed_without_its_data_is_deployed_again_with_it_even_after_a_kill(small: Small) -> None:
    held = {"Bucket": small.buckets()[0], "Key": "kept"}
    small.client("s3").put_object(**held, Body=b"x")
    done = small.commands.json("destroy", "--yes")
    assert {(each["kind"], each["name"]) for each in done["kept"]} == {("bucket", "files"), ("secret", "token")}
    left = small.commands.resources()
    assert "aws_s3_bucket_public_access_block" in left, "what protects data stays with it"
    assert "aws_lambda_function" not in left
    assert "--confirm-stage dev" in small.commands.refused("destroy", "--data", "--yes")
    child = small.commands.start("deploy", "--yes")
    time.sleep(random.uniform(0.5, 10))
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert small.commands.json("deploy", "--yes")["outcome"] in ("changed", "same")
    assert small.client("lambda").get_function_configuration(FunctionName="small-dev-hello")["Timeout"] == 22
    assert small.buckets() == ["small-dev-files-000000000000", TAKEN]
    assert small.client("s3").get_object(**held)["Body"].read() == b"x"
    assert small.commands.json("deploy", "--yes")["outcome"] == "unchanged"


def test_data_is_deleted_only_when_it_is_named(small: Small) -> None:
    small.write()
    told = small.commands.refused("deploy", "--yes")
    assert 'the bucket "taken" is deleted with what it holds' in told
    assert "--allow-data-loss taken" in told
    assert len(small.buckets()) == 2
