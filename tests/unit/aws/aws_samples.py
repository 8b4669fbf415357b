"""Lambda events, one of each documented format, written by hand; functions, so that a test may change what it gets."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any


class NativeContext:
    """What the Lambda runtime hands to a handler beside the event."""

    aws_request_id = "8f5d6a3e-1111-2222-3333-444455556666"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 2500


def http_v2(method: str = "GET", path: str = "/", query: str = "", **more: Any) -> dict[str, Any]:
    """Return a request of a function URL, in payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "example.org", "content-type": "application/json"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.lambda-url.eu-central-1.on.aws",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "t"},
            "requestId": "id",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "isBase64Encoded": False,
        **more,
    }


def http_v1(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    """Return a request of a REST API."""
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "example.org"},
        "multiValueHeaders": {"Host": ["example.org"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.8"},
            "path": f"/prod{path}",
            "stage": "prod",
        },
        "body": None,
        "isBase64Encoded": False,
        **more,
    }


def alb(method: str = "GET", path: str = "/", multi: bool = False, **more: Any) -> dict[str, Any]:
    """Return a request of a load balancer, whose target group has multi-value headers switched on or not."""
    headers = {"host": "example.org", "x-forwarded-for": "203.0.113.1, 192.0.2.9", "x-forwarded-proto": "http"}
    event: dict[str, Any] = {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/t/1"}},
        "httpMethod": method,
        "path": path,
        "body": "",
        "isBase64Encoded": False,
    }
    if multi:
        event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        event["multiValueQueryStringParameters"] = {}
    else:
        event["headers"] = headers
        event["queryStringParameters"] = {}
    return {**event, **more}


def s3_record(key: str = "in/a+cat%C3%A9.jpg", name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """Return one record of an S3 notification; the key is percent-encoded with + for a space."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2024-05-01T10:00:00.000Z",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": "photos-1", "arn": "arn:aws:s3:::photos-1"},
            "object": {"key": key, "size": 1024, "eTag": "0123456789abcdef", "sequencer": "0A1B2C"},
        },
    }


def s3(*records: dict[str, Any]) -> dict[str, Any]:
    """Return an S3 notification."""
    return {"Records": list(records) or [s3_record()]}


def s3_eventbridge(key: str = "in/a+cat.jpg", detail_type: str = "Object Created") -> dict[str, Any]:
    """Return the event S3 sends to EventBridge; its key is plain."""
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": detail_type,
        "source": "aws.s3",
        "time": "2024-05-01T10:00:00Z",
        "detail": {
            "bucket": {"name": "photos-1"},
            "object": {
                "key": key,
                "size": 5,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "sequencer": "00617F08299329D189",
            },
            "reason": "PutObject",
        },
    }


def sqs_record(body: str = "hello", **more: Any) -> dict[str, Any]:
    """Return one record of an SQS batch."""
    return {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {"color": {"stringValue": "red", "dataType": "String"}},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:jobs",
        **more,
    }


def sqs(*records: dict[str, Any]) -> dict[str, Any]:
    """Return an SQS batch."""
    return {"Records": list(records) or [sqs_record()]}


def notification(message: str = "hello") -> dict[str, Any]:
    """Return the text that SNS puts into a queue when raw delivery is off, as a value."""
    return {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:orders",
        "Message": message,
        "Timestamp": "2019-01-02T12:45:07.000Z",
        "MessageAttributes": {"color": {"Type": "String", "Value": "red"}},
    }


def sns(message: str = "hello") -> dict[str, Any]:
    """Return what SNS sends to a function directly."""
    envelope = notification(message)
    return {
        "Records": [{"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": "a", "Sns": envelope}]
    }


def scheduler(time: str = "2024-05-01T03:00:00Z") -> dict[str, Any]:
    """Return the input that a schedule of ours is given."""
    return {"portable": {"kind": "schedule", "time": time}}


def scheduled_rule(time: str = "2024-05-01T03:00:00Z") -> dict[str, Any]:
    """Return the event of a scheduled EventBridge rule."""
    return {
        "version": "0",
        "id": "1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": time,
        "detail": {},
    }


def kinesis_record(
    sequence: str = "4961", data: bytes = b'{"a": 1}', key: str = "user-1", shard: str = "shardId-000000000000"
) -> dict[str, Any]:
    told = {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": key,
        "sequenceNumber": sequence,
        "data": b64encode(data).decode(),
        "approximateArrivalTimestamp": 1767225600.5,
    }
    return {
        "kinesis": told,
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/clicks",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks",
    }


def kinesis(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(records) or [kinesis_record()]}


def every_kind() -> dict[str, Any]:
    """Return one event of each format by name."""
    return {
        "http_v2": http_v2(
            "POST", "/a%20b/c", "x=1&x=2&y=", cookies=["a=1", "b=2"], body="eyJhIjoxfQ==", isBase64Encoded=True
        ),
        "http_v1": http_v1("PUT", "/a", multiValueQueryStringParameters={"x": ["1", "2"]}, body="{}"),
        "alb": alb("PUT", "/a", queryStringParameters={"x": "a%20b"}, body="{}"),
        "alb_multi": alb("PUT", "/a", True, multiValueQueryStringParameters={"x": ["a%20b", "c"]}, body="{}"),
        "s3": s3(),
        "s3_through_sqs": sqs(sqs_record(json.dumps(s3()))),
        "s3_through_sns": sns(json.dumps(s3())),
        "s3_through_sns_and_sqs": sqs(sqs_record(json.dumps(notification(json.dumps(s3()))))),
        "s3_eventbridge": s3_eventbridge(),
        "sqs": sqs(),
        "kinesis": kinesis(),
        "sns": sns(),
        "sns_through_sqs": sqs(sqs_record(json.dumps(notification()))),
        "scheduler": scheduler(),
        "scheduled_rule": scheduled_rule(),
    }
