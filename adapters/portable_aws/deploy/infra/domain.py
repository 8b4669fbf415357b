"""The custom domain of an HTTP API: its certificate, the domain, and its records where the zone is in Route 53.

API Gateway takes a certificate only once it is issued, and it is issued only once the owner has set a record of DNS. So without a
zone the domain is made in a second deployment, when the variable `domain_ready` is true.
"""

from __future__ import annotations

from portable.tooling.infra.domains import READY, WANTED, count, told
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_aws.deploy.infra.places import AwsPlaces

ZONE = "domain_zone"
"""The key of [tool.portable.aws] that names the hosted zone in Route 53."""
LABEL = "domain"
_PROOF = "tolist(aws_acm_certificate.domain[0].domain_validation_options)[0]"
_PATIENCE = "30m"
"""How long the certificate is waited for: ACM looks at the record every few minutes."""


def zone_of(places: AwsPlaces) -> str:
    """Return the id of the hosted zone, "" without one."""
    return next((found.details[ZONE] for found in places.blueprint.functions if ZONE in found.details), "")


def domain(document: Document, places: AwsPlaces) -> Expression | None:
    """Add the domain of an app's API and return what is told of it; None when the app asks for none or has no API."""
    if not places.blueprint.domain or not any(f.trigger["kind"] == "http" for f in places.blueprint.functions):
        return None
    zone = zone_of(places)
    live = WANTED if zone else f"{WANTED} && var.{READY}"
    certificate = document.resource(
        "aws_acm_certificate",
        LABEL,
        count=count(WANTED),
        domain_name=reference("var.domain"),
        validation_method="DNS",
        lifecycle={"create_before_destroy": True},
    )
    issued = document.resource(
        "aws_acm_certificate_validation",
        LABEL,
        count=count(live),
        certificate_arn=reference(f"{certificate}[0].arn"),
        timeouts={"create": _PATIENCE},
        depends_on=[_proof(document, zone)] if zone else None,
    )
    made = document.resource(
        "aws_apigatewayv2_domain_name",
        LABEL,
        count=count(live),
        domain_name=reference("var.domain"),
        domain_name_configuration={
            "certificate_arn": reference(f"{issued}[0].certificate_arn"),
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )
    document.resource(
        "aws_apigatewayv2_api_mapping",
        LABEL,
        count=count(live),
        api_id=reference("aws_apigatewayv2_api.http.id"),
        domain_name=reference(f"{made}[0].id"),
        stage=reference("aws_apigatewayv2_stage.http.id"),
    )
    if zone:
        _lead(document, zone, made)
        return told(live, ("[]",))
    return told(live, (_PROVING.format(certificate), _LEADING.format(made)))


_PROVING = (
    "[for each in {}[0].domain_validation_options : {{name = each.resource_record_name, "
    "type = each.resource_record_type, value = each.resource_record_value}}]"
)
_LEADING = (
    '[for each in {} : {{name = var.domain, type = "CNAME", '
    "value = each.domain_name_configuration[0].target_domain_name}}]"
)


def _proof(document: Document, zone: str) -> str:
    """Add the record by which ACM sees whose the domain is, and return its address."""
    return document.resource(
        "aws_route53_record",
        "domain_proof",
        count=count(WANTED),
        zone_id=zone,
        name=reference(f"{_PROOF}.resource_record_name"),
        type=reference(f"{_PROOF}.resource_record_type"),
        records=[reference(f"{_PROOF}.resource_record_value")],
        ttl=300,
        allow_overwrite=True,  # a later certificate of the domain has the same record
    )


def _lead(document: Document, zone: str, made: str) -> None:
    """Add the record that leads the domain to the API."""
    where = f"{made}[0].domain_name_configuration[0]"
    document.resource(
        "aws_route53_record",
        LABEL,
        count=count(WANTED),
        zone_id=zone,
        name=reference("var.domain"),
        type="A",
        alias={
            "name": reference(f"{where}.target_domain_name"),
            "zone_id": reference(f"{where}.hosted_zone_id"),
            "evaluate_target_health": False,
        },
    )
