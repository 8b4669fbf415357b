"""A whole app over any drivers, in this process: requests in, answers out; messages from real queues to its functions.

It runs what `portable package` generates: the calls, the route table, the consumers. What it stands in for is the
provider's poller: it receives, hands over, and acknowledges or lets the message come again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from portable.base.awaited import awaited
from portable.compute import dispatch
from portable.compute.consume import consume
from portable.compute.context import Context
from portable.eventing.request import Request
from portable.eventing.schedule import Tick
from portable.testing.app import App
from portable.testing.session.running import Runner
from portable.tooling.app.model import FunctionModel
from portable.tooling.entry.call_source import call_source
from portable.tooling.entry.handlers import consumer_source
from portable.tooling.entry.names import Names
from portable.tooling.entry.parts import assemble, entry_parts


class World(NamedTuple):
    """Where an app runs: what opens its resources, the queue that feeds each function, its secrets by name.

    `again` is for how long a delivery hides a message, in seconds; `patience` how long a message may be under way.
    """

    name: str
    table: Callable[[Any], Any]
    queue: Callable[[Any], Any]
    topic: Callable[[Any], Any]
    feed: Callable[[FunctionModel], Any]
    secret: Callable[[str], str]
    again: float = 1.0
    patience: float = 1.0


class Opened:
    """The drivers of a world, each made once; the asynchronous ones are the twins that every adapter has."""

    def __init__(self, world: World, settings: Mapping[str, str]) -> None:
        self._world = world
        self._settings = settings
        self._made: dict[tuple[str, str], Any] = {}

    def of(self, resource: Any) -> Any:
        key = (resource.kind, resource.name)
        return self._made.get(key) or self._made.setdefault(key, getattr(self._world, resource.kind)(resource))

    def async_of(self, resource: Any) -> Any:
        return awaited(self.of(resource))

    def secret(self, secret: Any) -> str:
        return self._world.secret(secret.name)

    def setting(self, setting: Any) -> str:
        return self._settings.get(setting.name) or setting.default


class Answer(NamedTuple):
    """An answer: its status, its headers by name, its JSON."""

    status: int
    headers: dict[str, str]
    json: Any


class Running:
    """An app in a world."""

    def __init__(self, app: App, world: World, settings: Mapping[str, str] | None = None) -> None:
        self.app = app
        self.world = world
        self.drivers = Opened(world, settings or {})
        self._calls: dict[str, Any] = {}
        self._runner = Runner()
        self._table = app.table(lambda name, _: lambda request, context: self.call(name)(request, context))
        self.feeds = {f.name: world.feed(f) for f in app.model.functions if f.trigger["kind"] in ("queue", "topic")}
        self.deliveries: list[tuple[str, int | None]] = []

    def call(self, name: str) -> Any:
        """Return the generated call of a function; of one that takes messages its consumer."""
        found = self._calls.get(name)
        if found is None:
            function = self.app.functions[name]
            names = Names()
            call = call_source(function, names)
            made = consumer_source(function, call, names) if name in self.feeds else call.name
            parts = entry_parts(f"The call of {name}.", None, names, (call,), (f"found = {made}",))
            namespace: dict[str, Any] = {
                "_drivers": self.drivers,
                "_run": self._runner.run,
                "_observed": lambda _name, call: call,
                "__name__": call.name,
            }
            exec(compile(assemble(parts, here=True), f"<the call of {name}>", "exec"), namespace)
            found = self._calls.setdefault(name, namespace["found"])
        return found

    def http(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a request; `key` is its idempotency key, other options are its query."""
        headers = [("content-type", "application/json")] if body is not None else []
        if "key" in options:
            headers.append(("idempotency-key", options.pop("key")))
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, urlencode(options), headers, content, "127.0.0.1")
        context = Context(f"r-{time.monotonic_ns()}", "", time.time() + 30)
        response = dispatch.http(self._table, request, context)
        text = response.body or b"null"
        return Answer(response.status, {name.lower(): str(value) for name, value in response.headers}, json.loads(text))

    def tick(self, name: str, tick: Tick) -> None:
        """Fire a schedule."""
        dispatch.event(self.call(name), tick, Context("t", name, time.time() + 30))

    def step(self, names: tuple[str, ...] = ()) -> int:
        """Deliver what waits now, once; return how many deliveries there were."""
        count = 0
        for name in names or tuple(self.feeds):
            function, feed = self.app.functions[name], self.feeds[name]
            for received in feed.receive(10, self.world.again):
                count += 1
                message = received.message
                wanted = dict(function.trigger.get("filter") or {}).items() <= message.attributes.items()
                if wanted:
                    self.deliveries.append((name, message.attempt))
                context = Context(message.id, name, time.time() + 30, message)
                if not wanted or consume(self.call(name), message, context):
                    feed.acknowledge([received.receipt])
        return count

    def settle(self) -> None:
        """Deliver until nothing came for as long as a message may be hidden and under way."""
        quiet = time.monotonic()
        while time.monotonic() - quiet < self.world.again + self.world.patience:
            if self.step():
                quiet = time.monotonic()
            else:
                time.sleep(0.05)

    def close(self) -> None:
        """Close the event loop."""
        self._runner.close()
