"""The same as form, written by hand for API Gateway's payload 2.0: it checks the same, and tells all faults."""

import json
from urllib.parse import parse_qs


def handler(event, context):
    """Take a form."""
    sent = parse_qs(event["body"], keep_blank_values=True)
    query = event.get("queryStringParameters") or {}
    errors, found = [], {"news": False, "size": 10}
    for name, text, convert in (
        ("list", event["pathParameters"]["number"], int),
        ("name", sent.get("name", [None])[-1], str),
        ("age", sent.get("age", [None])[-1], int),
        ("news", sent.get("news", [None])[-1], lambda value: value in ("on", "true", "1")),
        ("size", query.get("size"), int),
    ):
        if text is None:
            if name not in found:
                errors.append({"at": name, "message": "a value is required"})
            continue
        try:
            found[name] = convert(text)
        except ValueError:
            errors.append({"at": name, "message": f"{text!r} is not right"})
    if not errors and found["age"] < 18:
        errors.append({"at": "age", "message": "must be at least 18"})
    return {
        "statusCode": 400 if errors else 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"errors": errors} if errors else found),
    }
