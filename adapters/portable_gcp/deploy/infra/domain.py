"""The custom domain of an app on Google Cloud: the load balancer of a site, or else a domain mapping of Cloud Run, whose certificate Google makes and renews.

For a mapping, whoever deploys must have proven to Google that the domain is theirs (`gcloud domains verify`), or the mapping is refused. Mappings are not
offered in every region (Cloud Run, "Mapping custom domains").
"""

from __future__ import annotations

from portable.tooling.infra.domains import WANTED, count, told
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.places import PROJECT, REGION, SHARED, GcpPlaces
from portable_gcp.deploy.infra.site import ADDRESS

_RECORDS = (
    '[for each in {}[0].status[0].resource_records : {{name = each.name == "" ? var.domain : each.name, '
    "type = each.type, value = each.rrdata}}]"
)


def domain(document: Document, places: GcpPlaces) -> Expression | None:
    """Add the domain of the service of the HTTP functions, or of the site, and return what is told of it; None when there is none."""
    if places.site is not None:
        return told("true", (f'[{{name = var.domain, type = "A", value = {ADDRESS[2:-1]}}}]',))
    shared = places.services.get(SHARED)
    if not places.blueprint.domain or shared is None:
        return None
    mapping = document.resource(
        "google_cloud_run_domain_mapping",
        "domain",
        count=count(WANTED),
        name=reference("var.domain"),
        location=REGION,
        metadata={"namespace": PROJECT},
        spec={"route_name": reference(f"{shared.address}.name")},
    )
    return told("true", (_RECORDS.format(mapping),))
