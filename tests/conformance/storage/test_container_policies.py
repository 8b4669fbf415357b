"""The policies for MinIO: the account of each identity may do what its functions declare, by a store that enforces policies.

The store is ministack, with users and policies of AWS's language, which MinIO reads too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from manifested import files_of
from servers.ministack import ministack
from unit.tooling.rules.apps import HTTP, app, function

from portable.errors import PermissionDenied
from portable.storage.bucket import Bucket
from portable.storage.driver import IF_ABSENT, Attributes
from portable.tooling.app.model import Grant, ResourceModel
from portable_container.runtime.addresses import bucket_name
from portable_container.runtime.storage import bucket_driver

READS, WRITES, SIGNS = ("get", "list"), ("put", "delete"), ("sign",)
GRANTS = {"read": READS, "write": WRITES, "both": (*READS, *WRITES), "sign": SIGNS}
ACTIONS = {"get": {"GetObject"}, "list": {"ListBucket"}, "delete": {"DeleteObject"}}
ACTIONS |= {"put": {"PutObject", "AbortMultipartUpload"}, "sign": {"GetObject", "PutObject"}}
"""What each action of a client is in S3."""
PHOTOS, BILLS = (bucket_name("shop", "live", name) for name in ("photos", "bills"))
TEXT = Attributes("text/plain", {})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """The variables of each identity, on a store that was prepared as `minio/prepare.sh` does it."""
    functions = [
        function(name, {**HTTP, "path": f"/{name}"}, Grant("photos", "bucket", actions))
        for name, actions in GRANTS.items()
    ]
    resources = tuple(ResourceModel("bucket", name, {}) for name in ("photos", "bills"))
    files = files_of(app(*functions, resources=resources), "live", list(GRANTS))
    with ministack(
        tmp_path_factory.mktemp("store"), AUTH="true", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"
    ) as root:
        own = {"endpoint_url": root["AWS_ENDPOINT_URL"], "region_name": "eu-central-1"}
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        iam, s3 = (boto3.Session().client(service, **own, **keys) for service in ("iam", "s3"))
        for bucket in (PHOTOS, BILLS):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_object(Bucket=bucket, Key="there", Body=b"x")
        found = {}
        for name in GRANTS:
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=files[f"minio/{name}.json"])
            key = iam.create_access_key(UserName=name)["AccessKey"]
            found[name] = {
                "AWS_ENDPOINT_URL_S3": root["AWS_ENDPOINT_URL"],
                "AWS_REGION": "eu-central-1",
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            }
        yield found


def asked(s3: Any, bucket: str) -> list[tuple[str, Callable[[], Any]]]:
    """Return what can be asked of a bucket, each with the action of S3 that it needs."""
    on, at = {"Bucket": bucket}, {"Bucket": bucket, "Key": "there"}
    part = {**at, "UploadId": "none"}
    public = json.dumps({"Version": "2012-10-17", "Statement": []})
    return [
        ("GetObject", lambda: s3.get_object(**at)),
        ("GetObject", lambda: s3.head_object(**at)),
        ("PutObject", lambda: s3.put_object(**at, Body=b"x")),
        ("PutObject", lambda: s3.create_multipart_upload(**at)),
        ("PutObject", lambda: s3.upload_part(**part, PartNumber=1, Body=b"x")),
        ("AbortMultipartUpload", lambda: s3.abort_multipart_upload(**part)),
        ("DeleteObject", lambda: s3.delete_object(Bucket=bucket, Key="gone")),
        ("DeleteObject", lambda: s3.delete_objects(**on, Delete={"Objects": [{"Key": "gone"}]})),
        ("ListBucket", lambda: s3.list_objects_v2(**on)),
        ("ListBucket", lambda: s3.head_bucket(**on)),
        ("ListBucketVersions", lambda: s3.list_object_versions(**on)),
        ("ListMultipartUploadParts", lambda: s3.list_parts(**part)),
        ("ListBucketMultipartUploads", lambda: s3.list_multipart_uploads(**on)),
        ("GetObjectTagging", lambda: s3.get_object_tagging(**at)),
        ("PutObjectTagging", lambda: s3.put_object_tagging(**at, Tagging={"TagSet": []})),
        ("GetObjectAcl", lambda: s3.get_object_acl(**at)),
        ("PutObjectAcl", lambda: s3.put_object_acl(**at, ACL="public-read")),
        ("GetBucketPolicy", lambda: s3.get_bucket_policy(**on)),
        ("PutBucketPolicy", lambda: s3.put_bucket_policy(**on, Policy=public)),
        ("PutBucketNotification", lambda: s3.put_bucket_notification_configuration(**on, NotificationConfiguration={})),
        ("PutBucketVersioning", lambda: s3.put_bucket_versioning(**on, VersioningConfiguration={"Status": "Enabled"})),
        ("PutLifecycleConfiguration", lambda: s3.delete_bucket_lifecycle(**on)),
        ("DeleteBucket", lambda: s3.delete_bucket(**on)),
        ("ListAllMyBuckets", lambda: s3.list_buckets()),
        ("CreateBucket", lambda: s3.create_bucket(Bucket=f"{bucket}-more")),
    ]


def may(call: Callable[[], Any]) -> bool:
    """Return whether the store does what is asked; that it finds nothing is no refusal."""
    try:
        return "Errors" not in call()
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("AccessDenied", "403")


@pytest.mark.parametrize("identity", GRANTS)
def test_an_identity_may_do_what_it_declares_and_nothing_else(store: dict[str, dict[str, str]], identity: str) -> None:
    own = store[identity]
    keys = {"aws_access_key_id": own["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": own["AWS_SECRET_ACCESS_KEY"]}
    s3 = boto3.Session().client("s3", endpoint_url=own["AWS_ENDPOINT_URL_S3"], region_name="eu-central-1", **keys)
    allowed = set[str]().union(*(ACTIONS[action] for action in GRANTS[identity]))
    wrong = []
    for bucket in (PHOTOS, BILLS):
        for action, call in asked(s3, bucket):
            if may(call) is not (bucket == PHOTOS and action in allowed):
                wrong.append((action, bucket))
    assert wrong == []


@pytest.mark.parametrize("identity", GRANTS)
def test_what_the_clients_of_an_identity_do_is_in_its_policy(
    store: dict[str, dict[str, str]], identity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store[identity].items():
        monkeypatch.setenv(name, value)
    driver, held = bucket_driver(Bucket("photos"), PHOTOS), GRANTS[identity]
    asks: dict[str, list[Callable[[], object]]] = {
        "get": [lambda: driver.get("there", None), lambda: driver.head("there"), lambda: driver.open("there").read()],
        "list": [lambda: driver.list("", None, 10, None)],
        "put": [
            lambda: driver.put(f"new-{identity}", b"x", TEXT, IF_ABSENT),
            lambda: driver.put_stream("streamed", iter([b"x" * 6_000_000, b"y"]), TEXT),
        ],
        "delete": [lambda: driver.delete("gone")],
    }
    for action, calls in asks.items():
        reaches = action in held or (identity == "sign" and action in ("get", "put"))
        for call in calls:
            if reaches:
                call()
            else:
                with pytest.raises(PermissionDenied):
                    call()
