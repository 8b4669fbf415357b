from collections.abc import Iterator

import pytest
from obstore.store import AzureStore
from servers.azurite import create_container

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_azure.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(azure_storage: str) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AzureWebJobsStorage", azure_storage)
        patch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
        create_container(azure_storage, "conformance")
        yield Buckets(
            bucket_driver(BUCKET, "conformance"),
            missing=lambda: bucket_driver(BUCKET, "no-such-container"),
            native=AzureStore,
            lacks={"backslash": "the service turns a backslash in a blob's name into a slash"},
        )


class TestAzureBlob(BucketSuite):
    pass
