"""Shared code: what providers, groups, guards, wrappers and answers to errors do means the same on every target."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import pytest

from portable.conformance.target_cases import TargetTests, World, needs
from portable.eventing.queue import Queue

PARCELS = Queue("parcels")
WAYS = pytest.mark.parametrize(
    ("path", "name", "handler"), [("/sharing", "buy", "handler of TEA"), ("/sharing-later", "buy-later", "handler")]
)


class SharingTests(TargetTests):
    """What is shared is written into each call, and so is the same in every package."""

    kind = "http"

    @WAYS
    def test_everything_is_asked_once_and_in_order(self, world: World, path: str, name: str, handler: str) -> None:
        answer = world.cloud.http.get(f"{path}/tea/7").expect(200)
        assert answer.headers["x-shop"] == "TEA"
        assert answer.headers["x-wrapped"] == f"{name} Request"
        assert answer.headers["x-asked"] == f"{name} wrapper guard shop {handler} closed"

    @WAYS
    def test_a_guard_replies_instead_of_the_handler(self, world: World, path: str, name: str, handler: str) -> None:
        answer = world.cloud.http.get(f"{path}/tea/x?closed=1").expect(503)
        assert (answer.text, answer.headers["x-wrapped"]) == ("closed", f"{name} Request")
        assert world.cloud.http.get(f"{path}/tea/x").expect(400)

    @WAYS
    def test_an_error_of_the_app_is_answered(self, world: World, path: str, name: str, handler: str) -> None:
        answer = world.cloud.http.get(f"{path}/tea/0", headers={"x-shop": "blue"}).expect(409)
        assert answer.json() == {"detail": "there is no 0", "shop": "blue"}
        assert handler


class SharedWorkTests(TargetTests):
    """Providers and wrappers of messages fail and succeed with their attempt."""

    kind = "queue"

    @needs("attempt count")
    def test_whatever_fails_around_a_handler_fails_the_attempt(self, world: World) -> None:
        payloads = ("early", "late", "closing", "plain")
        sent = {world.cloud.queue(PARCELS).send(payload): payload for payload in payloads}
        world.cloud.settle()
        calls = [
            (sent[call.event.id], call.attempt, call.error is not None) for call in world.cloud.function("pack").calls
        ]
        failed = [(payload, attempt) for payload, attempt, error in calls if error]
        assert sorted(failed) == [("closing", 1), ("early", 1), ("late", 1)]
        done = [
            (payload, attempt) for payload, attempt, error in calls if not error and (payload, attempt) not in failed
        ]
        assert sorted(done) == [("closing", 2), ("early", 2), ("late", 2), ("plain", 1)]
        assert world.cloud.queue(PARCELS).pending == []
