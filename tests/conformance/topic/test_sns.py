import json
from collections.abc import Iterator

import pytest
from botocore.client import BaseClient

from portable.conformance.topic import NEWS, Queues, TopicSuite
from portable.errors import NotFound
from portable.eventing.queue import Queue
from portable_aws.runtime.clients import AwsClient
from portable_aws.runtime.eventing import queue_driver, topic_driver
from portable_aws.runtime.messages import decode
from portable_aws.runtime.settings import secret_reader


@pytest.fixture(scope="module")
def services(aws_server: dict[str, str]) -> Iterator[dict[str, AwsClient]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        yield {name: AwsClient(name) for name in ("sqs", "sns", "ssm")}


def subscribed(services: dict[str, AwsClient], name: str, raw: str) -> tuple[str, str]:
    sqs, sns = services["sqs"].get(), services["sns"].get()
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=f"{name}-news")["TopicArn"]
    attributes = {"RawMessageDelivery": raw}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return topic, url


@pytest.fixture(scope="module")
def queues(services: dict[str, AwsClient]) -> Queues:
    topic, url = subscribed(services, "listener", "true")
    return Queues(
        open=lambda queue: queue_driver(queue, url, services["sqs"]),
        open_topic=lambda news: topic_driver(news, topic, services["sns"]),
        listener=lambda: queue_driver(Queue("listener"), url, services["sqs"]),
        native=BaseClient,
    )


class TestSnsWithRawDelivery(TopicSuite):
    pass


def test_a_message_in_the_envelope_of_sns_has_the_same_id_attributes_and_payload(
    services: dict[str, AwsClient],
) -> None:
    topic, url = subscribed(services, "enveloped", "false")
    store = Queues(
        open=lambda queue: queue_driver(queue, url, services["sqs"]),
        open_topic=lambda news: topic_driver(news, topic, services["sns"]),
    )
    sent = store.publisher().publish(b"\x00\xff", {"kind": "a"})
    found = services["sqs"].get().receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    record = {"messageId": found["MessageId"], "body": found["Body"], "eventSource": "aws:sqs", "attributes": {}}
    _, [(item, message)] = decode({"Records": [record]}, "topic")
    assert item == found["MessageId"]
    assert (message.id, message.payload, message.attributes) == (sent, b"\x00\xff", {"kind": "a"})


def test_a_missing_topic_is_not_found(services: dict[str, AwsClient]) -> None:
    missing = topic_driver(NEWS, "arn:aws:sns:eu-central-1:000000000000:gone", services["sns"])
    store = Queues(open=lambda queue: queue_driver(queue, "", services["sqs"]), open_topic=lambda _: missing)
    with pytest.raises(NotFound) as caught:
        store.publisher().publish("x")
    assert caught.value.__cause__ is not None


def test_a_secure_parameter_is_read_decrypted(services: dict[str, AwsClient]) -> None:
    value = json.dumps({"token": "s3cret ü"})
    services["ssm"].get().put_parameter(Name="/app/api-token", Value=value, Type="SecureString")
    read = secret_reader(services["ssm"])
    assert read("/app/api-token") == value
    with pytest.raises(NotFound, match="gone") as caught:
        read("/app/gone")
    assert caught.value.__cause__ is not None
