"""The same as hello, written by hand for API Gateway's payload 2.0."""

import json


def handler(event, context):
    """Greet somebody."""
    name = event["pathParameters"]["name"]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": f"Hello {name}"}),
    }
