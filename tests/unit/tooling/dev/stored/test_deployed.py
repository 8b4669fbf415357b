"""What a stage keeps is opened where its deployment put it, and what its cloud refuses says what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from portable.errors import (
    ConfigurationError,
    NotFound,
    PermissionDenied,
    PortableError,
    Timeout,
    Unavailable,
)
from portable.eventing.queue import Queue
from portable.settings.secret import Secret
from portable.storage.bucket import Bucket
from portable.tooling.app.model import AppModel, FunctionModel
from portable.tooling.app.settings import Settings
from portable.tooling.cli.stored import DIST, order_of
from portable.tooling.deploy.order import Order, deploying_of
from portable.tooling.deploy.record import Record, write_record
from portable.tooling.dev.stored import deployed
from portable.tooling.dev.stored.deployed import StageDrivers, StageSecrets, opened_there
from portable.tooling.infra.places import addresses

FED = FunctionModel(
    "index", "app", "index", "app.py:1", False, {"kind": "topic", "topic": "news"}, (), (), dead_letter=True
)
APP = AppModel("shop", (FED,), (), ())
OUTPUTS = {
    "region": "eu-west-3",
    "buckets": {"my-files": "shop-files"},
    "queues": {"jobs-poison": "https://sqs/jobs-poison"},
    "secrets": {"key": "/shop/prod/key"},
}


def order(folder: Path, target: str = "aws", stage: str = "prod") -> Order:
    return Order(folder, target, stage, folder / "dist", "queue jobs peek", os.environ, lambda step: None)


def recorded(found: Order, app: str = "shop") -> Order:
    found.record_file.parent.mkdir(parents=True, exist_ok=True)
    write_record(found.record_file, Record(app, found.stage, outputs=OUTPUTS))
    return found


def settings(folder: Path) -> Settings:
    (folder / "app.py").write_text("")
    from portable.tooling.app.settings import load_settings

    return load_settings(folder, "aws", ("aws",))


def drivers(folder: Path) -> StageDrivers:
    return StageDrivers(order(folder), deploying_of("aws"), APP, addresses(OUTPUTS))


def test_outputs_are_the_variables_that_functions_have() -> None:
    assert addresses(OUTPUTS) == {
        "PORTABLE_BUCKET_MY_FILES": "shop-files",
        "PORTABLE_DEAD_JOBS": "https://sqs/jobs-poison",
        "PORTABLE_QUEUE_JOBS_POISON": "https://sqs/jobs-poison",
        "PORTABLE_SECRET_KEY": "/shop/prod/key",
    }


def test_the_environment_leads_to_the_stage_only_while_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployed, "read_model", lambda settings, report: APP)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    before, own = dict(os.environ), settings(tmp_path)
    found = recorded(order(tmp_path), own.name)

    def broken_off() -> None:
        with opened_there(own, found, print) as stored:
            assert (os.environ["AWS_REGION"], os.environ["PORTABLE_BUCKET_MY_FILES"]) == ("eu-west-3", "shop-files")
            assert (stored.stage, stored.there) == ("the stage prod on aws", " in the stage prod on aws")
            raise KeyError

    with pytest.raises(KeyError):
        broken_off()
    assert dict(os.environ) == before


def test_the_stage_of_another_app_is_not_opened(tmp_path: Path) -> None:
    found = recorded(order(tmp_path), "other")
    with (
        pytest.raises(PortableError, match='holds the stage prod of the app "other"'),
        opened_there(settings(tmp_path), found, print),
    ):
        raise AssertionError


def test_the_only_target_that_has_the_stage_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def chosen(stage: str, target: str | None = None) -> str:
        return order_of(Path(), stage, target, DIST, "queue jobs peek", lambda step: None).target

    with pytest.raises(PortableError, match="no stage prod was deployed from dist: say where it runs with --target"):
        chosen("prod")
    recorded(Order(Path(), "gcp", "prod", DIST, "", os.environ, lambda step: None))
    assert (chosen("prod"), chosen("prod", "aws")) == ("gcp", "aws")
    recorded(Order(Path(), "azure", "prod", DIST, "", os.environ, lambda step: None))
    with pytest.raises(PortableError, match="was deployed to azure and gcp: choose one with --target"):
        chosen("prod")
    with pytest.raises(PortableError, match="no stage dev"):
        chosen("dev")


def test_what_the_stage_does_not_have_is_named_with_what_to_do(tmp_path: Path) -> None:
    found = drivers(tmp_path)
    with pytest.raises(NotFound, match=r"the stage prod on aws has no bucket new yet: deploy .*`portable deploy "):
        found.of(Bucket("new"))
    with pytest.raises(NotFound, match="has no queue index-poison yet"):
        found.of(Queue("index").dead_letters)
    with pytest.raises(NotFound, match=r"index is called with waits in no queue on aws.*logs --function index"):
        found.of(Queue("index"))


class Refusing:
    def __init__(self, error: PortableError) -> None:
        self.error = error

    def head(self, key: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (NotFound('bucket "my-files" has no "k"'), NotFound, r'^bucket "my-files" has no "k"$'),
        (NotFound('there is no bucket "my-files"'), NotFound, r"my-files\"\. Deploy the stage first$"),
        (PermissionDenied("no."), PermissionDenied, r"^no\. Ask for this right, .* Sign in to AWS"),
        (PermissionDenied("no.\nI tried\n\tthis"), PermissionDenied, r"^no\. Ask for this right, .*"),
        (ConfigurationError("no credentials"), PortableError, r"^no credentials\. Sign in to AWS"),
        (Unavailable("it failed"), Unavailable, r"^it failed\. Look at the network"),
        (Timeout("late"), Unavailable, r"^late\. Look at the network"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: PortableError, kind: type[PortableError], said: str
) -> None:
    monkeypatch.setenv("PORTABLE_BUCKET_MY_FILES", "shop-files")
    monkeypatch.setattr("portable_aws.runtime.storage.bucket_driver", lambda bucket, address: Refusing(error))
    driver = drivers(tmp_path).of(Bucket("my-files"))
    with pytest.raises(kind, match=said):
        driver.head("k")


class Given(StageDrivers):
    def __init__(self, values: dict[str, str | PortableError]) -> None:
        self.values = values

    def secret(self, secret: Secret) -> str:
        found = self.values[secret.name]
        if isinstance(found, PortableError):
            raise found
        return found


def test_secrets_are_hidden_and_those_that_cannot_be_read_are_named_once() -> None:
    notes: list[str] = []
    values = {
        "key": "s3cret",
        "closed": PermissionDenied("no"),
        "new": "unset",
        "gone": NotFound("not there"),
        "long": "longer one",
    }
    found = StageSecrets(Given(values), list(values), notes.append)
    assert (found(), found()) == (("longer one", "s3cret"), ("longer one", "s3cret"))
    assert notes == ["the value of the secret closed cannot be read with your rights, so what is shown may hold it"]
