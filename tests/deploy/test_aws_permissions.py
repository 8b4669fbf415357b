"""Each identity can do exactly what was declared: every action of the permission map, on every resource, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

REFUSED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "403")
KEY = {"id": {"S": "probe"}, "at": {"S": "2026-01-01T00:00:00.000000Z"}}
OTHER = "elsewhere"

READS_ROWS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"}
WRITES_ROWS = {
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
}
TAKES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
FOLLOWS = {
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
}
EXPECTED: dict[str, dict[tuple[str, str], set[str]]] = {
    "found": {("table", "rows"): READS_ROWS},
    "send": {
        ("queue", "jobs"): {"sqs:SendMessage"},
        ("queue", "steps"): {"sqs:SendMessage"},
        ("topic", "news"): {"sns:Publish"},
        ("stream", "clicks"): {"kinesis:PutRecord", "kinesis:PutRecords"},
        ("bucket", "files"): {"s3:PutObject", "s3:DeleteObject"},
    },
    "settings": {("secret", "token"): {"ssm:GetParameter"}},
    "dead": {
        ("queue", "jobs-poison"): {
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
        },
        ("queue", "jobs"): {"sqs:SendMessage"},
    },
    "work": {("table", "rows"): WRITES_ROWS, ("queue", "jobs"): TAKES, ("queue", "jobs-poison"): {"sqs:SendMessage"}},
    "step": {("table", "rows"): WRITES_ROWS, ("queue", "steps"): TAKES},
    "read-all": {("table", "rows"): WRITES_ROWS, ("queue", "read-all"): TAKES},
    "read-urgent": {("table", "rows"): WRITES_ROWS, ("queue", "read-urgent"): TAKES},
    "arrived": {
        ("table", "rows"): WRITES_ROWS,
        ("queue", "arrived"): TAKES,
        ("bucket", "files"): {"s3:GetObject", "s3:ListBucket"},
    },
    "pictured": {("table", "rows"): WRITES_ROWS, ("queue", "pictured"): TAKES},
    "removed": {
        ("table", "rows"): WRITES_ROWS,
        ("queue", "removed"): TAKES,
        ("queue", "removed-poison"): {"sqs:SendMessage"},
    },
    "follow": {("table", "rows"): WRITES_ROWS, ("stream", "clicks"): FOLLOWS},
    "tick": {("table", "rows"): WRITES_ROWS},
    "site": {},
}


def calls(deployed: Any) -> list[tuple[str, tuple[str, str], Callable[[Callable[[str], Any]], Any]]]:
    """Return each action, the resource it is tried on, and the call; a call gets a function that makes clients."""
    found: list[tuple[str, tuple[str, str], Callable[[Callable[[str], Any]], Any]]] = []
    outputs = deployed.outputs

    def add(action: str, kind: str, name: str, method: str, **given: Any) -> None:
        service = action.partition(":")[0]
        found.append((action, (kind, name), lambda client: getattr(client(service), method)(**given)))

    for name, table in {**outputs["tables"], OTHER: OTHER}.items():
        where = {"TableName": table}
        add("dynamodb:GetItem", "table", name, "get_item", **where, Key=KEY)
        add("dynamodb:PutItem", "table", name, "put_item", **where, Item=KEY)
        add("dynamodb:UpdateItem", "table", name, "update_item", **where, Key=KEY)
        add("dynamodb:DeleteItem", "table", name, "delete_item", **where, Key=KEY)
        add("dynamodb:Scan", "table", name, "scan", **where)
        wanted = {":id": {"S": "probe"}}
        add(
            "dynamodb:Query",
            "table",
            name,
            "query",
            **where,
            KeyConditionExpression="id=:id",
            ExpressionAttributeValues=wanted,
        )
        add("dynamodb:BatchGetItem", "table", name, "batch_get_item", RequestItems={table: {"Keys": [KEY]}})
        add(
            "dynamodb:BatchWriteItem",
            "table",
            name,
            "batch_write_item",
            RequestItems={table: [{"PutRequest": {"Item": KEY}}]},
        )
    for name, url in {**outputs["queues"], OTHER: deployed.other_queue}.items():
        where = {"QueueUrl": url}
        group = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if url.endswith(".fifo") else {}
        add("sqs:SendMessage", "queue", name, "send_message", **where, MessageBody="probe", **group)
        add("sqs:ReceiveMessage", "queue", name, "receive_message", **where, VisibilityTimeout=0, WaitTimeSeconds=0)
        add("sqs:DeleteMessage", "queue", name, "delete_message", **where, ReceiptHandle="x")
        add("sqs:GetQueueAttributes", "queue", name, "get_queue_attributes", **where, AttributeNames=["All"])
        add(
            "sqs:ChangeMessageVisibility",
            "queue",
            name,
            "change_message_visibility",
            **where,
            ReceiptHandle="x",
            VisibilityTimeout=0,
        )
        add("sqs:PurgeQueue", "queue", name, "purge_queue", **where)
    for name, topic in outputs["topics"].items():
        add("sns:Publish", "topic", name, "publish", TopicArn=topic, Message="probe")
    for name, stream in outputs["streams"].items():
        add("kinesis:PutRecord", "stream", name, "put_record", StreamARN=stream, Data=b"x", PartitionKey="p")
        add(
            "kinesis:PutRecords",
            "stream",
            name,
            "put_records",
            StreamARN=stream,
            Records=[{"Data": b"x", "PartitionKey": "p"}],
        )
        add("kinesis:ListShards", "stream", name, "list_shards", StreamARN=stream)
        add("kinesis:DescribeStreamSummary", "stream", name, "describe_stream_summary", StreamARN=stream)
    for name, bucket in {**outputs["buckets"], OTHER: OTHER}.items():
        add("s3:GetObject", "bucket", name, "get_object", Bucket=bucket, Key="probe")
        add("s3:PutObject", "bucket", name, "put_object", Bucket=bucket, Key="probe", Body=b"x")
        add("s3:DeleteObject", "bucket", name, "delete_object", Bucket=bucket, Key="other")
        add("s3:ListBucket", "bucket", name, "list_objects_v2", Bucket=bucket)
    for name, parameter in {**outputs["secrets"], OTHER: f"/{OTHER}"}.items():
        add("ssm:GetParameter", "secret", name, "get_parameter", Name=parameter, WithDecryption=True)
        add("ssm:PutParameter", "secret", name, "put_parameter", Name=parameter, Value="x", Overwrite=True)
    for name, physical in outputs["functions"].items():
        add("lambda:InvokeFunction", "function", name, "invoke", FunctionName=physical, InvocationType="DryRun")
    return found


@pytest.fixture(scope="module")
def probed(deployed: Any) -> Any:
    """The deployment, with resources of somebody else beside it."""
    deployed.client("dynamodb").create_table(
        TableName=OTHER,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "at")],
    )
    deployed.other_queue = deployed.client("sqs").create_queue(QueueName=OTHER)["QueueUrl"]
    buckets = deployed.client("s3")
    buckets.create_bucket(Bucket=OTHER, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for bucket in (OTHER, *deployed.outputs["buckets"].values()):
        buckets.put_object(Bucket=bucket, Key="probe", Body=b"x")
    deployed.client("ssm").put_parameter(Name=f"/{OTHER}", Value="x", Type="SecureString")
    return deployed


@pytest.mark.parametrize("function", EXPECTED)
def test_a_function_may_do_what_it_declared_and_nothing_else(probed: Any, function: str) -> None:
    from botocore.exceptions import ClientError

    role = f"arn:aws:iam::000000000000:role/{probed.outputs['functions'][function]}"
    taken = probed.client("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
    keys = {
        "aws_access_key_id": taken["AccessKeyId"],
        "aws_secret_access_key": taken["SecretAccessKey"],
        "aws_session_token": taken["SessionToken"],
    }
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = probed.client(service, **keys)
        return clients[service]

    wrong = []
    for action, resource, call in calls(probed):
        try:
            call(client)
            allowed = True
        except ClientError as error:
            allowed = error.response["Error"]["Code"] not in REFUSED
        if allowed is not (action in EXPECTED[function].get(resource, ())):
            wrong.append(f"{'may' if allowed else 'may not'} {action} on {resource}")
    assert wrong == []


def test_every_function_of_the_app_was_probed(probed: Any) -> None:
    assert set(EXPECTED) == set(probed.outputs["functions"])
