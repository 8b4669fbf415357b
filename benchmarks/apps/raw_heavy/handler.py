"""The same as heavy, written by hand."""

import json

import fastapi
import pydantic


class Reply(pydantic.BaseModel):
    """What is answered."""

    message: str
    version: str


def handler(event, context):
    """Greet somebody."""
    reply = Reply(message=f"Hello {event['pathParameters']['name']}", version=fastapi.__version__)
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(reply.model_dump()),
    }
