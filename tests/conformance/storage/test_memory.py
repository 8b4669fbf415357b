import pytest

from portable.conformance.storage import Buckets, BucketSuite
from portable.storage.memory import MemoryBucket


@pytest.fixture(scope="module")
def buckets() -> Buckets:
    driver = MemoryBucket("conformance")
    return Buckets(
        driver,
        native=MemoryBucket,
        lacks={"signed urls": "nothing listens for a URL of a bucket in memory"},
    )


class TestMemory(BucketSuite):
    pass
