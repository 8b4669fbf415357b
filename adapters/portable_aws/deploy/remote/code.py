"""A bundle.zip in, the Lambda functions of a stage that run it out (Lambda `UpdateFunctionCode`)."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portable.errors import Conflict, NotFound, PortableError, Unavailable
from portable.tooling.infra.remote import Code
from portable_aws.deploy.api import asking
from portable_aws.deploy.remote.cloud import AwsCloud

AT_ONCE = 10
"""Functions that are asked about at the same time."""
POLL_SECONDS, POLLS = 0.25, 2400
"""How often a function is asked whether its new code is live, and how many times."""


class Publishing:
    """The code of a stage. Its clients are shared by all threads."""

    def __init__(self, cloud: AwsCloud) -> None:
        self._cloud = cloud
        self._lambda = cloud.client("lambda")

    def codes(self, units: Sequence[str]) -> dict[str, Code]:
        """Return the code of Lambda functions, whose hash AWS knows."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(units, pool.map(self._one, units), strict=True))

    def _one(self, unit: str) -> Code:
        with self._cloud.deployed(f"asking for the code of {unit}"):
            return _code(self._lambda.get_function_configuration(FunctionName=unit))

    def publish(self, artifact: Path) -> Callable[[str], Code]:
        """Upload a zip once, under its hash, and return what makes a Lambda function run it."""
        places = self._cloud.places
        with artifact.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        place = {"S3Bucket": self._cloud.named(places.code_bucket()), "S3Key": places.code_key(sha256)}
        self._upload(artifact, place["S3Bucket"], place["S3Key"])

        def put(unit: str) -> Code:
            try:
                found = self._update(unit, place)
            except Conflict:  # an update before this one is not over
                self._wait(unit)
                found = self._update(unit, place)
            self._wait(unit)
            if found.sha256 != sha256:
                raise PortableError(
                    f"{place['S3Key']} holds other code than its name says: remove it, then run this again"
                )
            return found

        return put

    def _update(self, unit: str, place: dict[str, str]) -> Code:
        with self._cloud.deployed(f"updating the code of {unit}"):
            return _code(self._lambda.update_function_code(FunctionName=unit, **place))

    def _upload(self, artifact: Path, bucket: str, key: str) -> None:
        s3 = self._cloud.client("s3")
        try:
            with asking(f"looking for {key} in {bucket}"):
                s3.head_object(Bucket=bucket, Key=key)
        except NotFound:
            with self._cloud.deployed(f"uploading the code to {bucket}"), artifact.open("rb") as file:
                s3.put_object(Bucket=bucket, Key=key, Body=file)

    def _wait(self, unit: str) -> None:
        """Return as soon as the last update of a function is over. Raises Unavailable when it has failed."""
        from botocore.exceptions import WaiterError

        waiter = self._lambda.get_waiter("function_updated_v2")
        with asking(f"waiting for the code of {unit}"):
            try:
                waiter.wait(FunctionName=unit, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS})
            except WaiterError as error:
                last = error.last_response.get("Configuration") or error.last_response
                reason = last.get("LastUpdateStatusReason") or last.get("Error", {}).get("Message") or error
                raise Unavailable(f"the update of {unit} did not become live: {reason}") from error


def _code(configuration: Mapping[str, Any]) -> Code:
    mark = configuration["CodeSha256"]
    return Code(mark, b64decode(mark).hex())
