"""A small Functions host around Microsoft's real Python worker: run by Python 3.13 in the folder of a bundle.

Real is the worker (`azure-functions-runtime`): it indexes function_app.py, decodes each trigger, runs the function and
encodes what it returns. Ours is what the .NET host does around it, in `azure_routing`, and the loopback server.

usage: python azure_worker.py BUNDLE PORT
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

BUNDLE = os.path.abspath(sys.argv[1])
OWN = str(Path(__file__).parent)
sys.path[:] = [path for path in sys.path if path not in ("", OWN, BUNDLE)]
PACKAGES = os.path.join(BUNDLE, ".python_packages", "lib", "site-packages")
sys.path.insert(0, PACKAGES)  # first these, the app's folder last: as the worker's DependencyManager
sys.path.append(BUNDLE)

import azure_functions_runtime as runtime  # noqa: E402
from azure_functions_runtime.bindings.datumdef import Datum, parse_to_rpc_http_cookie_list  # noqa: E402
from azure_functions_runtime.native_invocation import invocation_request_native  # noqa: E402

if TYPE_CHECKING:
    from portable_azure.testing.hosted import azure_routing
else:  # this process knows only its own folder
    sys.path.append(OWN)
    import azure_routing

    sys.path.remove(OWN)


class Message:
    """Any protobuf message: keyword arguments become attributes."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def _message(name: str, **enums: Any) -> type:
    return type(name, (Message,), enums)


class Timestamp(Message):
    """google.protobuf.Timestamp, as far as the worker uses it."""


PLAIN = (
    *("WorkerInitResponse", "WorkerMetadata", "FunctionMetadataResponse", "FunctionLoadResponse", "RpcException"),
    *("InvocationResponse", "RpcFunctionMetadata", "RpcRetryOptions", "TypedData", "ParameterBinding", "RpcHttp"),
    *("NullableString", "NullableBool", "NullableDouble", "NullableTimestamp", "Duration"),
)
PROTOS = SimpleNamespace(
    **{name: _message(name) for name in PLAIN},
    Timestamp=Timestamp,
    StatusResult=_message("StatusResult", Failure=0, Success=1, Cancelled=2),
    BindingInfo=_message("BindingInfo", undefined=0, string=1, binary=2, stream=3, out=1, inout=2, **{"in": 0}),
    RpcHttpCookie=_message(
        "RpcHttpCookie", SameSite=SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})
    ),
)
PROTOS.RpcRetryOptions.RetryStrategy = SimpleNamespace(exponential_backoff=0, fixed_delay=1)


class Host:
    """The functions of a bundle, indexed; `call` runs one with what its trigger delivers."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        runtime.start_threadpool_executor()
        request = SimpleNamespace(worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=BUNDLE))
        properties = {"host": "127.0.0.1", "protos": PROTOS}
        started = self.run(runtime.worker_init_request(SimpleNamespace(request=request, properties=properties)))
        if started.result.status != PROTOS.StatusResult.Success:
            error = started.result.exception
            raise SystemExit(f"{error.message}\n{error.stack_trace}")
        found = self.run(runtime.functions_metadata_request(SimpleNamespace()))
        if found.result.status != PROTOS.StatusResult.Success:
            raise SystemExit(f"{found.result.exception.message}\n{found.result.exception.stack_trace}")
        functions = found.function_metadata_results or []
        self.functions = {function.name: function for function in functions}
        self.bindings = {f.name: [json.loads(binding) for binding in f.raw_bindings] for f in functions}
        self.routes = azure_routing.routes(self.bindings)

    def run(self, coroutine: Any) -> Any:
        """Return what a coroutine of the worker returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def call(self, name: str, inputs: dict[str, Any], metadata: dict[str, Any], **more: Any) -> tuple[bool, Any, str]:
        """Return whether the function ran, what it returned and the error's text."""
        ok, returned, _, error, _ = self.run(
            invocation_request_native(
                str(uuid.uuid4()), self.functions[name].function_id, list(inputs.items()), metadata, **more
            )
        )
        return ok, returned, error or ""

    def http(self, request: azure_routing.HostRequest) -> azure_routing.HostReply:
        """Answer a request: by the function whose route comes first, else as the host does."""
        found = azure_routing.find(self.routes, request)
        if found is None:
            return azure_routing.HostReply(404, [("x-answered-by", "host")], b"")
        route, parameters = found
        fields = azure_routing.rpc_http(request, parameters)
        datum = Datum(
            {
                "method": Datum(fields["method"], "string"),
                "url": Datum(fields["url"], "string"),
                "body": Datum(fields["body"], "bytes"),
                **{
                    name: {key: Datum(value, "string") for key, value in fields[name].items()}
                    for name in ("headers", "params", "query")
                },
            },
            "http",
        )
        trace = fields["headers"].get("traceparent", "")
        ok, returned, error = self.call(route.function, {route.argument: datum}, {}, trace_parent=trace)
        if not ok:
            return azure_routing.HostReply(500, [("x-answered-by", "host"), ("x-error", error[:200])], b"")
        value = returned.value
        cookies = parse_to_rpc_http_cookie_list(value.get("cookies"), PROTOS) or []
        headers = {name: header.value for name, header in value["headers"].items()}
        reply = azure_routing.reply(int(value["status_code"].value), headers, cookies, value["body"].value)
        reply.headers.append(("x-answered-by", route.function))
        return reply


def _datum(given: dict[str, Any]) -> Datum:
    if given["type"] == "bytes":
        return Datum(base64.b64decode(given["value"]), "bytes")
    if given["type"] == "collection_bytes":
        bodies = [base64.b64decode(item) for item in given["value"]]
        return Datum(SimpleNamespace(bytes=bodies), "collection_bytes")
    return Datum(given["value"], given["type"])


def _serve(host: Host, port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the base class calls it so
            pass

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # a route without methods takes every method, also those of no standard
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/admin/functions"):
                self._admin(json.loads(body) if body else None)
                return
            target = self.requestline.split(" ")[1]  # as it was sent: `path` has lost a second slash at its start
            request = azure_routing.HostRequest(self.command, target, list(self.headers.items()), body)
            reply = host.http(request)
            self._send(reply.status, reply.headers, reply.body)

        def _admin(self, given: Any) -> None:
            name = self.path.removeprefix("/admin/functions").strip("/")
            if not name:
                self._send(200, [], json.dumps(host.bindings).encode())
                return
            inputs = {key: _datum(value) for key, value in given["inputs"].items()}
            metadata = {key: _datum(value) for key, value in given.get("metadata", {}).items()}
            ok, _, error = host.call(name, inputs, metadata, **given.get("more", {}))
            self._send(200, [], json.dumps({"ok": ok, "error": error}).encode())

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            names = {name.lower() for name, _ in headers}
            for name, value in headers:
                self.send_header(name, value)
            if "content-length" not in names and status not in (204, 304):
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    _serve(Host(), int(sys.argv[2]))
