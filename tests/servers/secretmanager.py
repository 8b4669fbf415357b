"""Secret Manager on a loopback port: its gRPC service reads, adds and lists versions, over the messages of Google's own package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.secretmanager_v1.types import (
    AccessSecretVersionRequest,
    AccessSecretVersionResponse,
    AddSecretVersionRequest,
    ListSecretVersionsRequest,
    ListSecretVersionsResponse,
    SecretVersion,
)

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"


@contextmanager
def secretmanager(secrets: Mapping[str, bytes]) -> Iterator[str]:
    """Serve secrets, by their full version names, until the block ends; yield host:port. Names with `denied` are refused.

    A secret whose only version is `/versions/none` has none.
    """
    values = dict(secrets)

    def versions(parent: str, context: grpc.ServicerContext) -> list[str]:
        found = [name for name in values if name.startswith(f"{parent}/versions/")]
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{parent}] not found.")
        return [name for name in found if not name.endswith("/none")]

    def add(request: Any, context: grpc.ServicerContext) -> Any:
        number = len(versions(request.parent, context)) + 1
        values[f"{request.parent}/versions/{number}"] = values[f"{request.parent}/versions/latest"] = (
            request.payload.data
        )
        return SecretVersion(name=f"{request.parent}/versions/{number}")

    def listed(request: Any, context: grpc.ServicerContext) -> Any:
        return ListSecretVersionsResponse(
            versions=[SecretVersion(name=name) for name in versions(request.parent, context)]
        )

    def access(request: Any, context: grpc.ServicerContext) -> Any:
        if "denied" in request.name:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"no access to {request.name}")
        if request.name not in values:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{request.name}] not found or has no versions.")
        return AccessSecretVersionResponse(name=request.name, payload={"data": values[request.name]})

    def method(call: Any, request: Any, response: Any) -> grpc.RpcMethodHandler[Any, Any]:
        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=request.deserialize, response_serializer=response.serialize
        )

    methods = {
        "AccessSecretVersion": method(access, AccessSecretVersionRequest, AccessSecretVersionResponse),
        "AddSecretVersion": method(add, AddSecretVersionRequest, SecretVersion),
        "ListSecretVersions": method(listed, ListSecretVersionsRequest, ListSecretVersionsResponse),
    }
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
