"""The list of invocations, and one of them in full."""

from __future__ import annotations

import asyncio
import re

import pytest
from unit.tooling.dev.dashboard.market_here import KEYS
from unit.tooling.dev.dashboard.visiting import Visitor, form

from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.sections.live import events
from portable.tooling.dev.engine import Broken
from portable.tooling.dev.running import Running

SALE = {"shop": "seen", "number": 1, "at": "2026-01-31T12:00:00Z", "price": 2.5}


def test_the_list_is_filtered_by_function_outcome_and_text(visitor: Visitor, engine: Running) -> None:
    good = engine.fire("work", {"payload": {"what": "listed"}, "id": "message-of-list"})
    bad = engine.fire("work", {"payload": {"what": "impossible"}})
    link = "/_portable/invocations/{}".format
    assert {link(good), link(bad)} <= {*visitor.get("/invocations").links}
    failed = visitor.get("/invocations?function=work&outcome=failed").links
    assert link(bad) in failed
    assert link(good) not in failed
    assert link(good) in visitor.get(f"/invocations?text={good}").links
    assert "No invocation fits" in visitor.get("/invocations?text=nobody-was-here").words


def test_a_long_list_is_read_page_by_page(visitor: Visitor, engine: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portable.tooling.dev.dashboard.sections.invocations.SHOWN", 3)
    made = [engine.fire("hear", {"payload": {"shop": str(number)}}) for number in range(5)]
    first = visitor.get("/invocations?function=hear")
    [older] = [link for link in first.links if "before=" in link]
    second = visitor.get(older.removeprefix("/_portable"))
    shown = re.findall(r'data-id="(\w+)"', first.text + second.text)
    assert shown[:5] == made[::-1]
    assert "data-refresh" in first.text
    assert "data-refresh" not in second.text


def test_one_call_is_shown_in_full(visitor: Visitor, engine: Running) -> None:
    headers = [["x-agent", "<agent>"], ["content-type", "application/json"]]
    made = engine.fire("sell", {"method": "POST", "path": "/sales?loud=true", "headers": headers, "body": SALE})
    said = visitor.get(f"/invocations/{made}").words
    for part in (
        "POST /sales 200",
        '"shop": "seen"',
        "agent str, from header <agent>",
        "loud bool, from query true",
        "body Sale, from body",
        "INFO sold by <agent>",
        "table sales.put",
        "queue jobs.send",
        "topic news.publish",
        '"number": 1',
    ):
        assert part in said, part


def test_a_failure_shows_the_users_own_traceback(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("work", {"payload": {"what": "impossible"}})
    said = visitor.get(f"/invocations/{made}").words
    assert "RuntimeError: impossible cannot be done" in said
    assert "market.py" in said
    assert "portable/" not in said.partition("Traceback")[2].partition("RuntimeError")[0]


def test_a_request_that_no_function_takes_is_shown(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("sale", {"method": "GET", "path": "/sales/seen/none"})
    assert visitor.get(f"/invocations/{made}").status == 200


def test_bytes_that_are_no_text_are_told_by_their_size(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("store", {"method": "PUT", "path": "/files/a.bin", "data": "/////w=="})
    said = visitor.get(f"/invocations/{made}").words
    assert "in base64" in said
    assert "body bytes, from body 4 bytes of data" in said


def test_an_invocation_is_replayed_on_another_wire(visitor: Visitor, engine: Running) -> None:
    made = engine.fire("work", {"payload": {"what": "again"}})
    path, fields = form(visitor.get(f"/invocations/{made}"), "/replay")
    answer = visitor.post(path, {**fields, "wire": "gcp"})
    page = visitor.follow(answer)
    assert "fired once more" in page.words
    [again] = re.findall(r"/invocations/(\w+)\?", answer.headers["location"])
    found = engine.journal.one(again)
    assert found is not None
    assert (again != made, found.wire, found.outcome) == (True, "gcp", "done")


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
def test_a_key_of_a_secret_is_on_no_page_and_a_replay_says_so(visitor: Visitor, engine: Running, header: str) -> None:
    key = KEYS.rpartition(":")[2]
    headers = [[header, f"Bearer {key}" if header == "authorization" else key]]
    made = engine.fire("partner", {"method": "GET", "path": f"/partner?k={key}", "headers": headers})
    page = visitor.get(f"/invocations/{made}")
    assert key not in page.text
    assert f"hidden when this call was kept: the path, the header {header}" in page.words
    path, fields = form(page, "/replay")
    again = visitor.follow(visitor.post(path, fields))
    assert f"*** was sent for what was hidden: the path, the header {header}" in again.words
    assert key not in visitor.get(f"/fire/partner?from={made}").text


class Page:
    """A page that listens until it is told to go."""

    def __init__(self) -> None:
        self.gone = False

    async def is_disconnected(self) -> bool:
        return self.gone


def test_a_page_hears_of_calls_and_of_a_broken_edit(engine: Running) -> None:
    asyncio.run(hearing(engine))


async def hearing(engine: Running) -> None:
    page = Page()
    stream = events(Desk(engine, "token"), page)  # type: ignore[arg-type]
    assert (await anext(stream)).startswith("retry:")
    first = await anext(stream)
    assert first.startswith("event: state")
    made = await asyncio.to_thread(engine.fire, "hear", {"payload": {"shop": "live"}})
    heard = await anext(stream)
    assert "event: calls" in heard
    assert made in heard
    engine.broken = Broken("oops", "market.py:1", "")
    try:
        changed = await anext(stream)
    finally:
        engine.broken = None
    assert changed.startswith("event: state")
    assert changed != first
    page.gone = True
    assert [event async for event in stream if not event.startswith("event: state")] == []


def test_a_page_hears_what_came_after_it_was_made(visitor: Visitor, engine: Running) -> None:
    place = re.search(r"place=(\d+)", visitor.get("/invocations").text)
    assert place is not None
    made = engine.fire("hear", {"payload": {"shop": "between"}})
    assert made in asyncio.run(first_calls(engine, int(place[1])))


async def first_calls(engine: Running, place: int) -> str:
    stream = events(Desk(engine, "token"), Page(), place)  # type: ignore[arg-type]
    found = [await anext(stream) for _ in range(3)][-1]
    await stream.aclose()
    return found
