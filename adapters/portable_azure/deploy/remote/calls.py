"""A function and portable events in, what became of the call out.

HTTP functions are called by their URL, behind a gateway with the key that it has. Any other one is called by the host's admin
API, with the text that its service would deliver ("Manually run a non HTTP-triggered function"): it takes the event and does not
say what became of it.
"""

from __future__ import annotations

import json
from typing import Any

from portable.errors import PortableError, UnsupportedError
from portable.eventing.request import Request
from portable.eventing.sent_query import query_of
from portable.tooling.app.kinds.bucket import in_bucket
from portable.tooling.app.model import FunctionModel
from portable.tooling.infra.remote import Answer
from portable.tooling.remote.by_url import call_url
from portable_azure.deploy.gateway import gated
from portable_azure.deploy.remote.cloud import SITES, App, AzureCloud
from portable_azure.runtime.gateway import KEY


def invoke(cloud: AzureCloud, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
    """Call a function once."""
    if isinstance(events[0], Request):
        app = cloud.app_of(function.name)
        behind = gated(cloud.running.blueprint) is not None
        more = {KEY: str(_keys(cloud, app)["functionKeys"]["default"])} if behind else None
        host = f"{cloud.endpoints.scheme}://{app.host}"
        return call_url(cloud.host, host, events[0], query_of(events[0]), function.timeout, more)
    if function.trigger["kind"] == "stream":
        raise UnsupportedError(
            f"{function.name} takes records of a stream, and Azure's admin API hands over no batch of them: send a record to "
            f"the stream {function.trigger['stream']}"
        )
    app, text = cloud.app_of(function.name), _text(cloud, function, events[0])
    key = str(_keys(cloud, app)["masterKey"])
    url = f"{cloud.endpoints.scheme}://{app.host}/admin/functions/{function.name}"
    headers = {KEY: key, "content-type": "application/json"}
    body = json.dumps({"input": text}).encode()
    cloud.host.ask(f"calling {function.name} in {app.name}", "POST", url, headers, body, repeat=False)
    return Answer.taken(cloud.running, "Azure", function.name, "10m")


def _keys(cloud: AzureCloud, app: App) -> dict[str, Any]:
    """Return the keys of a host and of its admin API, which Azure Resource Manager tells to whoever may know them."""
    url = f"{cloud.endpoints.management}{app.id}/host/default/listKeys?api-version={SITES}"
    found: dict[str, Any] = cloud.management.json(f"asking for the keys of {app.name}", "POST", url) or {}
    if not found.get("masterKey"):
        raise PortableError(
            f"{app.name} has no keys yet: its host has not started once. Call an HTTP function of it first"
        )
    return found


def _text(cloud: AzureCloud, function: FunctionModel, event: Any) -> str:
    """Return the text that a function's service would deliver, in the form of the test kit."""
    from portable_azure.testing.encoding import encoded

    kind = cloud.places.functions[function.name].details["type"]
    event = in_bucket(event, cloud.places.resources, cloud.places.bucket)
    [(_, native, _)] = encoded(function, [(str(getattr(event, "id", None) or ""), event, None)], kind)
    if isinstance(native, str):
        return native
    body: bytes = native.get_body()  # type: ignore[union-attr]  # streams were refused
    return body.decode()
