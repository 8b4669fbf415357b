"""The host's queue listener around a bundle's own functions, on a real queue service: run in the folder of a bundle.

As QueueProcessor of Azure/azure-sdk-for-net does it: a message that was handled is deleted; one that failed is made
visible again, or moved to `<queue>-poison` once it was delivered `maxDequeueCount` times. It stops when nothing is left,
and prints each delivery as a line of JSON: queue, id, count and outcome.

usage: python -P azure_queues.py (AzureWebJobsStorage and the PORTABLE_FEED_ variables say where)
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter
from azure.storage.queue import QueueServiceClient

sys.path.append(os.getcwd())


def main() -> None:
    """Deliver every message until all queues are empty."""
    function_app = import_module("function_app")

    service = QueueServiceClient.from_connection_string(os.environ["AzureWebJobsStorage"])  # noqa: SIM112
    host = json.loads(Path("host.json").read_text())["extensions"]["queues"]
    assert host["messageEncoding"] == "none"
    feeds = []
    for function in function_app._app.get_functions():
        trigger = json.loads(function.get_function_json())["bindings"][0]
        if trigger["type"] == "queueTrigger":
            feeds.append((os.environ[trigger["queueName"].strip("%")], function.get_user_function()))
    idle = 0
    while idle < 2:
        handled = sum(_poll(service, name, call, host["maxDequeueCount"]) for name, call in feeds)
        idle = 0 if handled else idle + 1


def _poll(service: Any, name: str, call: Any, limit: int) -> int:
    client = service.get_queue_client(name)
    count = 0
    for message in client.receive_messages(max_messages=16, visibility_timeout=30):
        count += 1
        outcome = _deliver(call, message)
        if outcome == "done":
            client.delete_message(message)
        elif message.dequeue_count >= limit:
            service.get_queue_client(f"{name}-poison").send_message(message.content)
            client.delete_message(message)
            outcome = "poison"
        else:
            client.update_message(message, visibility_timeout=0)
        told = {"queue": name, "id": message.id, "count": message.dequeue_count, "outcome": outcome}
        sys.stdout.write(f"{json.dumps({'delivery': told})}\n")
        sys.stdout.flush()
    return count


def _deliver(call: Any, message: Any) -> str:
    """Return "done", "failed", or "died" for what would have ended the process."""
    metadata = {
        "Id": Datum(message.id, "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "json"),
        "InsertionTime": Datum(json.dumps(message.inserted_on.isoformat()), "json"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
    }
    native = QueueMessageInConverter.decode(Datum(message.content, "string"), trigger_metadata=metadata)
    context = SimpleNamespace(invocation_id=f"call-{message.id}", trace_context=None, retry_context=None)
    try:
        result = call(native, context)
        if inspect.isawaitable(result):
            asyncio.run(_awaited(result))
    except Exception:
        return "failed"
    except BaseException:
        return "died"
    return "done"


async def _awaited(result: Any) -> None:
    await result


if __name__ == "__main__":
    main()
