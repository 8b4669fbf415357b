"""Every real AWS event: the declared kind is read as the reference libraries read it, every other kind is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    EventBridgeEvent,
    KinesisStreamEvent,
    S3Event,
    SNSEvent,
    SQSEvent,
)
from events.provider_events import folders, payloads
from mangum.handlers.alb import ALB
from mangum.handlers.api_gateway import APIGateway, HTTPGateway

from portable.compute.consume import Consumer
from portable.errors import EventError
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable_aws.runtime import http, messages, objects, records, schedule

HTTP = ("aws/apigw_http_v2", "aws/function_url", "aws/apigw_rest_v1", "aws/alb")
TRIGGERS = {
    "http": set(HTTP),
    "queue": {"aws/sqs"},
    "topic": {"aws/sns", "aws/sqs"},
    "created": {"aws/s3", "aws/s3_eventbridge", "aws/sqs", "aws/sns"},
    "deleted": {"aws/s3", "aws/s3_eventbridge", "aws/sqs", "aws/sns"},
    "schedule": {"aws/eventbridge_schedule"},
    "stream": {"aws/kinesis"},
}


class NativeContext:
    """What the Lambda runtime hands to a handler beside the event."""

    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 3000


def handler(kind: str, ran: list[Any]) -> Callable[[Any, Any], Any]:
    """Return the Lambda handler of a kind of trigger; each event a handler is given is added to `ran`."""

    def call(value: Any, context: Any) -> None:
        ran.append(value)

    consumer = Consumer("function", call)
    if kind == "http":
        table = RouteTable([("/{rest:path}", {"*": Route("function", call, 10**9)})])
        return http.handler(table, "function")
    if kind == "schedule":
        return schedule.handler(call, "function")
    if kind in ("created", "deleted"):
        return objects.handler(consumer, kind)
    if kind == "stream":
        return records.handler(consumer)
    return messages.handler(consumer, kind)


@pytest.mark.parametrize(("path", "event"), payloads(*folders("aws")))
def test_an_event_is_handled_or_refused_with_an_event_error_and_nothing_else(path: str, event: Any) -> None:
    for kind, taken in TRIGGERS.items():
        ran: list[Any] = []
        refused = None
        try:
            handler(kind, ran)(event, NativeContext())
        except EventError as error:
            refused = error
        if refused is None:
            assert path.rpartition("/")[0] in taken, f"an event of another kind was taken by {kind}"
        else:
            assert not ran, f"the {kind} handler ran although the event was refused"
            assert (bool(refused.expected), bool(refused.came)) == (True, True)


def http_decoded(event: Any) -> Request:
    if not isinstance(event.get("body"), str | None):
        pytest.skip("a recording of another service's echo: its body is no text")
    return http.decode(event)[0]


def is_base64(text: str) -> bool:
    try:
        base64.b64decode(text)
    except ValueError:
        return False
    return True


def grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def mangum(path: str, event: Any) -> Any:
    kind = {"apigw_rest_v1": APIGateway, "alb": ALB}.get(path.split("/")[1], HTTPGateway)
    if kind is HTTPGateway:
        event = {"version": "2.0", **event}
    return kind(event, NativeContext(), {"api_gateway_base_path": "/", "text_mime_types": [], "exclude_headers": []})


@pytest.mark.parametrize(("path", "event"), payloads(*HTTP))
def test_http_means_what_mangum_makes_of_it(path: str, event: Any) -> None:
    request = http_decoded(event)
    reference = mangum(path, event)
    try:
        scope = reference.scope
    except (KeyError, AttributeError, ValueError) as error:
        pytest.skip(f"Mangum cannot read it: {error!r}")
    stage = event["requestContext"].get("stage")
    named = path.startswith("aws/apigw_http_v2") and scope["path"].startswith(f"/{stage}/")
    assert request.method == scope["method"].upper()
    path_there = scope["path"][len(stage) + 1 :] if named else scope["path"]
    if "rawPath" in event and ".lambda-url." not in event["requestContext"]["domainName"] and "%" in event["rawPath"]:
        path_there = event["rawPath"]  # Mangum decodes once more what an HTTP API has decoded
    assert request.path.removeprefix("/") == path_there.removeprefix("/")

    query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    assert grouped(request.query.multi_items()) == grouped(query)
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode().lower()
        separator = "; " if key == "cookie" else ", "
        headers[key] = f"{headers[key]}{separator}{value.decode()}" if key in headers else value.decode()
    if path.startswith("aws/apigw_rest_v1"):
        for name in event.get("multiValueHeaders") or {}:
            if name.lower() in ("x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"):
                headers.pop(name.lower(), None)  # recorded as text, where Mangum gives ""
    assert {name: value for name, value in request.headers.items() if name in headers} == headers
    if not event.get("isBase64Encoded") or (event.get("body") and is_base64(event["body"])):
        assert request.body == (reference.body or b"")


@pytest.mark.parametrize(("path", "event"), payloads(*HTTP))
def test_http_means_what_powertools_makes_of_it(path: str, event: Any) -> None:
    request = http_decoded(event)
    kinds: dict[str, Any] = {"apigw_rest_v1": APIGatewayProxyEvent, "alb": ALBEvent}
    reference = kinds.get(path.split("/")[1], APIGatewayProxyEventV2)(event)
    if path.startswith(("aws/apigw_rest_v1", "aws/alb")):
        assert request.raw_path.removeprefix("/") == reference.path.removeprefix("/")
        assert request.method == reference.http_method.upper()
    query = grouped(request.query.multi_items())
    if "sam-cli__AwsProxy" in path or "datadog-lambda-python__application-load-balancer-multivalue" in path:
        pass  # written by hand with text where a mapping belongs
    elif path.startswith("aws/apigw_rest_v1"):
        assert query == {name: list(values) for name, values in reference.resolved_query_string_parameters.items()}
    elif path.startswith("aws/alb"):
        raw = event.get("multiValueQueryStringParameters") or {
            name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
        }
        assert query == {unquote_plus(name): [unquote_plus(value) for value in values] for name, values in raw.items()}
    elif event.get("queryStringParameters") and event.get("rawQueryString"):
        joined = {name: ",".join(values) for name, values in query.items()}
        assert joined.keys() >= reference.query_string_parameters.keys() or "pt-typescript" in path
    for name, value in reference.headers.items():
        if value is not None and not event.get("multiValueHeaders") and name.lower() != "cookie":
            assert request.headers[name] == value
    body = event.get("body") or ""
    encoded = event.get("isBase64Encoded") is True and is_base64(body)
    assert request.body == (base64.b64decode(body) if encoded else body.encode())


@pytest.mark.parametrize(("path", "event"), payloads("aws/apigw_http_v2", "aws/function_url"))
def test_the_cookies_of_payload_2_are_the_requests(path: str, event: Any) -> None:
    request = http_decoded(event)
    for cookie in event.get("cookies") or ():
        name, _, value = cookie.partition("=")
        if ";" not in cookie and "=" in cookie:
            assert request.cookies[name.strip()] == value.strip().strip('"')


def decoded_objects(event: Any) -> list[Any]:
    found = []
    for kind in ("created", "deleted"):
        try:
            found += objects.decode(event, kind)
        except EventError:
            continue
    return found


@pytest.mark.parametrize(("path", "event"), payloads("aws/s3"))
def test_s3_objects_are_what_powertools_reads(path: str, event: Any) -> None:
    found = decoded_objects(event)
    if not found:
        name = event["Records"][0].get("eventName")
        assert name is None or not name.removeprefix("s3:").startswith(("ObjectCreated:", "ObjectRemoved:"))
        return
    records = list(S3Event(event).records)
    assert [object_.bucket for object_ in found] == [record.s3.bucket.name for record in records]
    assert [object_.key for object_ in found] == [unquote_plus(record.s3.get_object.key) for record in records]
    assert [object_.size for object_ in found] == [record["s3"]["object"].get("size") for record in records]
    assert [object_.etag for object_ in found] == [record["s3"]["object"].get("eTag") for record in records]


@pytest.mark.parametrize(("path", "event"), payloads("aws/s3_eventbridge"))
def test_the_keys_of_s3_through_eventbridge_are_plain(path: str, event: Any) -> None:
    found = decoded_objects(event)
    assert bool(found) == (event["detail-type"] in ("Object Created", "Object Deleted"))
    for object_ in found:
        assert object_.key == event["detail"]["object"]["key"]
        assert object_.bucket == event["detail"]["bucket"]["name"]


@pytest.mark.parametrize(("path", "event"), payloads("aws/sqs"))
def test_queue_messages_are_what_powertools_reads(path: str, event: Any) -> None:
    if not all(isinstance(record["body"], str) for record in event["Records"]):
        pytest.skip("written by hand with an object where SQS has text")
    direct, batch = messages.decode(event, "queue")
    assert not direct
    for (item, message), record in zip(batch, SQSEvent(event).records, strict=True):
        assert item == record.message_id
        assert message.payload == record.body.encode()
        assert message.attempt == int(record.attributes.approximate_receive_count)
        assert message.group == record.attributes.message_group_id
        for name, attribute in record.message_attributes.items():
            if attribute["dataType"] == "String" and name not in ("portable", "traceparent"):
                assert message.attributes[name] == attribute["stringValue"]


@pytest.mark.parametrize(("path", "event"), payloads("aws/sns"))
def test_topic_messages_are_what_powertools_reads(path: str, event: Any) -> None:
    direct, batch = messages.decode(event, "topic")
    assert direct
    for (_, message), record in zip(batch, SNSEvent(event).records, strict=True):
        assert message.id == record.sns.message_id
        assert message.payload == record.sns.message.encode()
        for name, attribute in (record.sns.get("MessageAttributes") or {}).items():
            assert message.attributes[name] == attribute["Value"]


@pytest.mark.parametrize(("path", "event"), payloads("aws/sqs"))
def test_a_notification_inside_a_queue_message_is_unwrapped_for_a_topic(path: str, event: Any) -> None:
    if not all(isinstance(record["body"], str) for record in event["Records"]):
        pytest.skip("written by hand with an object where SQS has text")
    _, batch = messages.decode(event, "topic")
    for (_, message), record in zip(batch, event["Records"], strict=True):
        if '"TopicArn"' in record["body"]:
            envelope = json.loads(record["body"])
            assert (message.id, message.payload) == (envelope["MessageId"], envelope["Message"].encode())


@pytest.mark.parametrize(("path", "event"), payloads("aws/eventbridge_schedule"))
def test_a_schedules_time_is_what_powertools_reads(path: str, event: Any) -> None:
    reference = EventBridgeEvent(event)
    try:
        tick = schedule.decode(event)
    except EventError:
        assert reference.time == "date"  # a recording that holds a placeholder
        return
    assert tick.scheduled_at.strftime("%Y-%m-%dT%H:%M:%SZ") == reference.time


@pytest.mark.parametrize(("path", "event"), payloads("aws/kinesis"))
def test_records_of_a_stream_are_what_powertools_reads(path: str, event: Any) -> None:
    if any("{{{" in record["kinesis"]["data"] for record in event["Records"]):
        pytest.skip("a template: its data are a placeholder")
    found = records.decode(event)
    for record, reference in zip(found, KinesisStreamEvent(event).records, strict=True):
        assert record.payload == reference.kinesis.data_as_bytes()
        assert record.key == reference.kinesis.partition_key
        assert record.sequence == reference.kinesis.sequence_number
        assert record.id == reference["eventID"]
        arrived = reference["kinesis"]["approximateArrivalTimestamp"]
        assert (record.sent_at.timestamp() if record.sent_at else None) == (
            None if isinstance(arrived, str) else arrived
        )
        assert record.attempt is None
