from pathlib import Path

import pytest

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_local.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Buckets:
    folder = str(tmp_path_factory.mktemp("files") / "bucket")
    return Buckets(
        bucket_driver(BUCKET, folder),
        native=Path,
        lacks={"signed urls": "nothing listens for a URL of a bucket in a folder"},
    )


class TestFiles(BucketSuite):
    pass
