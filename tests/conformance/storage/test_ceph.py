"""The buckets of the container target on Ceph, which checks signatures and differs from S3 in what `Traits.varied` says."""

from collections.abc import Iterator

import boto3
import pytest
from obstore.store import S3Store

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_container.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(ceph_server: dict[str, str]) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ceph_server.items():
            patch.setenv(name, value)
        boto3.Session().client("s3").create_bucket(Bucket="conformance")
        patch.setenv("PORTABLE_S3_PUBLIC_ENDPOINT", ceph_server["AWS_ENDPOINT_URL"].replace("127.0.0.1", "localhost"))
        yield Buckets(
            bucket_driver(BUCKET, "conformance"),
            missing=lambda: bucket_driver(BUCKET, "no-such-bucket"),
            native=S3Store,
        )


class TestCeph(BucketSuite):
    pass
