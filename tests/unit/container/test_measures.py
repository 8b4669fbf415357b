"""What a process counts, as a reader of Prometheus sees it; whether engines answer; and the server that tells both."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portable.errors import ConfigurationError
from portable_container.runtime.admin import Admin
from portable_container.runtime.engines import AGAIN_SECONDS, PATIENCE_SECONDS, REST_SECONDS, Engine
from portable_container.runtime.exposition import of_process, text_of
from portable_container.runtime.measures import LOOK_SECONDS, Measures


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def read(measures: Measures) -> dict[tuple[str, str], float]:
    """Return what Prometheus reads: each number by its name and the values of its labels."""
    families = text_string_to_metric_families(text_of([*measures.families(), *of_process()]))
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, " ".join(sample.labels.values())): sample.value for sample in samples}


def test_calls_are_counted_by_function_outcome_and_time() -> None:
    measures = Measures()
    for seconds, failed in ((0.005, False), (0.2, False), (1000.0, True)):
        measures.called('a "name"\\', seconds, failed)
    found = read(measures)
    name = 'a "name"\\'
    assert found["portable_calls_total", f"{name} done"] == 2
    assert found["portable_calls_total", f"{name} failed"] == 1
    assert found["portable_call_seconds_count", name] == 3
    assert found["portable_call_seconds_sum", name] == pytest.approx(1000.205)
    bounds = {bound: found["portable_call_seconds_bucket", f"{name} {bound}"] for bound in ("0.005", "0.1", "0.25")}
    assert bounds == {"0.005": 1, "0.1": 1, "0.25": 2}
    assert found["portable_call_seconds_bucket", f"{name} 900.0"] == 2
    assert found["portable_call_seconds_bucket", f"{name} +Inf"] == 3
    assert found["process_resident_memory_bytes", ""] > 1_000_000


def test_threads_lose_no_call() -> None:
    measures = Measures()

    def count() -> None:
        for _ in range(2000):
            measures.called("f", 0.01)

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(measures)["portable_calls_total", "f done"] == 8000


def test_a_queue_is_asked_now_and_then_and_one_that_cannot_be_asked_is_left_out() -> None:
    clock, asked = Clock(), []
    measures = Measures(clock)

    def look() -> tuple[int, float]:
        asked.append(clock.now)
        return 7, 1.5

    def broken() -> tuple[int, float]:
        raise ConnectionError

    measures.queue("jobs", look)
    measures.queue("other", broken)
    measures.leads(lambda: True)
    found = [read(measures), read(measures)][-1]
    assert (found["portable_queue_waiting", "jobs"], found["portable_queue_oldest_seconds", "jobs"]) == (7, 1.5)
    assert ("portable_queue_waiting", "other") not in found
    assert found["portable_schedule_leader", ""] == 1
    clock.now += LOOK_SECONDS
    read(measures)
    assert asked == [100.0, 105.0]


def test_an_engine_is_asked_again_after_a_while_and_sooner_while_it_is_away() -> None:
    clock, answers, looked = Clock(), [ConnectionError(), None, None], Event()
    asked: list[float] = []

    def ask() -> None:
        asked.append(clock.now)
        answer = answers[len(asked) - 1]
        looked.set()
        if answer is not None:
            raise answer

    engine = Engine("PostgreSQL", ask, clock)
    assert engine.missing() == "PostgreSQL cannot be used (ConnectionError)"
    assert engine.missing() is not None
    clock.now += AGAIN_SECONDS
    looked.clear()
    engine.missing()
    assert looked.wait(5)
    while engine.missing() is not None:  # the thread notes what was answered
        pass
    clock.now += REST_SECONDS - 0.1
    assert engine.missing() is None
    assert asked == [100.0, 101.0]
    clock.now += 0.1
    looked.clear()
    assert engine.missing() is None
    assert looked.wait(5)


def test_an_engine_that_does_not_answer_is_missing_and_a_probe_does_not_wait_for_it() -> None:
    clock, release, begun = Clock(), Event(), Event()
    answers: Iterator[bool] = iter((True, False))

    def ask() -> None:
        if not next(answers):
            begun.set()
            release.wait(10)

    engine = Engine("NATS", ask, clock)
    assert engine.missing() is None
    clock.now += REST_SECONDS
    assert engine.missing() is None
    assert begun.wait(5)
    clock.now += PATIENCE_SECONDS + 1
    assert engine.missing() == "NATS has not answered for 4 s"
    release.set()


class Role:
    name = "serve"
    missing: str | None = "NATS has not answered yet"

    def start(self) -> None: ...
    def stop(self, seconds: float) -> bool:
        return True

    def ready(self) -> str | None:
        return self.missing


def test_the_server_for_probes_tells_what_is_missing_and_counts() -> None:
    role, measures = Role(), Measures()
    measures.called("hello", 0.1)
    admin = Admin("127.0.0.1", 0, [role], measures)
    admin.start()
    connection = http.client.HTTPConnection("127.0.0.1", admin.port, timeout=5)
    try:

        def get(path: str) -> tuple[int, str]:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

        assert get("/_portable/live") == (200, "alive\n")
        assert get("/_portable/ready") == (503, "serve: NATS has not answered yet\n")
        role.missing = None
        assert get("/_portable/ready?verbose") == (200, "ready\n")
        assert 'portable_calls_total{function="hello",outcome="done"} 1\n' in get("/metrics")[1]
        assert get("/else")[0] == 404
        with pytest.raises(ConfigurationError, match="--admin-port"):
            Admin("127.0.0.1", admin.port, [role], measures).start()
    finally:
        connection.close()
        admin.stop()
