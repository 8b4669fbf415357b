"""Deployments that are ended at random moments, then deployed again: how many stages are not right then. `nox -s bench -- kills`.

What is ended is the command, its engine, or all processes (as a machine that stops); or the command is asked to stop. Right is a
stage that the next deployment finishes, with nothing in the cloud that the engine's state does not know, and that a third one
leaves as it is.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rows import Row

ROOT = Path(__file__).parents[1]
RUNS, LONGEST = 24, 25.0
"""How many deployments, and the seconds within which each is ended."""
APP = """
from typing import Annotated
from portable import Bucket, BucketReader, Secret, StoredObject, Table, TableReadWriter, function, http

files, rows = Bucket("files"), Table("rows", key="id")

@function(http.get("/hello"))
def hello(token: Annotated[str, Secret("token")], reader: Annotated[BucketReader, files]) -> str:
    return "hello"

@function(files.created())
def index(found: StoredObject, table: Annotated[TableReadWriter, rows]) -> None: ...
"""
LISTED: dict[str, tuple[str, str, str, str]] = {
    "aws_apigatewayv2_api": ("apigatewayv2", "get_apis", "Items", "ApiId"),
    "aws_cloudwatch_log_group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "aws_iam_role": ("iam", "list_roles", "Roles", "RoleName"),
    "aws_lambda_function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "aws_s3_bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "aws_sns_topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "aws_ssm_parameter": ("ssm", "describe_parameters", "Parameters", "Name"),
}
"""Types of resources, and how the cloud is asked which ones are there."""


def rows() -> list[Row]:
    """Deploy, end it and deploy again; return the table's line."""
    sys.path.insert(0, str(ROOT / "tests"))
    seed = random.randrange(1 << 32)
    chance, wrong = random.Random(seed), []
    with tempfile.TemporaryDirectory() as temporary:
        try:
            for number in range(RUNS):
                way = WAYS[number % len(WAYS)]
                wrong += ended(Path(temporary, str(number)), way, chance.uniform(0.2, LONGEST))
        except pytest.skip.Exception as skipped:
            return [Row(f"deployments that are ended: not measured: {skipped}", "", "", True)]
    told = "; ".join([f"{len(wrong)} of {RUNS}", *wrong])
    return [
        Row(
            f"deployments that were ended at random moments and are not right after the next (seed {seed})",
            told,
            "0",
            not wrong,
        )
    ]


def ended(folder: Path, way: Callable[[int], None], seconds: float) -> list[str]:
    """Deploy, end it, deploy twice; return what is wrong then."""
    from deploy.commands import Commands, plain_http, server

    (folder / "app").mkdir(parents=True)
    (folder / "app" / "app.py").write_text(APP)
    (folder / "app" / "pyproject.toml").write_text('[project]\nname = "kill"\nversion = "0"\n')
    with server(folder) as environment:
        commands = Commands(folder / "app", folder / "dist", environment)
        plain_http(commands)
        child = commands.start("deploy", "--yes")
        time.sleep(seconds)
        if child.poll() is None:
            way(child.pid)
        child.communicate(timeout=300)
        code, _, errors = commands.run("deploy", "--yes")
        third = commands.run("deploy", "--yes", "--json")[1] if code == 0 else ""
        lost = sorted(there(environment) - known(commands.state())) if code == 0 else []
    shutil.rmtree(folder, ignore_errors=True)
    right = code == 0 and not lost and json.loads(third)["outcome"] == "unchanged"
    return [] if right else [f"{way.__name__} after {seconds:.1f} s: {errors[-500:] if code else lost or third}"]


def there(environment: dict[str, str]) -> set[tuple[str, str]]:
    """Return what the cloud has, each as a type and an id."""
    import boto3

    def ask(service: str, method: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}
        return getattr(boto3.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"], **keys), method)()

    return {
        (kind, each[name])
        for kind, (service, method, key, name) in LISTED.items()
        for each in ask(service, method)[key]
    }


def known(state: Path) -> set[tuple[str, str]]:
    """Return what an engine's state knows."""
    held = json.loads(state.read_text())["resources"]
    return {
        (each["type"], one["attributes"]["id"])
        for each in held
        if each["mode"] == "managed"
        for one in each["instances"]
    }


def tree(process: int) -> list[int]:
    """Return a process and all that it has started."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False).stdout.split()
    return [process, *(each for child in found for each in tree(int(child)))]


def killed(process: int) -> None:
    """Kill the command; its engine goes on."""
    _signal([process], signal.SIGKILL)


def without_engine(process: int) -> None:
    """Kill the engine."""
    _signal(tree(process)[1:2], signal.SIGKILL)


def machine_stopped(process: int) -> None:
    """Kill everything."""
    _signal(tree(process), signal.SIGKILL)


def interrupted(process: int) -> None:
    """Ask the command to stop, as Ctrl-C does."""
    _signal([process], signal.SIGINT)


def interrupted_twice(process: int) -> None:
    """Ask the command to stop, and soon again."""
    _signal([process], signal.SIGINT)
    time.sleep(0.5)
    _signal([process], signal.SIGINT)


def terminated(process: int) -> None:
    """Ask the command to stop, as a CI does."""
    _signal([process], signal.SIGTERM)


def _signal(processes: Iterable[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


WAYS = (killed, without_engine, machine_stopped, interrupted, terminated, interrupted_twice)
