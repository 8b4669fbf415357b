"""A wait between tries that a target does not keep is a gap by name, with its place; one that nobody declared is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from unit.tooling.entry.apps import served

from portable_aws.deploy.capabilities import problems as aws
from portable_azure.deploy.capabilities import problems as azure
from portable_gcp.deploy.capabilities import problems as gcp

SOURCE = """
from portable import Stream, Record

jobs, news, photos, clicks = Queue("jobs"), Topic("news"), Bucket("photos"), Stream("clicks")

@function(jobs.messages(), retry=Retry(2, backoff=WAIT))
def of_queue(m: Message[str]) -> None: ...

@function(news.messages(), retry=Retry(2, backoff=WAIT))
def of_topic(m: Message[str]) -> None: ...

@function(photos.created(), retry=Retry(2, backoff=WAIT))
def of_bucket(o: StoredObject) -> None: ...

@function(schedule.every(minutes=5), retry=Retry(2, backoff=WAIT))
def of_schedule(t: Tick) -> None: ...

@function(clicks.records(), retry=Retry(2, backoff=WAIT))
def of_stream(r: Record[str]) -> None: ...
"""
ALL = ["of-bucket", "of-queue", "of-schedule", "of-stream", "of-topic"]


@pytest.mark.parametrize(
    ("problems", "named"), [(aws, ALL), (gcp, ALL), (azure, ["of-bucket"])], ids=["aws", "gcp", "azure"]
)
def test_a_wait_that_is_not_kept_is_told(tmp_path: Path, problems: Callable[[Any], Any], named: list[str]) -> None:
    def told(wait: str) -> list[Any]:
        (tmp_path / wait).mkdir()
        with served(tmp_path / wait, SOURCE.replace("WAIT", wait)) as entry:
            return [problem for problem in problems(entry.app) if "backoff" in str(problem)]

    found = [problem for problem in told("7") if "backoff=7" in str(problem)]
    assert (
        sorted(
            str(problem).partition("of-")[1] + str(problem).partition("of-")[2].partition(":")[0] for problem in found
        )
        == named
    )
    assert not any(problem.error for problem in found)
    assert told("None") == []
