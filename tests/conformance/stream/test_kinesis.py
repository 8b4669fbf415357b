import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient

from portable.conformance.stream import CLICKS, Streams, StreamSuite
from portable.eventing.record import Record
from portable_aws.runtime.clients import AwsClient
from portable_aws.runtime.eventing import stream_driver
from portable_aws.runtime.records import decode


class Shards:
    """Reads every shard of a stream, as the poller of Lambda does: `read` returns what came since."""

    def __init__(self, client: Any, stream: str, kind: str) -> None:
        self._client = client
        self._iterators = {}
        for shard in client.list_shards(StreamName=stream)["Shards"]:
            found = client.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType=kind)
            self._iterators[shard["ShardId"]] = found["ShardIterator"]

    def read(self) -> list[Record[bytes]]:
        records: list[Record[bytes]] = []
        for shard, iterator in self._iterators.items():
            answer = self._client.get_records(ShardIterator=iterator)
            self._iterators[shard] = answer["NextShardIterator"]
            if answer["Records"]:
                records += decode({"Records": [event(shard, found) for found in answer["Records"]]})
        return records


def event(shard: str, found: Any) -> dict[str, Any]:
    told = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": found["PartitionKey"],
        "sequenceNumber": found["SequenceNumber"],
        "data": b64encode(found["Data"]).decode(),
        "approximateArrivalTimestamp": found["ApproximateArrivalTimestamp"].timestamp(),
    }
    return {"kinesis": told, "eventSource": "aws:kinesis", "eventID": f"{shard}:{found['SequenceNumber']}"}


@pytest.fixture(scope="module", params=["name", "arn"])
def streams(aws_server: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Streams]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        client = AwsClient("kinesis")
        physical = f"{CLICKS.name}-by-{request.param}"
        client.get().create_stream(StreamName=physical, ShardCount=2)
        described = client.get().describe_stream_summary(StreamName=physical)["StreamDescriptionSummary"]
        while described["StreamStatus"] != "ACTIVE":
            time.sleep(0.1)
            described = client.get().describe_stream_summary(StreamName=physical)["StreamDescriptionSummary"]
        address = physical if request.param == "name" else described["StreamARN"]
        yield Streams(
            open=lambda stream: stream_driver(stream, address, client),
            read=Shards(client.get(), physical, "LATEST").read,
            late=lambda: Shards(client.get(), physical, "TRIM_HORIZON").read(),
            missing=lambda: stream_driver(CLICKS, "conformance-gone", client),
            foreign=lambda body, key: client.get().put_record(StreamName=physical, Data=body, PartitionKey=key),
            native=BaseClient,
        )


class TestKinesis(StreamSuite):
    pass
