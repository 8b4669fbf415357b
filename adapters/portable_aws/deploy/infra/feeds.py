"""Which SQS queues an app needs, and what each is for: the queues it declares, those that feed functions, dead letters.

A queue function takes from its queue, a topic function from a queue of its own that the topic fills. A bucket's function is
called by S3 itself, unless it asks for what only a queue keeps, or S3 refuses its filter beside another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portable.eventing.queue import POISON
from portable.tooling.infra.blueprint import DeployedFunction
from portable_aws.deploy.facts import FACTS
from portable_aws.deploy.infra.places import AwsPlaces


@dataclass(frozen=True, slots=True)
class Feed:
    """A queue. `reader` is the function that takes from it, `dead` the queue of what failed at every attempt."""

    name: str
    reader: DeployedFunction | None = None
    dead: str | None = None


def feeds(places: AwsPlaces) -> list[Feed]:
    """Return every queue that an app needs, by name."""
    blueprint = places.blueprint
    readers = {
        function.feed: function
        for function in blueprint.functions
        if function.feed is not None and waits_in_queue(function, places)
    }
    names = places.queues() | {name for name in readers if name is not None}
    return [
        Feed(name, readers.get(name), f"{name}{POISON}" if f"{name}{POISON}" in names else None)
        for name in sorted(names)
    ]


def least_wait(timeout: int, window: int) -> int:
    """Return how long a message must be hidden while it is handled: six time-outs (Lambda "configuring a queue"), and the window."""
    return 6 * timeout + window


def waits_in_queue(function: DeployedFunction, places: AwsPlaces) -> bool:
    """Say whether the events of a function wait for it in an SQS queue."""
    kind = function.trigger["kind"]
    return kind in ("queue", "topic") or (kind == "object" and not called_directly(function, places))


def called_directly(function: DeployedFunction, places: AwsPlaces) -> bool:
    """Say whether S3 calls a bucket's function itself."""
    kept = (
        function.dead_letters is None
        and function.backoff is None
        and (function.attempts or 1) <= FACTS.most("attempts.object")
    )
    return kept and not overlaps(function, places)


def overlaps(function: DeployedFunction, places: AwsPlaces) -> bool:
    """Say whether S3 refuses the filter of a bucket's function because another one may match the same key."""
    others = places.triggered("object", function.trigger["bucket"])
    return any(other is not function and same_keys(function.trigger, other.trigger) for other in others)


def same_keys(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Say whether two triggers may be told of one key: one prefix begins with the other, and one suffix ends with the other."""
    if (one["bucket"], one["event"]) != (other["bucket"], other["event"]):
        return False
    prefixes = one["prefix"].startswith(other["prefix"]) or other["prefix"].startswith(one["prefix"])
    suffixes = one["suffix"].endswith(other["suffix"]) or other["suffix"].endswith(one["suffix"])
    return prefixes and suffixes
