"""A sample that was deployed to a stage of its own: what tests do to it and see of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from deploy.commands import Commands
from deploy.driven import Driven
from servers.terraform import Terraform
from servers.waiting import until

STAGE = "try"
"""A stage other than `dev`: its tables are protected."""
PATIENCE = 90


class Sample(Driven):
    """A deployed sample."""

    def __init__(self, commands: Commands, outputs: dict[str, Any]) -> None:
        super().__init__(outputs, commands.environment["AWS_ENDPOINT_URL"])
        self.commands = commands
        self._names = f"{commands.app.name}-{STAGE}"

    def http(self, method: str, path: str, sent: Any = None, **headers: str) -> tuple[int, Any]:
        """Call a route with JSON; return the status and the JSON that came."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if sent is None else json.dumps(sent).encode()
        status, _, came = self.call(method, path, body, {"content-type": "application/json", **named})
        return status, json.loads(came) if came else None

    def settled(self, ask: Callable[[], Any], wanted: Any) -> None:
        """Assert that what is asked for comes, with what the functions have logged where it does not."""
        found = until(ask, lambda found: found == wanted, PATIENCE)
        assert found == wanted, "\n".join(self.logs())

    def fire(self, schedule: str, done: Callable[[], Any], wanted: Any) -> None:
        """Let the scheduler fire a schedule within a minute, with the target and the input that were deployed.

        Not by `at(…)`: ministack does not take that for a schedule that it knows already.
        """
        scheduler = self.client("scheduler")
        held = scheduler.get_schedule(Name=schedule, GroupName=self._names)
        kept = {name: held[name] for name in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
        when = {name: held[name] for name in ("ScheduleExpression", "ScheduleExpressionTimezone")}
        scheduler.update_schedule(**kept, ScheduleExpression="rate(1 minute)")
        try:
            self.settled(done, wanted)
        finally:
            scheduler.update_schedule(**kept, **when)

    @contextmanager
    def hurried(self, queue: str) -> Iterator[None]:
        """Bring a message of a queue again after 5 seconds: by default the next attempt is after the timeout of the queue, 3 minutes."""
        queues, url = self.client("sqs"), self.outputs["queues"][queue]
        timeout = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
        try:
            yield
        finally:
            queues.set_queue_attributes(QueueUrl=url, Attributes=timeout)

    def left_in_queues(self) -> dict[str, int]:
        """Return how many messages each queue holds that holds any, dead letters and lost events among them."""
        queues, names = self.client("sqs"), ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = {}
        for url in self._queues():
            held = queues.get_queue_attributes(QueueUrl=url, AttributeNames=[*names])["Attributes"]
            if count := sum(int(held[name]) for name in names):
                found[url.rpartition("/")[2]] = count
        return found

    def differences(self) -> set[str]:
        """Return the types of what a new plan of the engine would change."""
        plan = Terraform(self.commands.infra, self.commands.environment).changes()
        return {change["resource"]["resource_type"] for change in plan}

    def there(self) -> list[str]:
        """Return the name of everything of this stage that the server has."""
        tables, buckets = self.client("dynamodb").list_tables(), self.client("s3").list_buckets()
        topics, parameters = self.client("sns").list_topics(), self.client("ssm").describe_parameters()
        found = [
            *(each["FunctionName"] for each in self.client("lambda").list_functions()["Functions"]),
            *(each["Name"] for each in self.client("scheduler").list_schedule_groups()["ScheduleGroups"]),
            *(each["Name"] for each in self.client("apigatewayv2").get_apis()["Items"]),
            *(each["logGroupName"] for each in self.client("logs").describe_log_groups()["logGroups"]),
            *(each["AlarmName"] for each in self.client("cloudwatch").describe_alarms()["MetricAlarms"]),
            *(
                each["RoleName"]
                for each in self.client("iam").list_roles()["Roles"]
                if "deployer" not in each["RoleName"]
            ),
            *(each["Name"] for each in buckets["Buckets"]),
            *(each["TopicArn"] for each in topics["Topics"]),
            *(each["Name"] for each in parameters["Parameters"]),
            *tables["TableNames"],
            *self._queues(),
        ]
        return sorted(name for name in found if self._names in name.replace("/", "-"))

    def _queues(self) -> list[str]:
        found: list[str] = self.client("sqs").list_queues(QueueNamePrefix=f"{self._names}-").get("QueueUrls", [])
        return found
