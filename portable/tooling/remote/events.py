"""Events that are sent to a stage: with the names of its buckets; and what is known of one that the cloud only took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portable.storage.event import StoredObject
from portable.tooling.infra.places import Places
from portable.tooling.infra.remote import Answer, Running


def in_bucket(event: Any, places: Places, bucket: Callable[[str], str]) -> Any:
    """Return the event of an object with the name that its bucket has in the cloud, and any other event as it is.

    `bucket` returns the name of a declared bucket.
    """
    if not isinstance(event, StoredObject) or ("bucket", event.bucket) not in places.resources:
        return event
    return StoredObject(bucket(event.bucket), event.key, event.size, event.etag, event.id)


def taken(running: Running, title: str, function: str, since: str, *notes: str) -> Answer:
    """Return the answer of a cloud, `title`, that took an event and no more; `since` is how far back its logs are worth a look."""
    stage = f"--target {running.blueprint.target} --stage {running.stage.name}"
    look = f"`portable logs {stage} --function {function} --since {since}` shows it after a while"
    return Answer(
        known=False, notes=(*notes, f"{title} has taken the event and does not say what became of it: {look}")
    )
