from collections.abc import Iterator

import pytest
from botocore.client import BaseClient

from portable.conformance.queue import Queues, QueueSuite
from portable.conformance.queue_cases import JOBS, QUEUES
from portable_aws.runtime.clients import AwsClient
from portable_aws.runtime.eventing import queue_driver


@pytest.fixture(scope="module")
def queues(aws_server: dict[str, str]) -> Iterator[Queues]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        client = AwsClient("sqs")
        urls = {}
        for queue in QUEUES:
            fifo = queue.ordered or queue.deduplicated
            attributes = {"FifoQueue": "true"} if fifo else {}
            made = client.get().create_queue(QueueName=queue.name + (".fifo" if fifo else ""), Attributes=attributes)
            urls[queue.name] = made["QueueUrl"]
        yield Queues(
            open=lambda queue: queue_driver(queue, urls[queue.name], client, poll=0),
            missing=lambda: queue_driver(JOBS, urls[JOBS.name] + "-gone", client),
            foreign=lambda text: client.get().send_message(QueueUrl=urls[JOBS.name], MessageBody=text),
            native=BaseClient,
        )


class TestSqs(QueueSuite):
    pass
