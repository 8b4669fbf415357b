import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from obstore.store import GCSStore, MemoryStore
from servers.gcs_xml import GcsServer, gcs_server

from portable.errors import (
    InvalidValue,
    NotFound,
    PermissionDenied,
    PortableError,
    Throttled,
    Timeout,
    TooLarge,
    Unavailable,
)
from portable.storage.async_clients import AsyncBucketReadWriter
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable.storage.obstore_driver import ObstoreBucket
from portable.storage.obstore_errors import translate
from portable.storage.obstore_objects import Traits
from portable.storage.obstore_walk import CHUNK
from portable_gcp.runtime.clients import bucket_store as gcs_store

PHOTOS = Bucket("photos")


def client(store: Any, **traits: Any) -> BucketReadWriter:
    driver = ObstoreBucket(store, "photos", Traits(**traits))
    return BucketReadWriter(PHOTOS, SimpleNamespace(of=lambda _: driver))  # type: ignore[arg-type]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsServer]:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with gcs_server("photos") as found:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", found.url)
        yield found


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, InvalidValue), (401, PermissionDenied), (403, PermissionDenied), (404, NotFound), (408, Timeout),
     (413, TooLarge), (429, Throttled), (500, Unavailable), (502, Unavailable), (503, Unavailable)],
)  # fmt: skip
def test_a_status_is_an_error_of_the_tree_with_obstores_own_as_its_cause(
    server: GcsServer, status: int, kind: type[PortableError]
) -> None:
    settings = (
        f'{{"gcs_base_url":"{server.url}","disable_oauth":true,"client_email":"","private_key":"","private_key_id":""}}'
    )
    bucket = client(GCSStore("photos", service_account_key=settings, retry_config={"max_retries": 0}))
    for call in (lambda: bucket.get("a key"), lambda: bucket.put("a key", b"x")):
        server.failures = [status]
        with pytest.raises(kind) as caught:
            call()
        assert type(caught.value) is kind
        assert 'bucket "photos"' in str(caught.value)
        assert caught.value.__cause__ is not None
        assert server.url not in str(caught.value)  # URLs may hold a signature


def test_a_store_that_is_busy_for_a_moment_is_asked_again(server: GcsServer) -> None:
    bucket = client(gcs_store("photos"), generations=True)
    server.failures = [503, 429]
    bucket.put("a", b"x")
    server.failures = [500]
    assert bucket.get("a") == b"x"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = GCSStore("photos", base_url="http://127.0.0.1:1", bearer_token="t", retry_config={"max_retries": 0})  # type: ignore[call-arg]
    with pytest.raises(Unavailable):
        client(store).get("a")


def test_a_panic_of_the_library_is_an_error_like_any_other() -> None:
    store: Any = MemoryStore()
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    def get(*_: Any, **__: Any) -> None:
        raise panic("called `Option::unwrap()` on a `None` value")

    broken = SimpleNamespace(get=get, head=get, delete=get, put=store.put)
    bucket = client(broken)
    for call in (bucket.get, bucket.head, bucket.delete, bucket.open):
        with pytest.raises(PortableError, match="had an internal error") as caught:
            call("a")
        assert type(caught.value.__cause__) is panic


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("yours"), NotFound("ours"), OSError("yours")])
def test_an_error_that_is_not_obstores_is_left_alone(error: BaseException) -> None:
    assert translate(error, "photos", "a") is None


def test_listing_jumps_over_what_is_folded_away(server: GcsServer) -> None:
    held = server.buckets["photos"]
    for folder in ("a", "b"):
        for n in range(3 * CHUNK):
            held.put(f"{folder}/{n:05}", b"", {})
    held.put("z", b"", {})
    page = client(gcs_store("photos")).list(delimiter="/")
    assert (page.prefixes, [item.key for item in page]) == (["a/", "b/"], ["z"])
    assert len(server.requests) <= 6  # without jumps: 7 pages and more


def test_many_full_folders_are_asked_for_at_once(server: GcsServer) -> None:
    held = server.buckets["photos"]
    for folder in range(10):
        for n in range(CHUNK + CHUNK // 2):
            held.put(f"f{folder}/{n:04}", b"", {})
    held.put("e", b"", {})
    held.put("z", b"", {})
    bucket = client(gcs_store("photos"))
    page = bucket.list(delimiter="/")
    assert (page.prefixes, [item.key for item in page]) == ([f"f{n}/" for n in range(10)], ["e", "z"])
    assert len(server.requests) <= 6
    first = bucket.list(delimiter="/", limit=6)
    assert (first.prefixes, [item.key for item in first]) == ([f"f{n}/" for n in range(5)], ["e"])
    rest = bucket.list(delimiter="/", page=first.next)
    assert (rest.prefixes, [item.key for item in rest]) == ([f"f{n}/" for n in range(5, 10)], ["z"])


def test_calls_of_one_event_loop_wait_at_the_same_time(server: GcsServer) -> None:
    driver = ObstoreBucket(gcs_store("photos"), "photos", Traits(generations=True)).awaited()
    bucket = AsyncBucketReadWriter(PHOTOS, SimpleNamespace(async_of=lambda _: driver))  # type: ignore[arg-type]

    async def run() -> float:
        await bucket.put("a", b"x")
        server.delay = 0.1
        start = time.perf_counter()
        assert await asyncio.gather(*(bucket.get("a") for _ in range(20))) == [b"x"] * 20
        return time.perf_counter() - start

    assert asyncio.run(run()) < 1.0  # one by one it takes 2 seconds


def test_a_prefix_inside_a_segment_begins_the_listing_near_it(server: GcsServer) -> None:
    held = server.buckets["photos"]
    for n in range(5 * CHUNK):
        held.put(f"{n:06}", b"", {})
    page = client(gcs_store("photos")).list("00499")
    assert [item.key for item in page] == [f"{n:06}" for n in range(4990, 5000)]
    assert len(server.requests) <= 2


@pytest.mark.parametrize(("used", "expected"), [(True, "fork"), (False, "worked")])
def test_a_driver_works_after_a_fork_or_says_why_not_but_never_hangs(used: bool, expected: str) -> None:
    code = f"""
import os
from obstore.store import MemoryStore
from portable.errors import UnsupportedError
from portable.storage.driver import ALWAYS, check_attributes
from portable.storage.obstore_driver import ObstoreBucket
from portable.storage.obstore_objects import Traits

driver = ObstoreBucket(MemoryStore(), "photos", Traits())

def use():
    driver.put("a", b"x", check_attributes(None, None), ALWAYS)
    return "worked"

if {used}:
    use()
if os.fork() == 0:
    try:
        print(use(), flush=True)
    except UnsupportedError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""
    command = [sys.executable, "-W", "ignore", "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert expected in run.stdout
