"""An image whose rows are in DynamoDB: packaged by the command, and run by its own start from its own locked requirements."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from servers.ministack import ministack
from walk.command import Command

from portable.testing.processes import HostProcess, free_port
from portable.tooling.depend.uv import run_uv
from portable.tooling.pipeline import package

APP = """
from typing import Annotated
from portable import AsyncTableReader, Table, TableReadWriter, function, http

orders = Table("orders", key="id")

@function(http.put("/orders/{name}"))
def put(name: str, body: bytes, rows: Annotated[TableReadWriter, orders]) -> dict[str, str]:
    rows.put({"id": name, "text": body.decode()})
    return {"id": name}

@function(http.get("/orders/{name}"))
async def get(name: str, rows: Annotated[AsyncTableReader, orders]) -> dict[str, object]:
    return await rows.get(name)
"""
PROJECT = """
[project]
name = "shop"
version = "1.0"
dependencies = []

[tool.portable.container]
drivers = {table = "aws"}
"""


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    app = tmp_path_factory.mktemp("shop")
    (app / "app.py").write_text(APP)
    (app / "pyproject.toml").write_text(PROJECT)
    return package(app, "container", app / "dist", lambda _: None).folder


@pytest.fixture(scope="module")
def start(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The start command of the image, under a Python that has what is locked and nothing else."""
    python = tmp_path_factory.mktemp("image") / "venv" / "bin" / "python"
    locked = str(artifact / "bundle" / "requirements.txt")
    for command in (
        ["venv", "--no-project", f"--python={sys.executable}", str(python.parents[1])],
        ["pip", "install", "--quiet", f"--python={python}", "--require-hashes", f"--requirements={locked}"],
    ):
        done = run_uv(command)
        assert done.returncode == 0, done.stderr
    return [str(python), "portable_start.py"]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that lead to DynamoDB, which has the table."""
    with ministack(tmp_path_factory.mktemp("ministack")) as found:
        dynamodb = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test").client(
            "dynamodb", endpoint_url=found["AWS_ENDPOINT_URL"], region_name="eu-central-1"
        )
        dynamodb.create_table(
            TableName="orders-of-the-shop",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield {**found, "PORTABLE_TABLE_ORDERS": "orders-of-the-shop"}


def test_the_image_keeps_its_rows_in_dynamodb(artifact: Path, start: list[str], there: dict[str, str]) -> None:
    port = free_port()
    ports = ["--host", "127.0.0.1", "--port", str(port), "--admin-port", str(free_port())]
    with HostProcess([*start, "serve", *ports], artifact / "bundle", there, port) as image:
        assert image.request("PUT", "/orders/a", "grüße".encode()).status == 200, image.log
        found = image.request("GET", "/orders/a")
        assert (found.status, json.loads(found.content)) == (200, {"id": "a", "text": "grüße"})


def test_rows_of_the_stage_are_shown_from_there(
    artifact: Path, there: dict[str, str], portable: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = ["--target", "container", "--stage", "dev", "--json"]
    app = artifact.parents[1]
    missing = portable("table", "orders", "query", *table, folder=app, code=1)
    assert "PORTABLE_TABLE_ORDERS is not set: it leads to the table orders" in missing.stderr
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    shown = portable("table", "orders", "query", *table, folder=app)
    assert "grüße" in shown.stdout


def test_it_does_not_start_without_what_leads_there(artifact: Path, start: list[str]) -> None:
    with pytest.raises(RuntimeError, match="PORTABLE_TABLE_ORDERS, AWS_REGION or AWS_DEFAULT_REGION"):
        HostProcess([*start, "serve", "--admin-port", str(free_port())], artifact / "bundle", {}, free_port())


def test_what_ships_is_what_the_drivers_of_aws_need(artifact: Path) -> None:
    bundle = artifact / "bundle"
    manifest = json.loads((artifact / "manifest.json").read_text())
    assert {"boto3", "uvicorn"} <= {found["name"] for found in manifest["requirements"]}
    assert not {"psycopg", "nats-py"} & {found["name"] for found in manifest["requirements"]}
    assert (bundle / "portable_aws" / "runtime" / "persistence.py").exists()
    assert not (bundle / "portable_container" / "runtime" / "persistence.py").exists()
    assert "PORTABLE_TABLE_ORDERS" in (artifact / "infra" / ".env.example").read_text()
