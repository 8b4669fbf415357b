"""A stage that runs on ministack: its outputs in, calls of its HTTP API, clients that may do anything and its logs out."""

from __future__ import annotations

import urllib.error
import urllib.request
from email.message import Message
from typing import Any

from deploy.commands import REGION


class Driven:
    """A deployed stage, driven as its users and its owner do."""

    def __init__(self, outputs: dict[str, Any], endpoint: str) -> None:
        self.outputs = outputs
        self.endpoint = endpoint

    def client(self, service: str, **keys: str) -> Any:
        """Return a client of boto3; without keys it is root."""
        import boto3
        from botocore.config import Config

        given = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        retries = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, config=retries, **given)

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Message, bytes]:
        """Call a route through the HTTP API; return the status, the headers and the body."""
        host = self.outputs["url"].removeprefix("https://").removeprefix("http://")
        sent = {"host": host, "content-type": "application/octet-stream", **(headers or {})}
        request = urllib.request.Request(f"{self.endpoint}{path}", body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def logs(self) -> list[str]:
        """Return what all functions have logged."""
        logs, lines = self.client("logs"), []
        for group in logs.describe_log_groups()["logGroups"]:
            named = {"logGroupName": group["logGroupName"]}
            for stream in logs.describe_log_streams(**named)["logStreams"]:
                events = logs.get_log_events(**named, logStreamName=stream["logStreamName"])["events"]
                lines += [f"{group['logGroupName']}: {event['message']}" for event in events]
        return lines
