"""A bundle.zip in, the Lambda functions of a stage that run it out (Lambda `UpdateFunctionCode`)."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portable.errors import NotFound, PortableError, Unavailable
from portable.tooling.infra.remote import Code, Running
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.remote.account import named
from portable_aws.deploy.remote.clients import asking, client, deployed

AT_ONCE = 10
"""Functions that are asked about at the same time."""
POLL_SECONDS, POLLS = 1, 300
"""How often a function is asked whether its new code is live, and how many times."""


def units(running: Running) -> Mapping[str, tuple[str, ...]]:
    """Return the Lambda functions: each runs one function."""
    places = AwsPlaces(running.blueprint, running.stage)
    return {places.function(name): (name,) for name in places.functions}


class Publishing:
    """The code of a stage. Its clients are shared by all threads."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._lambda = client(running, "lambda")

    def codes(self, units: Sequence[str]) -> dict[str, Code]:
        """Return the code of Lambda functions, whose hash AWS knows."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(units, pool.map(self._one, units), strict=True))

    def _one(self, unit: str) -> Code:
        with deployed(self._running, f"asking for the code of {unit}"):
            return _code(self._lambda.get_function_configuration(FunctionName=unit))

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Upload a zip once, under its hash, and return what makes a Lambda function run it."""
        places = AwsPlaces(self._running.blueprint, self._running.stage)
        with artifact.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        place = {"S3Bucket": named(self._running, places.code_bucket()), "S3Key": places.code_key(sha256)}
        self._upload(artifact, place["S3Bucket"], place["S3Key"])

        def put(unit: str) -> Code:
            with deployed(self._running, f"updating the code of {unit}"):
                self._wait(unit)
                self._lambda.update_function_code(FunctionName=unit, **place)
                found = self._wait(unit)
            if found.sha256 != sha256:
                raise PortableError(
                    f"{unit} runs other code than it was given ({found.sha256[:12]}): somebody else updates it now"
                )
            return found

        return put

    def _upload(self, artifact: Path, bucket: str, key: str) -> None:
        s3 = client(self._running, "s3")
        try:
            with asking(f"looking for {key} in {bucket}"):
                s3.head_object(Bucket=bucket, Key=key)
        except NotFound:
            with deployed(self._running, f"uploading the code to {bucket}"):
                s3.upload_file(str(artifact), bucket, key)

    def _wait(self, unit: str) -> Code:
        """Return the code of a function as soon as its last update is over."""
        from botocore.exceptions import WaiterError

        waiter = self._lambda.get_waiter("function_updated_v2")
        try:
            waiter.wait(FunctionName=unit, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS})
        except WaiterError as error:
            last = error.last_response.get("Configuration") or error.last_response
            reason = last.get("LastUpdateStatusReason") or last.get("Error", {}).get("Message") or error
            raise Unavailable(f"the update of {unit} did not become live: {reason}") from error
        return _code(self._lambda.get_function_configuration(FunctionName=unit))


def _code(configuration: Mapping[str, Any]) -> Code:
    mark = configuration["CodeSha256"]
    return Code(mark, b64decode(mark).hex())
