"""Alarms: what a metric must not do, and the topic that is told."""

from __future__ import annotations

from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.places import AwsPlaces, arn
from portable_aws.deploy.infra.policies import topic_policy

TOPIC = "alarms_"
"""The label of the topic of alarms: no topic of an app has a name with _."""


def alarm_topic(document: Document, places: AwsPlaces) -> None:
    """Add the topic that every alarm goes to, and a subscription by mail where an address is given.

    Its key is not that of AWS: CloudWatch may not use it, and alarms would be lost.
    """
    topic = document.resource("aws_sns_topic", TOPIC, name=f"{places.stage.prefix()}-alarms_")
    alarms = arn("cloudwatch", f"alarm:{places.stage.prefix()}-*")
    topic_policy(document, TOPIC, topic, ("cloudwatch.amazonaws.com", alarms))
    document.resource(
        "aws_sns_topic_subscription",
        TOPIC,
        count=reference('var.alarm_email == "" ? 0 : 1'),
        topic_arn=reference(f"{topic}.arn"),
        protocol="email",
        endpoint=reference("var.alarm_email"),
    )


def alarm(
    document: Document,
    places: AwsPlaces,
    label: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, str],
    statistic: str = "Sum",
    above: int | Expression = 0,
) -> None:
    """Add an alarm that goes off when a metric was above a number in any of five minutes."""
    document.resource(
        "aws_cloudwatch_metric_alarm",
        label,
        alarm_name=f"{places.stage.prefix()}-{label}",
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=60,
        evaluation_periods=5,
        datapoints_to_alarm=1,
        threshold=above,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[reference(f"aws_sns_topic.{TOPIC}.arn")],
    )


def letters_alarm(document: Document, places: AwsPlaces, label: str, queue: str) -> None:
    """Add an alarm that goes off when a queue of what was given up holds anything; `queue` is its name in SQS."""
    metric = "ApproximateNumberOfMessagesVisible"
    alarm(document, places, f"{label}_letters", "AWS/SQS", metric, {"QueueName": queue}, "Maximum")
