"""The buckets of the container target. The keys are in a file that is replaced, as a mounted secret is."""

from collections.abc import Iterator

import boto3
import pytest
from obstore.store import S3Store

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_container.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(aws_server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    keys = tmp_path_factory.mktemp("keys") / "credentials"
    keys.write_text("[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws_server.items():
            patch.setenv(name, value)
        location = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket="container", CreateBucketConfiguration=location)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
        patch.setenv("PORTABLE_S3_PUBLIC_ENDPOINT", aws_server["AWS_ENDPOINT_URL"].replace("127.0.0.1", "localhost"))
        yield Buckets(
            bucket_driver(BUCKET, "container"),
            missing=lambda: bucket_driver(BUCKET, "no-such-bucket"),
            native=S3Store,
        )


class TestContainerStore(BucketSuite):
    pass
