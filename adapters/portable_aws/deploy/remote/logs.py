"""The log groups of functions in, their events as lines out (CloudWatch Logs `FilterLogEvents`)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from portable.errors import NotFound
from portable.tooling.infra.remote import LogLine, LogsWanted
from portable_aws.deploy.api import asking
from portable_aws.deploy.remote.cloud import AwsCloud

AT_ONCE = 5
"""Groups that are read at the same time: an account may ask five times a second in most regions (CloudWatch Logs quotas)."""
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
"""A request id that a filter can hold as it is. Lines of any other are read and left out here."""


def read(cloud: AwsCloud, wanted: LogsWanted) -> Iterator[LogLine]:
    """Yield the lines of every wanted function. Raises NotFound when none of them has a log group."""
    logs = cloud.client("logs")
    asked = asked_for(wanted)

    def group(name: str) -> list[LogLine] | None:
        called = cloud.places.log_group(name)
        try:
            with asking(f"reading the log group {called}"):
                pages = logs.get_paginator("filter_log_events").paginate(logGroupName=called, **asked)
                return _lines(name, (event for page in pages for event in page["events"]))
        except NotFound:
            return None

    names = [function.name for function in wanted.functions]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(group, names))
    if names and all(lines is None for lines in found):
        region = logs.meta.region_name
        raise NotFound(
            f"there are no logs in {region}, such as {cloud.places.log_group(names[0])}: nothing is deployed to the stage "
            f"{cloud.places.stage.name} there, or it was destroyed, and its logs with it. Deploy it, or choose another region or "
            "account"
        )
    for lines in found:
        yield from lines or ()


def asked_for(wanted: LogsWanted) -> dict[str, Any]:
    """Return what of the wanted lines CloudWatch is asked for: their time, and a request id that is no pattern itself."""
    asked: dict[str, Any] = {"startTime": max(0, int(wanted.since.timestamp() * 1000))}
    if wanted.request and _ID.fullmatch(wanted.request):
        asked["filterPattern"] = json.dumps(wanted.request)
    return asked


def _lines(function: str, events: Iterable[dict[str, Any]]) -> list[LogLine]:
    """Return the lines of one group. An event without an id is known by its place, time and text, and its number among equals."""
    equals: Counter[str] = Counter()
    found = []
    for event in events:
        at, text = event["timestamp"], event["message"].rstrip("\n")
        own = f"{function} {event.get('logStreamName')} {at} {text}"
        equals[own] += 1
        line = event.get("eventId") or f"{own} {equals[own]}"
        found.append(LogLine(line, datetime.fromtimestamp(at / 1000, UTC), function, text))
    return found
