"""A function and portable events in, what became of the call out.

HTTP functions are called by their URL. Any other one is called by the host's admin API, with the text that its service
would deliver ("Manually run a non HTTP-triggered function"): it takes the event and does not say what became of it.
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
from portable_azure.deploy.remote.cloud import SITES, App, AzureCloud


def invoke(cloud: AzureCloud, function: FunctionModel, events: tuple[Any, ...]) -> Answer:
    """Call a function once."""
    if isinstance(events[0], Request):
        host = f"{cloud.endpoints.scheme}://{cloud.app_of(function.name).host}"
        return call_url(cloud.host, host, events[0], query_of(events[0]), function.timeout)
    if function.trigger["kind"] == "stream":
        raise UnsupportedError(
            f"{function.name} takes records of a stream, and Azure's admin API hands over no batch of them: send a record to "
            f"the stream {function.trigger['stream']}"
        )
    app, text = cloud.app_of(function.name), _text(cloud, function, events[0])
    key = _master_key(cloud, app)
    url = f"{cloud.endpoints.scheme}://{app.host}/admin/functions/{function.name}"
    headers = {"x-functions-key": key, "content-type": "application/json"}
    body = json.dumps({"input": text}).encode()
    cloud.host.ask(f"calling {function.name} in {app.name}", "POST", url, headers, body, repeat=False)
    return Answer.taken(cloud.running, "Azure", function.name, "10m")


def _master_key(cloud: AzureCloud, app: App) -> str:
    """Return the key of the host's admin API, which Azure Resource Manager tells to whoever may know it."""
    url = f"{cloud.endpoints.management}{app.id}/host/default/listKeys?api-version={SITES}"
    found = cloud.management.json(f"asking for the master key of {app.name}", "POST", url) or {}
    if not found.get("masterKey"):
        raise PortableError(
            f"{app.name} has no master key yet: its host has not started once. Call an HTTP function of it first"
        )
    return str(found["masterKey"])


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
