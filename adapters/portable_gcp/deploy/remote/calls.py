"""A function and portable events in, what became of the call out.

HTTP functions are called by the URL of their service. The services of all others take no calls from outside the project, so
their events go the way that the real ones go: into Pub/Sub, or as a run of the Cloud Scheduler job.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from portable.errors import UnsupportedError
from portable.eventing.request import Request
from portable.eventing.sent_query import query_of
from portable.tooling.app.kinds.bucket import in_bucket
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.remote import Answer
from portable.tooling.remote.by_url import call_url
from portable_gcp.deploy.remote.cloud import GoogleCloud

_SENT = ("data", "attributes", "orderingKey")
"""What of a message that Pub/Sub pushes is published; the rest is Pub/Sub's own."""


def invoke(cloud: GoogleCloud, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
    """Call a function once."""
    kind = function.trigger["kind"]
    if isinstance(events[0], Request):
        return _http(cloud, function, events[0])
    if kind == "schedule":
        _run_job(cloud, function)
        return _taken(cloud, function, "Cloud Scheduler fires it now, whatever time the event has.")
    _publish(cloud, function, _topic(cloud, function), events)
    return _taken(cloud, function)


def _taken(cloud: GoogleCloud, function: FunctionModel, *notes: str) -> Answer:
    return Answer.taken(cloud.running, "Google Cloud", function.name, "2m", *notes)


def _http(cloud: GoogleCloud, function: FunctionModel, request: Request) -> Answer:
    """Send a request to the service, which anybody may call: `auth=` is checked by the function."""
    service = cloud.service(function.name)
    uri = cloud.deployed(service.name).uri
    return call_url(cloud.plain, uri, request, query_of(request), function.timeout, {})


def _topic(cloud: GoogleCloud, function: FunctionModel) -> str:
    """Return the id of the topic that brings a function its events. Raises UnsupportedError where it brings them to others too."""
    trigger, places = function.trigger, cloud.places
    kind = trigger["kind"]
    if kind == "object":
        return places.pubsub("events", function.name)
    name = str(trigger[kind])
    others = [each.name for each in places.triggered(kind, name) if each.name != function.name]
    if others:
        raise UnsupportedError(
            f"on Google Cloud an event reaches {function.name} by the {kind} {name} only, and {', '.join(others)} would get it "
            f"as well: send it to the {kind} from the app if all of them are to get it"
        )
    return places.pubsub(kind, name)


def _publish(cloud: GoogleCloud, function: FunctionModel, topic: str, events: tuple[Any, ...]) -> None:
    """Publish events in the form in which their service publishes them."""
    from portable_gcp.testing.encoding import encoded

    messages = []
    for event in events:
        native = encoded(function, in_bucket(event, cloud.places.resources, cloud.bucket), None)
        message = json.loads(native.body)["message"]
        messages.append({name: message[name] for name in _SENT if name in message})
    url = f"{cloud.endpoints.pubsub}/v1/projects/{cloud.project}/topics/{quote(topic, safe='')}:publish"
    cloud.api.json(f"publishing to {topic}", "POST", url, {"messages": messages}, repeat=False)


def _run_job(cloud: GoogleCloud, function: FunctionModel) -> None:
    region = cloud.deployed(cloud.service(function.name).name).region
    job = f"projects/{cloud.project}/locations/{region}/jobs/{cloud.places.job(function.name)}"
    cloud.api.json(f"running {job}", "POST", f"{cloud.endpoints.scheduler}/v1/{job}:run", {}, repeat=False)
