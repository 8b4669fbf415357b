from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient

from portable.conformance.queue import Queues, QueueSuite
from portable.conformance.queue_cases import JOBS, QUEUES
from portable_azure.runtime.clients import AzureClients
from portable_azure.runtime.eventing import queue_driver

LACKS = {
    "ordered": "a storage queue keeps no order; Service Bus sessions do",
    "deduplicated": "a storage queue has no deduplication",
}


@pytest.fixture(scope="module")
def queues(azure_storage: str) -> Iterator[Queues]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AzureWebJobsStorage", azure_storage)
        clients = AzureClients()
        for queue in QUEUES:
            clients.queue(queue.name).create_queue()
        yield Queues(
            open=lambda queue: queue_driver(queue, queue.name, clients),
            lacks=LACKS,
            missing=lambda: queue_driver(JOBS, "conformance-gone", clients),
            foreign=lambda text: clients.queue(JOBS.name).send_message(text),
            native=QueueClient,
        )


class TestStorageQueue(QueueSuite):
    pass
