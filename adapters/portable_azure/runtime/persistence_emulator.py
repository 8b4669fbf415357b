"""Transactional batches on an emulator without them: takes operations, does them one by one, and undoes them on failure.

cosmosdb-server 1.0.1 needs the partition key in each operation of a batch, which azure-cosmos does not send, and never undoes
a batch. Microsoft's own emulator has batches, which a first call finds out, and is used like the service. This module is
never used with the service. It promises less: other processes can see a half-finished transaction.
"""

from __future__ import annotations

from portable_azure.runtime.errors import status_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Lock
    from typing import Any

    Operation = tuple[Any, ...]


def batch_of(container: Any, lock: Lock) -> Callable[[list[Operation], str], object]:
    """Return a function that runs a batch on an emulator. `lock` lets only one transaction of this process run."""

    def batch(operations: list[Operation], partition: str) -> None:
        with lock:
            if _has_batches(container):
                container.execute_item_batch(operations, partition_key=partition)
            else:
                _one_by_one(container, operations, partition)

    return batch


def _has_batches(container: Any) -> bool:
    """Return whether the emulator has batches. The test is a batch that reads a missing document."""
    try:
        container.execute_item_batch([("read", ("portable-asks",))], partition_key="portable-asks")
    except Exception as error:  # noqa: BLE001  (the batch itself will raise it again)
        return "partitionkey" not in str(error)
    return True


def _one_by_one(container: Any, operations: list[Operation], partition: str) -> None:
    undo: list[Callable[[], object]] = []
    try:
        for name, arguments, *options in operations:
            etag = options[0]["if_match_etag"] if options else None
            undo.append(_do(container, name, arguments, partition, etag))
    except Exception:
        for step in reversed(undo):
            step()
        raise


def _do(
    container: Any, name: str, arguments: tuple[Any, ...], partition: str, etag: str | None
) -> Callable[[], object]:
    """Do one operation and return a function that undoes it."""
    from azure.core import MatchConditions

    match: dict[str, Any] = {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
    identity = arguments[0] if isinstance(arguments[0], str) else arguments[0]["id"]
    before = _read(container, identity, partition)
    if name == "create":
        container.create_item(arguments[0])
    elif name == "upsert":
        container.upsert_item(arguments[0])
    elif name == "replace":
        container.replace_item(identity, arguments[1], **match)
    else:
        container.delete_item(identity, partition_key=partition, **match)
    if before is None:
        return lambda: container.delete_item(identity, partition_key=partition)
    return lambda: container.upsert_item(before)


def _read(container: Any, identity: str, partition: str) -> Any:
    headers = {"x-ms-documentdb-query-enablecrosspartition": "True"}  # see EMULATOR in persistence.py
    try:
        return container.read_item(identity, partition_key=partition, headers=headers)
    except Exception as error:
        if status_of(error) == 404:
            return None
        raise
