"""What is there of a stage on AWS, whether the engine's state knows it or not: for `deploy`, when something was left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from portable.errors import NotFound, PortableError
from portable.tooling.infra.remote import Running
from portable_aws.deploy.api import asking
from portable_aws.deploy.infra.http import API
from portable_aws.deploy.remote.cloud import AwsCloud

AT_ONCE = 10
"""Things that are looked for at the same time."""
TRIES, PATIENCE = 2, 10.0
"""How often a question is asked, and the seconds that its answer may take: it is asked beside other work."""
_API = f"aws_apigatewayv2_api.{API}"
_MAPPING = re.compile(r"UUID ([0-9a-f-]{36})")
_NAMED = re.compile(r"(?:creating|adding) [^()]*\(([^()]+)\)")
"""How the provider says what it could not make: the name is in parentheses, and is what most are taken over by."""


class AwsStanding:
    """The protocol `portable.tooling.infra.deploying.Standing`."""

    def __init__(self, running: Running) -> None:
        self._stage = running.stage
        self._cloud = AwsCloud(running)

    def claimed(self) -> str | None:
        """Return the bucket of the code, which every app has and whose name is its own in a region and an account."""
        bucket = self._cloud.named(self._cloud.places.code_bucket())
        try:
            with asking(f"looking for {bucket}"):
                self._client("s3").head_bucket(Bucket=bucket)
        except NotFound:
            return None
        return f"the bucket {bucket}"

    def found(self, addresses: Collection[str]) -> dict[str, str]:
        """Return the HTTP API, of which there may be many with one name; functions and who may call them.

        To make the latter two the provider tries for five minutes when they are there.
        """
        functions, places = self._client("lambda"), self._cloud.places
        looks: dict[str, Callable[[], str | None]] = {_API: self._api}
        for name in places.functions:
            looks[f"aws_lambda_function.{name}"] = partial(_function, functions, places.function(name))
            looks[f"aws_lambda_permission.{name}"] = partial(_permission, functions, places.function(name))
        wanted = {address: look for address, look in looks.items() if address in addresses}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ids = pool.map(_allowed, wanted.values())
            return {address: own for address, own in zip(wanted, ids, strict=True) if own is not None}

    def refused(self, address: str, said: str) -> str | None:
        """Return the id of what could not be made, as the provider names it."""
        mapping = _MAPPING.search(said)
        if mapping is not None:
            return mapping[1]
        name = _NAMED.search(said)
        if name is None:
            return None
        in_group = address.startswith("aws_scheduler_schedule.") and "/" not in name[1]
        return f"{self._stage.prefix()}/{name[1]}" if in_group else name[1]

    def _api(self) -> str | None:
        """Return the id of the HTTP API. Its name need not be its own, so its tags must say the same."""
        wanted = (self._stage.prefix(), self._stage.app, self._stage.name)
        with asking("looking for the HTTP API"):
            for page in self._client("apigatewayv2").get_paginator("get_apis").paginate():
                for api in page["Items"]:
                    tags = api.get("Tags", {})
                    if (api["Name"], tags.get("app"), tags.get("stage")) == wanted:
                        return str(api["ApiId"])
        return None

    def _client(self, service: str) -> Any:
        return self._cloud.client(service, tries=TRIES, patience=PATIENCE)


def _allowed(look: Callable[[], str | None]) -> str | None:
    """Look for one thing. Who deploys may not be allowed to, and then the engine says what is in its way."""
    try:
        return look()
    except PortableError:
        return None


def _function(functions: Any, name: str) -> str | None:
    try:
        with asking(f"looking for {name}"):
            functions.get_function_configuration(FunctionName=name)
    except NotFound:
        return None
    return name


def _permission(functions: Any, name: str) -> str | None:
    """Return the one permission of a function, by which its API, bucket or topic calls it."""
    try:
        with asking(f"looking who may call {name}"):
            found = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    except NotFound:
        return None
    return f"{name}/{found[0]['Sid']}" if len(found) == 1 else None
