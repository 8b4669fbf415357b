"""A function and portable events in, what became of the call out: HTTP by the app's URL, all others as CloudEvents."""

from __future__ import annotations

import os
from time import monotonic
from typing import Any

from portable.errors import NotFound, PermissionDenied, PortableError
from portable.eventing.request import Request
from portable.eventing.sent_query import query_of
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.remote import Answer, Running
from portable.tooling.remote.by_url import SPARE_SECONDS, call_url
from portable.tooling.remote.rest import Caller, Reply
from portable_container.deploy.attributes import source_of
from portable_container.deploy.compose import ports
from portable_container.deploy.remote.places import COMPOSE, TOKEN, URL, runs
from portable_container.deploy.site import Site

CALLER = Caller("the app", None, "", "requests")


def invoke(running: Running, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
    """Call a function once. Raises PortableError without an address, and where the app takes no such call."""
    if isinstance(events[0], Request):
        return call_url(CALLER, base_of(running, function.name), events[0], query_of(events[0]), function.timeout)
    from portable_container.testing.cloudevents import BINARY, encode_event, event_of

    if len(events) > 1:
        raise PortableError(
            f"{function.name} gets one event in a call on your own machines: send one of the {len(events)}"
        )
    attempt = getattr(events[0], "attempt", None)
    source = source_of(running.blueprint.app, running.stage.name, function.name, function.trigger)
    event = event_of(function.trigger, events[0], attempt if isinstance(attempt, int) else None, source)
    native = encode_event(function.name, event, BINARY)
    token = os.environ.get(TOKEN)
    signed = {"authorization": f"Bearer {token}"} if token else {}
    url = f"{base_of(running)}{native.path}"
    begun = monotonic()
    reply = CALLER.send(
        native.method, url, {**dict(native.headers), **signed}, native.body, function.timeout + SPARE_SECONDS
    )
    return _answer(reply, url, function.name, monotonic() - begun)


def base_of(running: Running, name: str | None = None) -> str:
    """Return the address of the app, or of a function with a role of its own. Raises PortableError if nobody says it."""
    given = os.environ.get(URL, "").rstrip("/")
    if given:
        if not given.startswith(("http://", "https://")):
            raise PortableError(f"{URL} must begin with http:// or https://, not {given!r}")
        return given
    if running.blueprint.domain:
        return f"https://{running.blueprint.domain}"
    if runs(running) == COMPOSE:
        site = Site(running.blueprint, running.stage)
        role = next((role.name for role in site.roles for one in role.functions if one.name == name), "serve")
        known = ports(site)
        if known:
            return f"http://127.0.0.1:{known.get(role, next(iter(known.values())))[1]}"
    raise PortableError(
        f"nobody says where the stage {running.stage.name} is: set {URL} to its address, such as https://shop.example.com, or "
        f"to http://127.0.0.1:8080 beside `kubectl port-forward --namespace {Site(running.blueprint, running.stage).namespace} "
        "service/serve 8080:80`"
    )


def _answer(reply: Reply, url: str, function: str, seconds: float) -> Answer:
    if 200 <= reply.status < 300:
        return Answer(seconds=seconds)
    said = reply.body.decode("utf-8", "replace").strip()[:500]
    if reply.status == 404:
        raise NotFound(
            f"{url}: nothing takes CloudEvents for {function} there: run the image with `serve --events --functions {function}` "
            "and the account of its role, as knative/events.yaml does"
        )
    if reply.status in (401, 403):
        raise PermissionDenied(f"{url}: the app does not accept the sender: set {TOKEN} to the token that serve has")
    again = " A broker would bring it again." if reply.status == 503 else ""
    return Answer(failed=f"{function} answered {reply.status}: {said or 'its log says why'}.{again}", seconds=seconds)
