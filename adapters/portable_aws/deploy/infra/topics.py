"""SNS topics, and the subscription of each function's queue with its filter."""

from __future__ import annotations

import json

from portable.tooling.infra.terraform import Document, reference
from portable_aws.deploy.infra.places import AwsPlaces
from portable_aws.deploy.infra.policies import topic_policy


def topic(document: Document, places: AwsPlaces, name: str) -> None:
    """Add a topic and the subscriptions of its functions. Delivery is raw: ids and traces travel as attributes of ours."""
    address = document.resource("aws_sns_topic", name, name=places.topic(name), kms_master_key_id="alias/aws/sns")
    topic_policy(document, name, address)
    arn = reference(f"{address}.arn")
    for function in places.triggered("topic", name):
        wanted = {attribute: [value] for attribute, value in function.trigger.get("filter") or ()}
        document.resource(
            "aws_sns_topic_subscription",
            function.name,
            topic_arn=arn,
            protocol="sqs",
            endpoint=reference(f"aws_sqs_queue.{function.feed}.arn"),
            raw_message_delivery=True,
            filter_policy=json.dumps(wanted) if wanted else None,
            filter_policy_scope="MessageAttributes" if wanted else None,
        )
