"""samples/photos, deployed: photos over HTTP, the bucket's events, the queue and the schedule."""

from __future__ import annotations

import json
from typing import Any

from deployed_samples.sample import Sample

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PNG = b"\x89PNG\r\n" + bytes(20)


def record(name: str, content: bytes, kind: str) -> dict[str, Any]:
    return {"name": name, "size": len(content), "media_type": f"image/{kind}"}


def test_a_photo_comes_back_byte_for_byte(sample: Sample) -> None:
    status, _, body = sample.call("PUT", "/photos/my%20cat%2B1.jpg", JPEG)
    assert (status, json.loads(body)) == (201, {"stored": "my cat+1.jpg", "size": len(JPEG)})
    status, headers, body = sample.call("GET", "/photos/my%20cat%2B1.jpg")
    assert (status, headers["content-type"], body) == (200, "image/jpeg", JPEG)


def test_what_is_not_there_and_what_is_empty(sample: Sample) -> None:
    assert sample.http("GET", "/photos/none.jpg") == (404, {"detail": "there is no photo none.jpg"})
    assert sample.http("PUT", "/photos/empty.jpg")[0] == 400


def test_the_event_of_the_bucket_puts_a_photo_into_the_catalog(sample: Sample) -> None:
    assert sample.call("PUT", "/photos/a.png", PNG)[0] == 201
    both = [record("a.png", PNG, "png"), record("my cat+1.jpg", JPEG, "jpeg")]
    sample.settled(lambda: sample.http("GET", "/photos"), (200, both))
    assert sample.http("GET", "/photos?prefix=my&limit=1") == (200, both[1:])


def test_a_message_renames_a_photo_and_the_new_name_is_indexed_too(sample: Sample) -> None:
    send(sample, "a.png", "b.png")
    sample.settled(lambda: sample.call("GET", "/photos/b.png")[2], PNG)
    sample.settled(lambda: sample.call("GET", "/photos/a.png")[0], 404)
    sample.settled(lambda: sample.http("GET", "/photos?prefix=b"), (200, [record("b.png", PNG, "png")]))


def test_a_rename_of_nothing_is_tried_five_times_and_given_up(sample: Sample) -> None:
    with sample.hurried("jobs"):
        send(sample, "none.png", "new.png")
        sample.settled(lambda: failures(sample), 5)
        sample.settled(sample.left_in_queues, {})
    assert failures(sample) == 5


def test_the_schedule_writes_the_report(sample: Sample) -> None:
    reports = {"Bucket": sample.outputs["buckets"]["photos"], "Prefix": "reports/"}
    store = sample.client("s3")
    sample.fire("nightly", lambda: store.list_objects_v2(**reports)["KeyCount"], 1)
    key = store.list_objects_v2(**reports)["Contents"][0]["Key"]
    report = json.loads(store.get_object(Bucket=reports["Bucket"], Key=key)["Body"].read())
    assert report == {"photos": 2, "bytes": len(JPEG) + len(PNG)}


def test_no_queue_holds_anything(sample: Sample) -> None:
    sample.settled(sample.left_in_queues, {})


def test_a_photo_with_a_plus_in_its_name_can_be_deleted_by_its_owner(sample: Sample) -> None:
    """Not left to `destroy`: ministack does not encode the keys that it lists, and the engine would ask for `my cat 1.jpg`."""
    store, bucket = sample.client("s3"), sample.outputs["buckets"]["photos"]
    plus = [each for each in store.list_object_versions(Bucket=bucket)["Versions"] if "+" in each["Key"]]
    assert {each["Key"] for each in plus} == {"originals/my cat+1.jpg", "index/my cat+1.jpg.json"}
    for each in plus:
        store.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    assert sample.call("GET", "/photos/my%20cat%2B1.jpg")[0] == 404


def test_a_second_deployment_changes_nothing(sample: Sample) -> None:
    assert sample.commands.json("deploy", "--yes")["outcome"] == "unchanged"
    assert sample.differences() <= {"aws_cloudwatch_metric_alarm"}, "which ministack does not read back as it is"


def send(sample: Sample, source: str, target: str) -> None:
    """Send a job as somebody outside of the app does."""
    body = json.dumps({"source": source, "target": target})
    sample.client("sqs").send_message(QueueUrl=sample.outputs["queues"]["jobs"], MessageBody=body)


def failures(sample: Sample) -> int:
    """Return how often the worker found no such photo."""
    return sum("NotFound: there is no photo none.png" in line for line in sample.logs())
