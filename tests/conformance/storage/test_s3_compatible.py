"""The buckets of the OpenFaaS target, with their keys in the files that are its secrets."""

from collections.abc import Iterator

import boto3
import pytest
from obstore.store import S3Store

from portable.conformance.storage import Buckets, BucketSuite
from portable.conformance.storage_cases import BUCKET
from portable_openfaas.runtime import settings
from portable_openfaas.runtime.storage import bucket_driver


@pytest.fixture(scope="module")
def buckets(aws_server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "s3-access-key-id").write_text("test\n")
    (secrets / "s3-secret-access-key").write_text("test\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", aws_server["AWS_ENDPOINT_URL"])
        patch.setenv("AWS_REGION", "eu-central-1")
        patch.setattr(settings, "FOLDER", str(secrets))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name, raising=False)
        options = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}
        location = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3", endpoint_url=aws_server["AWS_ENDPOINT_URL"], **options).create_bucket(
            Bucket="compatible", CreateBucketConfiguration=location
        )
        yield Buckets(
            bucket_driver(BUCKET, "compatible"),
            missing=lambda: bucket_driver(BUCKET, "no-such-bucket"),
            native=S3Store,
        )


class TestS3Compatible(BucketSuite):
    pass
