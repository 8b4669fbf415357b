"""Messages are taken, leased while their handler runs, and come again when something breaks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import pytest
from msgspec.structs import replace
from unit.tooling.dev import dev_app

from portable.errors import Unavailable
from portable.eventing.driver import Received
from portable.eventing.memory import MemoryQueue
from portable.eventing.outgoing import prepare
from portable.testing.app import load_modules
from portable.tooling.app.model import FunctionModel
from portable.tooling.dev import delivering
from portable.tooling.dev.delivering import Deliverer, Waiting

FUNCTION = next(found for found in load_modules([dev_app]).model.functions if found.name == "work")
PATIENCE = 10.0


@contextmanager
def delivered(
    queue: MemoryQueue, deliver: Callable[[Sequence[Received]], Sequence[str]], said: list[str]
) -> Iterator[Deliverer]:
    def call(_function: FunctionModel, taken: Sequence[Received]) -> Sequence[str]:
        return deliver(taken)

    deliverer = Deliverer([Waiting.of(replace(FUNCTION, backoff=0.0), queue)], call, said.append)
    deliverer.start()
    try:
        yield deliverer
    finally:
        assert deliverer.stop(PATIENCE)


def until(ready: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_delivery_that_breaks_is_told_and_its_message_comes_again() -> None:
    queue, said, attempts = MemoryQueue(dev_app.jobs), [], []

    def deliver(taken: Sequence[Received]) -> Sequence[str]:
        attempts.append(taken[0].message.attempt)
        if len(attempts) == 1:
            raise RuntimeError("out of order")
        return []

    with delivered(queue, deliver, said):
        queue.send(prepare("a", None))
        until(lambda: queue.count() == 0)
    assert attempts == [1, 2]
    assert said == ["work could not be called: RuntimeError: out of order"]


def test_a_message_is_leased_for_as_long_as_its_handler_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "LEASE", 0.2)
    monkeypatch.setattr(delivering, "RENEWED", 0.02)
    queue, ended, calls = MemoryQueue(dev_app.jobs), Event(), []

    def deliver(taken: Sequence[Received]) -> Sequence[str]:
        calls.append(taken[0].message.id)
        ended.wait(PATIENCE)
        return []

    with delivered(queue, deliver, []):
        queue.send(prepare("a", None))
        until(lambda: calls)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            assert queue.receive(1, 0.0) == []
            time.sleep(0.01)
        ended.set()
        until(lambda: queue.count() == 0)
    assert len(calls) == 1


def test_a_queue_that_cannot_be_read_for_a_while_is_told_twice() -> None:
    class Broken(MemoryQueue):
        broken = True

        def next_due(self) -> float | None:
            if self.broken:
                raise Unavailable("the disk is full")
            return super().next_due()

    queue, said = Broken(dev_app.jobs), []
    with delivered(queue, lambda _taken: [], said) as deliverer:
        until(lambda: said)
        queue.broken = False
        deliverer.wake()
        until(lambda: len(said) == 2)
    assert said == ["messages cannot be delivered now: the disk is full", "messages are delivered again"]
