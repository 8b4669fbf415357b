"""An app, and a stage of it that runs on ministack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from servers.lambdas import make_stage
from servers.ministack import ministack
from typer.testing import CliRunner

from portable.tooling.cli import main
from portable.tooling.pipeline import package

APP = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n\n[tool.portable]\nmodules = ["web", "jobs"]\n',
    "web.py": """
import logging

from portable import Bucket, BucketReader, StoredObject, function, http

photos = Bucket("photos")

@function(http.get("/hello/{name}"))
def hello(name: str) -> str:
    logging.getLogger("shop").warning("hello %s", name, extra={"who": name})
    print("a foreign line")
    return f"hello {name}"

@function(http.get("/boom"))
def boom() -> str:
    raise ValueError("boom")

@function(photos.created())
def index(photo: StoredObject) -> None:
    logging.info("%s of %s", photo.key, photo.bucket)
""",
    "jobs.py": """
import logging

from prices import PRICE
from portable import Message, Queue, function, schedule, Tick

queue = Queue("jobs")

@function(queue.messages())
def work(message: Message[dict]) -> None:
    logging.info("%s costs %s", message.payload, PRICE)
    if message.payload.get("bad"):
        raise RuntimeError("bad job")

@function(schedule.cron("0 3 * * *"))
def nightly(tick: Tick) -> None:
    logging.info("tick")
""",
    "prices.py": "PRICE = 7\n",
}


@dataclass(frozen=True)
class Shop:
    """The app's folder, its artifacts, and the command line that is run there."""

    folder: Path
    out: Path

    def run(self, *command: str, code: int = 0) -> tuple[str, str]:
        """Run `portable <command> <folder> …` for the stage, and return what it printed on stdout and on stderr."""
        name, *rest = command
        words = [name, str(self.folder), *rest, "--target", "aws", "--out", str(self.out)]
        result = CliRunner().invoke(main.program(), words)
        failed = "" if result.exception is None or isinstance(result.exception, SystemExit) else f"{result.exception}"
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout, result.stderr + failed


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    found = Shop(folder / "app", folder / "dist")
    found.folder.mkdir()
    for name, text in APP.items():
        (found.folder / name).write_text(text)
    package(found.folder, "aws", found.out, lambda step: None)
    with ministack(folder) as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in (environment | {"AWS_REGION": "eu-central-1"}).items():
            patch.setenv(name, value)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        make_stage(found.out / "aws")
        yield found
