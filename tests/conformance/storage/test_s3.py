from collections.abc import Iterator

import boto3
import pytest
from obstore.store import S3Store

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_aws.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(aws_server: dict[str, str]) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        location = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket="conformance", CreateBucketConfiguration=location)
        yield Buckets(
            bucket_driver(BUCKET, "conformance"),
            missing=lambda: bucket_driver(BUCKET, "no-such-bucket"),
            native=S3Store,
        )


class TestS3(BucketSuite):
    pass
