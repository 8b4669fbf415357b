"""A function and portable events in, what Lambda answers out (Lambda `Invoke`). Events have the form of the test kit."""

from __future__ import annotations

import base64
import json
from time import monotonic
from typing import Any

from portable.errors import NotFound, UnsupportedError
from portable.eventing.request import Request
from portable.storage.event import StoredObject
from portable.tooling.app.kinds.bucket import in_bucket
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.remote import Answer
from portable_aws.deploy.api import asking
from portable_aws.deploy.remote.cloud import AwsCloud

SPARE_SECONDS = 15
"""What an answer may take longer than the function may: the start of an instance."""
LARGEST = 6_291_456
"""Bytes of the event of a call that is waited for (Lambda quotas)."""


def invoke(cloud: AwsCloud, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
    """Call a function once and wait for it."""
    called = cloud.places.function(function.name)
    payload, read = _encoded(cloud, function, events)
    if len(payload) > LARGEST:
        raise UnsupportedError(f"the event has {len(payload)} bytes, and a call of a Lambda function takes {LARGEST}")
    service = cloud.client("lambda", tries=1, patience=function.timeout + SPARE_SECONDS)
    begun = monotonic()
    with cloud.deployed(f"calling {called}"):
        reply = service.invoke(FunctionName=called, LogType="Tail", Payload=payload)
        answer = json.loads(reply["Payload"].read() or b"null")
    seconds = monotonic() - begun
    log = base64.b64decode(reply.get("LogResult", "")).decode("utf-8", "replace")
    if reply.get("FunctionError"):
        return Answer(failed=_raised(answer or {}), seconds=seconds, log=log)
    if function.trigger["kind"] == "http":
        from portable_aws.testing.http import decode_response

        return Answer(decode_response(answer), seconds=seconds, log=log)
    failed = read(answer)
    said = f"it reports as failed: {', '.join(failed)}; the log says why" if failed else ""
    return Answer(failed=said, seconds=seconds, log=log)


def _encoded(cloud: AwsCloud, function: FunctionModel, events: tuple[Any, ...]) -> tuple[bytes, Any]:
    """Return the event of one call, and what reads the ids that failed from its reply."""
    from portable_aws.testing.encoding import encoded
    from portable_aws.testing.http import encode_request

    if isinstance(events[0], Request):
        return json.dumps(encode_request(events[0])).encode(), None
    there = [_there(cloud, event) for event in events]
    delivered = [
        (str(getattr(event, "id", None) or number), event, _attempt(event)) for number, event in enumerate(there)
    ]
    native, read = next(encoded(function, delivered))
    return json.dumps(native).encode(), read


def _raised(answer: dict[str, Any]) -> str:
    """Return what a function raised, or what ended it."""
    kind, message = str(answer.get("errorType") or ""), str(answer.get("errorMessage") or "")
    return f"{kind}: {message}" if kind else message or "Lambda gives no reason"


def _there(cloud: AwsCloud, event: Any) -> Any:
    """Return an event of an object with the bucket's own name, and what is known of an object that is there."""
    found = in_bucket(event, cloud.places.resources, lambda name: cloud.named(cloud.places.bucket(name)))
    if found is event or event.size is not None or event.etag is not None:
        return found
    return StoredObject(found.bucket, found.key, *_facts(cloud, found.bucket, found.key), found.id)


def _facts(cloud: AwsCloud, bucket: str, key: str) -> tuple[int | None, str | None]:
    """Return the size and etag of an object, None for both where it is not there."""
    try:
        with asking(f"looking at {key} in {bucket}"):
            head = cloud.client("s3").head_object(Bucket=bucket, Key=key)
    except NotFound:
        return None, None
    return head["ContentLength"], head["ETag"].strip('"')


def _attempt(event: Any) -> int | None:
    found = getattr(event, "attempt", None)
    return found if isinstance(found, int) else None
