from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from searches import examples

from portable.errors import Conflict, NotFound
from portable.storage.bucket import Bucket
from portable.storage.clients import BucketReadWriter
from portable.storage.memory import MemoryBucket


class Drivers:
    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def of(self, bucket: Bucket) -> Any:
        return self.driver


def client(driver: Any) -> BucketReadWriter:
    return BucketReadWriter(Bucket("photos"), Drivers(driver))  # type: ignore[arg-type]


def test_the_clock_of_the_test_is_the_time_of_change() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    times = iter([now, now + timedelta(hours=1)])
    store = client(MemoryBucket("photos", lambda: next(times)))
    store.put("a", b"")
    assert store.head("a").modified_at == now
    store.put("a", b"")
    assert store.head("a").modified_at == now + timedelta(hours=1)


def test_a_snapshot_can_be_gone_back_to_again_and_again() -> None:
    driver = MemoryBucket()
    store = client(driver)
    etag = store.put("a", b"1").etag
    snapshot = driver.snapshot()
    for _ in range(2):
        store.put("a", b"2")
        store.put("b", b"3")
        driver.restore(snapshot)
        assert [item.key for item in store.list()] == ["a"]
        assert (store.get("a"), store.head("a").etag) == (b"1", etag)


def test_an_etag_is_never_used_twice_even_after_a_restore() -> None:
    driver = MemoryBucket()
    store = client(driver)
    snapshot = driver.snapshot()
    first = store.put("a", b"1").etag
    driver.restore(snapshot)
    assert store.put("a", b"1").etag != first


class FilesBesideMemory(RuleBasedStateMachine):
    """A bucket in a folder does what a bucket in memory does, whatever is done."""

    keys = st.sampled_from(["a", "a/b", "a/b/c", "a.txt", "A", "%", "a%2Fb", "é", "b" * 300, "a/b.d/e"])

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        from portable_local.runtime.storage import FilesBucket

        self.folder = tempfile.TemporaryDirectory()
        self.stores = (client(MemoryBucket()), client(FilesBucket("photos", f"{self.folder.name}/x")))
        self.etags: dict[str, tuple[str, str]] = {}

    def teardown(self) -> None:
        self.folder.cleanup()

    def both(self, action: Any) -> list[Any]:
        found: list[Any] = []
        for number, store in enumerate(self.stores):
            try:
                found.append(action(store, number))
            except (NotFound, Conflict) as error:
                found.append(type(error))
        return found

    @rule(key=keys, data=st.binary(max_size=20), absent=st.booleans())
    def put(self, key: str, data: bytes, absent: bool) -> None:
        one, other = self.both(lambda store, _: store.put(key, data, if_absent=absent))
        if isinstance(one, type):
            assert one is other
        else:
            self.etags[key] = (one.etag, other.etag)

    @rule(key=keys, data=st.binary(max_size=20), named=keys)
    def replace(self, key: str, data: bytes, named: str) -> None:
        etags = self.etags.get(named)
        if etags is None:
            return
        one, other = self.both(lambda store, n: store.put(key, data, "text/plain", {"a": "1"}, if_match=etags[n]))
        if isinstance(one, type):
            assert one is other
        else:
            self.etags[key] = (one.etag, other.etag)

    @rule(key=keys)
    def delete(self, key: str) -> None:
        self.both(lambda store, _: store.delete(key))

    @rule(source=keys, into=keys)
    def copy(self, source: str, into: str) -> None:
        one, other = self.both(lambda store, _: store.copy(source, into))
        assert one is other

    @rule(key=keys)
    def read(self, key: str) -> None:
        one, other = self.both(lambda store, _: store.get(key))
        assert one == other
        one, other = self.both(lambda store, _: (lambda i: (i.size, i.content_type, i.metadata))(store.head(key)))
        assert one == other

    @rule(prefix=st.sampled_from(["", "a", "a/", "a/b", "%", "b"]), delimiter=st.sampled_from([None, "/", "b"]))
    def search(self, prefix: str, delimiter: str | None) -> None:
        one, other = self.both(lambda store, _: store.list(prefix, delimiter, 3))
        assert [item.key for item in one] == [item.key for item in other]
        assert (one.prefixes, one.next) == (other.prefixes, other.next)

    @invariant()
    def the_same_is_there(self) -> None:
        one, other = self.both(lambda store, _: [(item.key, item.size) for item in store.list()])
        assert one == other


TestFilesBesideMemory = FilesBesideMemory.TestCase
TestFilesBesideMemory.settings = examples(25, stateful_step_count=25)
