"""What Knative is told: events by a broker, schedules by PingSources, and what stays with the roles of the image."""

from __future__ import annotations

from typing import Any

from manifested import files_of, named, objects, read
from unit.tooling.rules.apps import HTTP, QUEUE, TICK, app, function

from portable.tooling.app.model import FunctionModel, Grant, ResourceModel
from portable_container.runtime.image import SCHEDULE

SWEPT = ResourceModel(
    "table", "rows", {"key": {"name": "id", "type": "str"}, "sort": None, "ttl": "until", "indexes": []}
)
BOTH = {**TICK, "expression": "0 3 */2 * 1"}
"""robfig/cron fires it on either day, Unix cron on a day that is both."""


def kustomization(files: dict[str, str]) -> list[dict[str, Any]]:
    [found] = read(files["knative/kustomization.yaml"])
    return [read(patch["patch"])[0] for patch in found.get("patches", ())]


def gone(patches: list[Any]) -> set[tuple[str, str]]:
    return {(one["kind"], one["metadata"]["name"]) for one in patches if isinstance(one, dict)}


def arguments(patches: list[Any]) -> list[str]:
    """Return the arguments that the role of schedules gets."""
    [[change]] = [one for one in patches if isinstance(one, list)]
    found: list[str] = change["value"]
    return found


def test_a_trigger_tries_as_often_as_the_function_and_buries_what_failed() -> None:
    tried: FunctionModel = function(
        "work", QUEUE, Grant("jobs-poison", "queue", ("send",)), attempts=4, backoff=2.5, dead_letter=True
    )
    once = function("mail", {**QUEUE, "queue": "mails"}, attempts=1)
    gone = function("gone", {"kind": "object", "bucket": "photos", "event": "deleted", "prefix": "", "suffix": ""})
    resources = (
        *(ResourceModel("queue", name, {}) for name in ("jobs", "mails")),
        ResourceModel("bucket", "photos", {}),
    )
    found = objects(files_of(app(tried, once, gone, resources=resources)), "knative/")
    deleted = {"source": "/shop/prod/bucket/photos", "type": "portable.object.deleted"}
    assert named(found, "Trigger", "gone")["spec"]["filter"] == {"attributes": deleted}
    trigger = named(found, "Trigger", "work")["spec"]
    assert trigger["filter"] == {"attributes": {"source": "/shop/prod/queue/jobs", "type": "portable.message"}}
    assert trigger["subscriber"]["uri"] == "/_portable/events/work"
    assert trigger["delivery"] == {
        "retry": 3,
        "backoffPolicy": "exponential",
        "backoffDelay": "PT2.5S",
        "deadLetterSink": {"ref": {"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": "dead-letters"}},
    }
    assert named(found, "Trigger", "mail")["spec"]["delivery"]["retry"] == 0
    assert {one["metadata"]["name"] for one in found if one["kind"] == "Broker"} == {"default", "dead-letters"}
    service = named(found, "Service", "events")
    assert service["metadata"]["labels"]["networking.knative.dev/visibility"] == "cluster-local"
    assert service["spec"]["template"]["spec"]["serviceAccountName"] == "work"


def test_schedules_are_fired_by_knative_and_nobody_else() -> None:
    night = function("nightly", {**TICK, "expression": "0 3 * * 7", "timezone": "Europe/Berlin"})
    files = files_of(app(night, function("page", {**HTTP, "path": "/page"})))
    source = named(objects(files, "knative/"), "PingSource", "nightly")["spec"]
    assert (source["schedule"], source["timezone"]) == ("0 3 * * 0", "Europe/Berlin")
    assert source["sink"]["uri"] == "/_portable/events/nightly"
    assert ("Deployment", SCHEDULE) in gone(kustomization(files))


def test_the_role_of_schedules_stays_to_sweep_and_to_fire_what_knative_cannot() -> None:
    swept = kustomization(files_of(app(function("nightly", TICK), resources=(SWEPT,))))
    assert ("Deployment", SCHEDULE) not in gone(swept)
    assert arguments(swept)[-2:] == ["--functions", ""]
    files = files_of(app(function("nightly", TICK), function("odd", BOTH)))
    assert arguments(kustomization(files))[-2:] == ["--functions", "odd"]
    assert [one["metadata"]["name"] for one in objects(files, "knative/") if one["kind"] == "PingSource"] == ["nightly"]
