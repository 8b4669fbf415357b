"""Transactional batches on an emulator that has none: operations in, done one by one under their etags, undone on failure.

cosmosdb-server 1.0.1 takes a batch only from clients that name the partition key in each operation, which azure-cosmos does
not, and does not undo it. Microsoft's own emulator is asked first and then used as the service is. Nothing here runs
against the service. What is promised is less: other processes can see a transaction half done.
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
    """Return what does a batch on an emulator; `lock` keeps the transactions of this process apart."""

    def batch(operations: list[Operation], partition: str) -> None:
        with lock:
            if _has_batches(container):
                container.execute_item_batch(operations, partition_key=partition)
            else:
                _one_by_one(container, operations, partition)

    return batch


def _has_batches(container: Any) -> bool:
    """Ask for a batch that only reads a document that is not there."""
    try:
        container.execute_item_batch([("read", ("portable-asks",))], partition_key="portable-asks")
    except Exception as error:  # noqa: BLE001  (whatever it is, the batch itself will tell)
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
    """Do one operation and return what undoes it."""
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
