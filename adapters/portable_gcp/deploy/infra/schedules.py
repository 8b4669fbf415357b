"""Cloud Scheduler jobs: what calls a function when, under an identity that may call nothing else."""

from __future__ import annotations

from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.terraform import Document
from portable_gcp.deploy.facts import FACTS
from portable_gcp.deploy.infra.alerts import job_alert
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.callers import SCHEDULER, allowed, token
from portable_gcp.deploy.infra.places import REGION, GcpPlaces
from portable_gcp.deploy.infra.subscriptions import SPARE_SECONDS, seconds

_SHORTEST = 15


def schedule(document: Document, places: GcpPlaces, function: DeployedFunction) -> None:
    """Add the job of a function."""
    service = places.service(function)
    name = places.job(function.name)
    retries = min(function.attempts or 1, FACTS.most("attempts.schedule")) - 1
    wait = None if function.backoff is None else seconds(function.backoff)
    backoff = {} if wait is None else {"min_backoff_duration": wait, "max_backoff_duration": wait}
    document.resource(
        "google_cloud_scheduler_job",
        function.name,
        name=name,
        region=REGION,
        schedule=function.trigger["expression"],
        time_zone=function.trigger["timezone"],
        attempt_deadline=seconds(min(FACTS.most("timeout.schedule"), max(_SHORTEST, function.timeout + SPARE_SECONDS))),
        retry_config={"retry_count": retries, **backoff},
        http_target={"uri": service.uri, "http_method": "POST", "oidc_token": token(SCHEDULER, service)},
        depends_on=[*after("cloudscheduler"), *allowed(SCHEDULER, service)],
    )
    job_alert(document, places, function.name, name)
