"""Secret Manager on a loopback port: the access method of its gRPC service, over the messages of Google's own package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.secretmanager_v1.types import AccessSecretVersionRequest, AccessSecretVersionResponse

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"


@contextmanager
def secretmanager(secrets: Mapping[str, bytes]) -> Iterator[str]:
    """Serve secrets, by their full version names, until the block ends; yield host:port. Names with `denied` are refused."""

    def access(request: Any, context: grpc.ServicerContext) -> Any:
        if "denied" in request.name:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"no access to {request.name}")
        if request.name not in secrets:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{request.name}] not found or has no versions.")
        return AccessSecretVersionResponse(name=request.name, payload={"data": secrets[request.name]})

    method = grpc.unary_unary_rpc_method_handler(
        access,
        request_deserializer=AccessSecretVersionRequest.deserialize,
        response_serializer=AccessSecretVersionResponse.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"AccessSecretVersion": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
