"""The same as bucket, with boto3."""

import json
import os

import boto3
from botocore.exceptions import ClientError

client = boto3.client("s3")


def handler(event, context):
    """Say whether there is a file."""
    try:
        client.head_object(Bucket=os.environ["PORTABLE_BUCKET_FILES"], Key=event["pathParameters"]["name"])
        found = True
    except ClientError:
        found = False
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"exists": found}),
    }
