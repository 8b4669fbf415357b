"""A put into a store ends in a handler: over NATS as MinIO publishes, and over the webhook, also from Ceph itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from nats.aio.client import Client
from servers.answering import Reply, answering
from servers.nats import accounts, serving
from servers.notifying import notifying
from servers.process import free_port
from servers.waiting import until

from portable.compute.consume import Consumer
from portable.errors import EventError, NotFound
from portable.storage.bucket import Bucket
from portable.storage.driver import Attributes, Condition
from portable.storage.event import StoredObject
from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.broker import accounts_text
from portable_container.deploy.image import image_of
from portable_container.runtime import objects
from portable_container.runtime.image_engines import address_of_event, streams
from portable_container.runtime.nats_clients import Nats
from portable_container.runtime.nats_names import address_of
from portable_container.runtime.nats_streams import make
from portable_container.runtime.objects_webhook import receive
from portable_container.runtime.storage import bucket_driver
from portable_container.runtime.work import Worker
from portable_container.runtime.work_consumer import OPEN_SECONDS

if TYPE_CHECKING:
    from portable.storage.driver import BucketDriver

PREFIX, STREAM, SUBJECT = "shop_dev", "shop_dev_bucket_photos", "shop.dev.bucket.photos"
PHOTOS = Bucket("photos")
RESOURCES = [ResourceModel("bucket", "photos", {})]
FUNCTIONS = [
    DeployedFunction(name, {"kind": "object", "bucket": "photos", "event": event}, name, 256, 30, "work", ())
    for name, event in (("index", "created"), ("forget", "deleted"))
]
IDENTITIES = ("deploy", "serve", "work", "store")


@dataclass
class Handled:
    """What the handlers got, and what each reads of the object."""

    bucket: BucketDriver | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: int = 0

    def index(self, found: StoredObject, context: Any) -> None:
        assert self.bucket is not None
        self.calls.append((found.key, self.bucket.get(found.key, None).decode()))
        if self.failures:
            self.failures -= 1
            raise ValueError("once")

    def forget(self, found: StoredObject, context: Any) -> None:
        assert self.bucket is not None
        with pytest.raises(NotFound):
            self.bucket.head(found.key)
        self.calls.append((found.key, "deleted"))


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The URLs of the identities of an app, whose streams are made."""
    folder, port = tmp_path_factory.mktemp("nats"), free_port()
    image = image_of("shop", FUNCTIONS, RESOURCES)
    config, passwords = accounts(folder, accounts_text(image, PREFIX))
    with serving(folder, port, config, passwords):
        urls = {name: f"nats://{PREFIX}_{name}:p{PREFIX}_{name}@127.0.0.1:{port}" for name in IDENTITIES}
        administrator = Nats(urls["deploy"])
        for stream, readers in streams(image, PREFIX):
            make(administrator, stream, readers)
        administrator.close()
        yield urls


@contextmanager
def working(nats: Nats, handled: Handled) -> Iterator[None]:
    calls = {"index": handled.index, "forget": handled.forget}
    workers = []
    for event in image_of("shop", FUNCTIONS, RESOURCES).functions:
        found = next(function for function in FUNCTIONS if function.name == event.name)
        taker = objects.handler(Consumer(event.name, calls[event.name]), 30, found.trigger["event"])
        at = address_of(address_of_event(PREFIX, event))
        workers.append(Worker(nats, at, taker.take, print, backoff=0.05))
        workers[-1].start()
    try:
        yield
    finally:
        assert [worker.stop(10) for worker in workers] == [True, True]


async def publish(url: str, body: bytes) -> None:
    """Publish as MinIO does: with NATS' own client, whose answers come below _INBOX."""
    client = Client()
    await client.connect(url)
    await client.jetstream().publish(SUBJECT, body)
    await client.close()


def test_an_empty_message_of_another_program_does_not_silence_its_consumer(nats: dict[str, str]) -> None:
    seen: list[bytes] = []
    told: list[str] = []
    event = image_of("shop", FUNCTIONS, RESOURCES).functions[0]
    taking, sending = Nats(nats["work"]), Nats(nats["deploy"])
    at = address_of(address_of_event(PREFIX, event))
    worker = Worker(taking, at, lambda message: not seen.append(message.data), told.append)
    worker.start()
    sending.ask(SUBJECT, b"")
    until(lambda: len(seen), lambda count: count == 1)
    time.sleep(OPEN_SECONDS + 0.2)  # so that the server has forgotten the request to which it may answer no more
    sending.ask(SUBJECT, b"more")
    assert until(lambda: seen, lambda found: len(found) == 2, 2) == [b"", b"more"]
    assert worker.stop(10)
    assert told == []
    sending.api(f"STREAM.PURGE.{STREAM}")  # the other consumer would take them in the next test
    for client in (taking, sending):
        client.close()


@contextmanager
def telling(way: str, store: dict[str, str], nats: dict[str, str]) -> Iterator[str]:
    """Yield the URL of a store that tells of the objects in its bucket "photos-<way>"."""
    serve = Nats(nats["serve"])

    def post(body: bytes) -> None:
        receive(STREAM, body, serve)
        receive(STREAM, body, serve)  # as a store whose answer was lost

    if way == "ceph":

        def answer(_method: str, _path: str, _headers: Mapping[str, str], body: bytes) -> Reply:
            post(body)
            return 200, (), b""

        with answering(answer) as webhook:
            topics: Any = boto3.Session().client("sns", config=Config(signature_version="s3"))
            topic = topics.create_topic(Name="photos", Attributes={"push-endpoint": f"http://{webhook}/"})["TopicArn"]
            wanted = {"Id": "n", "TopicArn": topic, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            boto3.Session().client("s3").put_bucket_notification_configuration(
                Bucket=f"photos-{way}", NotificationConfiguration={"TopicConfigurations": [wanted]}
            )
            yield store["AWS_ENDPOINT_URL"]
    else:
        tell = post if way == "webhook" else lambda body: asyncio.run(publish(nats["store"], body))
        with notifying(store["AWS_ENDPOINT_URL"], tell) as url:
            yield url
    serve.close()


@pytest.fixture(params=["nats", "webhook", "ceph"])
def handled(request: pytest.FixtureRequest, nats: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Handled]:
    """The handlers of an app, whose store tells of its objects in one of three ways."""
    way = request.param
    store: dict[str, str] = request.getfixturevalue("ceph_server" if way == "ceph" else "aws_server")
    for name, value in store.items():
        monkeypatch.setenv(name, value)
    place: Any = {} if way == "ceph" else {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    boto3.Session().client("s3").create_bucket(Bucket=f"photos-{way}", **place)
    handled, worker = Handled(), Nats(nats["work"])
    with working(worker, handled), telling(way, store, nats) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        handled.bucket = bucket_driver(PHOTOS, f"photos-{way}")
        yield handled
    worker.close()


def test_a_put_ends_in_a_handler_once_and_a_delete_in_the_other(handled: Handled) -> None:
    assert handled.bucket is not None
    keys = ["a b+c/ü%2F.txt", "plain"]
    for key in keys:
        handled.bucket.put(key, b"text", Attributes("text/plain", {}), Condition())
    assert until(lambda: sorted(handled.calls), lambda found: len(found) == 2) == [(key, "text") for key in keys]
    handled.failures = 1
    handled.bucket.put("again", b"1", Attributes("text/plain", {}), Condition())
    assert until(lambda: handled.calls[2:], lambda found: len(found) == 2) == [("again", "1")] * 2
    handled.bucket.delete("plain")
    assert until(lambda: handled.calls[4:], lambda found: len(found) == 1) == [("plain", "deleted")]


def test_what_the_webhook_refuses_is_not_stored(nats: dict[str, str]) -> None:
    serve, deploy = Nats(nats["serve"]), Nats(nats["deploy"])
    before = deploy.api(f"STREAM.INFO.{STREAM}")["state"]["last_seq"]
    good = b'{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "a"}}}'
    for body in (b"", b"{}", b'{"Records": []}', b'{"Records": [%s, {"eventName": "x"}]}' % good, b"\xff"):
        with pytest.raises(EventError, match=f"a body of {len(body)} bytes"):
            receive(STREAM, body, serve)
    receive(STREAM, b'{"Event": "s3:TestEvent"}', serve)
    assert deploy.api(f"STREAM.INFO.{STREAM}")["state"]["last_seq"] == before
    with pytest.raises(NotFound):
        receive("shop_dev_bucket_other", b'{"Records": [%s]}' % good, deploy)
    serve.close()
    deploy.close()


def test_a_store_may_publish_what_becomes_of_its_objects_and_nothing_else(nats: dict[str, str]) -> None:
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error).lower())

    async def trying() -> None:
        client = Client()
        await client.connect(nats["store"], error_cb=note)
        for subject in (
            "shop.dev.queue.jobs",
            f"$JS.API.STREAM.INFO.{STREAM}",
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.index",
        ):
            await client.publish(subject, b"")
        for subject in ("_ANSWERS.>", ">", SUBJECT):
            await client.subscribe(subject)
        await client.flush()
        await asyncio.sleep(0.05)
        await client.close()

    asyncio.run(trying())
    assert len([said for said in refused if "permissions violation" in said]) == 6
