"""Apps, stages and identities on one nats-server are kept apart, whatever subject a question names for its answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from servers.nats import accounts, serving
from servers.process import free_port

from portable.eventing.queue import Queue
from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.broker import accounts_text, users
from portable_container.deploy.image import image_of
from portable_container.runtime.eventing import queue_driver
from portable_container.runtime.image_engines import streams
from portable_container.runtime.nats_clients import Nats, inbox_of
from portable_container.runtime.nats_streams import make

RESOURCES = [ResourceModel("queue", name, {"delayed": name == "jobs"}) for name in ("jobs", "pay")]
BOTH = (Grant("jobs", "queue", ("send", "peek", "count")),)
FUNCTIONS = [
    DeployedFunction("evil", {"kind": "queue", "queue": "jobs"}, "evil", 256, 30, "evil", BOTH),
    DeployedFunction("payer", {"kind": "queue", "queue": "pay"}, "payer", 256, 30, "payer", ()),
]
IMAGE = image_of("shop", FUNCTIONS, RESOURCES)
EVIL, OWN, OTHER = "shop_live", "queue_jobs", "queue_pay"
QUESTIONS = [re.sub(r"[*>]", "x", subject) for subject in users(IMAGE, EVIL)[f"{EVIL}_evil"].publish]
"""All that the attacker may ask; what it acknowledges has a subject of its own."""
PREFIXES = (EVIL, "shop_dev", "news_live")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of one server with the files of two stages of an app and of another app."""
    folder, port = tmp_path_factory.mktemp("nats"), free_port()
    texts = [accounts_text(IMAGE, prefix) for prefix in PREFIXES]
    config, variables = accounts(folder, *texts)
    with serving(folder, port, config, variables):
        for prefix in PREFIXES:
            deploy = Nats(f"nats://{prefix}_deploy:p{prefix}_deploy@127.0.0.1:{port}")
            for stream, readers in streams(IMAGE, prefix):
                make(deploy, stream, readers)
            deploy.close()
        yield port


class Connections:
    """A connection of each user, and what each one heard that it did not ask for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._made: dict[str, Client] = {}
        self.heard: list[tuple[str, str]] = []

    async def __call__(self, user: str) -> Client:
        """Return the connection of a user, who listens to all that it may."""
        if user not in self._made:

            async def ignore(_error: Exception) -> None:
                """A refusal comes as an error of the connection."""

            async def hear(message: Any) -> None:
                self.heard.append((user, message.subject))

            url = f"nats://{user}:p{user}@127.0.0.1:{self._port}"
            client = await nats.connect(url, error_cb=ignore, allow_reconnect=False, inbox_prefix=inbox_of(user))
            self._made[user] = client
            if not user.endswith("_evil"):
                await client.subscribe(">" if user.endswith("_deploy") else f"{inbox_of(user)}.>", cb=hear)
                await client.flush()
        return self._made[user]

    async def asked(self, user: str, subject: str, body: object = None) -> dict[str, Any]:
        """Return JetStream's answer to a user."""
        client = await self(user)
        answer = await client.request(f"$JS.API.{subject}", b"" if body is None else json.dumps(body).encode())
        found: dict[str, Any] = json.loads(answer.data)
        return found

    async def close(self) -> None:
        for client in self._made.values():
            await client.flush()
        for client in self._made.values():
            await client.close()


async def held(connections: Connections, prefix: str) -> dict[str, Any]:
    """Return what there is in a stage, but for what lies in the queue, and of the notes, that the attacker may use."""
    found: dict[str, Any] = {}
    for stream in (await connections.asked(f"{prefix}_deploy", "STREAM.LIST"))["streams"]:
        name = stream["config"]["name"]
        readers = (await connections.asked(f"{prefix}_deploy", f"CONSUMER.LIST.{name}"))["consumers"]
        state = {key: stream["state"][key] for key in ("messages", "first_seq", "last_seq", "consumer_count")}
        if name.endswith("_alone"):
            others = {"subjects_filter": f"{stream['config']['subjects'][0].removesuffix('>')}payer.>"}
            state = (await connections.asked(f"{prefix}_deploy", f"STREAM.INFO.{name}", others))["state"].get(
                "subjects"
            )
        waits = [(one["name"], one["num_ack_pending"], one["delivered"]["consumer_seq"]) for one in readers]
        found[name] = [reader for reader, _, _ in waits] if name.endswith(OWN) else (stream["config"], state, waits)
    return found


def aims(prefix: str, receipt: str) -> list[str]:
    """Return the subjects in a stage for whose use the attacker has no right."""
    other = f"{prefix}_{OTHER}"
    app, stage = prefix.split("_")
    return [
        f"{app}.{stage}.queue.pay",
        f"{app}.{stage}.tried.alone.payer.x",
        receipt,
        f"{inbox_of(f'{prefix}_payer')}.one",
        f"{inbox_of(f'{prefix}_deploy')}.one",
        *(f"$JS.API.STREAM.{verb}.{other}" for verb in ("PURGE", "UPDATE", "MSG.GET", "MSG.DELETE", "DELETE")),
        "$JS.API.STREAM.CREATE.more",
        f"$JS.API.CONSUMER.CREATE.{other}.spy",
        f"$JS.API.CONSUMER.DELETE.{other}.work",
        f"$JS.API.CONSUMER.MSG.NEXT.{other}.work",
        f"$JS.API.CONSUMER.DELETE.{prefix}_{OWN}.work",
    ]


async def tricks(connections: Connections, prefix: str, receipt: str) -> None:
    """Ask all that the attacker may ask, each time for an answer to a subject of a stage that it may not use."""
    user = f"{EVIL}_evil"
    evil = await connections(user)
    inbox = evil.new_inbox()
    taken = await evil.subscribe(inbox)
    spy = {"deliver_subject": f"{inbox_of(user)}.spied", "ack_policy": "none", "name": "spy"}
    bodies: list[object] = [
        {"stream_name": f"{prefix}_{OTHER}", "config": spy},
        {"name": "more", "subjects": ["more"], "storage": "file"},
        {"seq": 1},
    ]
    own, spied = f"{EVIL}_{OWN}", await evil.subscribe(f"{inbox_of(user)}.spied")
    for aim in aims(prefix, receipt):
        for body in (*(json.dumps(body).encode() for body in bodies), b""):
            for question in QUESTIONS:
                await evil.publish(question, body, reply=aim)
        for word in (b"+ACK", b"+NXT", b"-NAK", b"+WPI"):
            await evil.publish("shop.live.queue.jobs", b"x")
            await evil.publish(f"$JS.API.CONSUMER.MSG.NEXT.{own}.work", b"", reply=inbox)
            await evil.publish((await taken.next_msg(5)).reply, word, reply=aim)
        await evil.publish(aim, b"", reply=f"{inbox_of(user)}.spied")
        later = {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": aim, "Nats-Trace-Dest": aim}
        await evil.publish("shop.live.queue.jobs.later.x", b"x", headers=later)
    await evil.flush()
    await connections.asked(user, f"STREAM.INFO.{own}")  # all questions before this one were looked at
    assert spied.pending_msgs == 0


@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_subject_for_an_answer_reaches_more_than_who_asks_may_do(port: int, prefix: str) -> None:
    async def trying() -> None:
        connections = Connections(port)
        app, stage = prefix.split("_")
        deploy, payer = await connections(f"{prefix}_deploy"), await connections(f"{prefix}_payer")
        for _ in range(2):
            await deploy.request(f"{app}.{stage}.queue.pay", b"a secret")
        inbox = f"{inbox_of(f'{prefix}_payer')}.taken"
        hand = await payer.subscribe(inbox)
        await payer.publish(f"$JS.API.CONSUMER.MSG.NEXT.{prefix}_{OTHER}.work", b"", reply=inbox)
        receipt = (await hand.next_msg(5)).reply
        before = await held(connections, prefix)
        connections.heard.clear()
        await tricks(connections, prefix, receipt)
        assert await held(connections, prefix) == before
        assert {subject for _, subject in connections.heard} & set(aims(prefix, receipt)) == set()
        await connections.close()

    asyncio.run(trying())


def test_the_same_names_in_two_accounts_are_two_things(port: int) -> None:
    async def trying() -> None:
        connections = Connections(port)
        here, there = await connections("shop_live_deploy"), await connections("news_live_deploy")
        config = {"name": "same", "subjects": ["same.subject"], "retention": "workqueue", "storage": "file"}
        for user in ("shop_live_deploy", "news_live_deploy"):
            assert "error" not in await connections.asked(user, "STREAM.CREATE.same", config)
        await here.request("same.subject", b"x")
        names = [
            found["config"]["name"] for found in (await connections.asked("news_live_deploy", "STREAM.LIST"))["streams"]
        ]
        assert [name for name in names if not name.startswith("news_live_")] == ["same"]
        assert (await connections.asked("news_live_deploy", "STREAM.INFO.same"))["state"]["messages"] == 0
        await here.flush()
        await there.flush()
        advised = {user for user, subject in connections.heard if subject.startswith("$JS.EVENT.ADVISORY.")}
        assert advised == {"shop_live_deploy", "news_live_deploy"}
        assert {user for user, subject in connections.heard if subject == "same.subject"} == {"shop_live_deploy"}
        for user in ("shop_live_deploy", "news_live_deploy"):
            await connections.asked(user, "STREAM.DELETE.same")
        await connections.close()

    asyncio.run(trying())


def test_streams_of_the_former_server_are_taken_over_with_their_folder(tmp_path: Path) -> None:
    stream, port = f"{EVIL}_{OTHER}", free_port()
    with serving(tmp_path, port):  # as with users.conf: all is in $G
        former = Nats(f"nats://127.0.0.1:{port}")
        for config, readers in streams(IMAGE, EVIL):
            make(former, config, readers)
        former.ask("shop.live.queue.pay", b"a payment")
        former.close()
    held = tmp_path / "data" / "jetstream"
    (held / "$G").rename(held / EVIL)
    config, variables = accounts(tmp_path, accounts_text(IMAGE, EVIL))
    with serving(tmp_path, port, config, variables):
        payer = Nats(f"nats://{EVIL}_payer:p{EVIL}_payer@127.0.0.1:{port}")
        [found] = queue_driver(Queue("pay"), stream, payer).receive(10, 5)
        assert (found.message.payload, found.message.attempt) == (b"a payment", 1)
        payer.close()


def test_an_account_holds_no_more_than_its_limit_and_nothing_in_memory(port: int) -> None:
    async def trying() -> None:
        connections = Connections(port)
        for storage, size in (("file", 200_000_000), ("memory", 1_000)):
            config = {"name": "big", "subjects": ["big"], "storage": storage, "max_bytes": size}
            found = await connections.asked("shop_dev_deploy", "STREAM.CREATE.big", config)
            assert "resources" in found["error"]["description"], found
        await connections.close()

    asyncio.run(trying())
