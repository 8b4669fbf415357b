"""A static site behind a global load balancer: a bucket with its files, Cloud CDN before it, and the service of the HTTP functions.

All of it is there where the stage has a domain: the load balancer has no name of its own, so no certificate without one. The first
segments that functions have go to their service, all else to the bucket. Only paths of the bucket have the fallback, so a 404 of a
function stays one (URL maps, "custom error responses").
"""

from __future__ import annotations

from typing import Any

from portable.eventing.site import INDEX, WELL_KNOWN
from portable.tooling.infra.domains import WANTED, count
from portable.tooling.infra.site import SITE, site_files
from portable.tooling.infra.terraform import Document, Expression, reference
from portable_gcp.deploy.infra.apis import after
from portable_gcp.deploy.infra.places import REGION, SHARED, GcpPlaces

ADDRESS = reference(f"google_compute_global_address.{SITE}[0].address")
_PLAIN = f"{SITE}plain"
_SCHEME = "EXTERNAL_MANAGED"
"""The global external Application Load Balancer, which alone has custom error responses."""


def site(document: Document, places: GcpPlaces) -> Expression | None:
    """Add the site of an app and return what is told of it; None for an app without one, or without a domain."""
    found = places.site
    if found is None:
        return None
    bucket = _bucket(document, places, found)
    service = _service(document, places)
    pages = _wanted(
        document,
        "google_compute_backend_bucket",
        SITE,
        name=places.own("site"),
        bucket_name=reference(f"{bucket}[0].name"),
        enable_cdn=True,
        compression_mode="AUTOMATIC",
        custom_response_headers=["X-Content-Type-Options: nosniff"],
        cdn_policy={"cache_mode": "USE_ORIGIN_HEADERS", "negative_caching": False},
        depends_on=after("compute"),
    )
    files = reference(f"{pages}[0].id")
    routes = _wanted(
        document,
        "google_compute_url_map",
        SITE,
        name=places.own("site"),
        default_service=files,
        host_rule=[{"hosts": ["*"], "path_matcher": "site"}],
        path_matcher=[{"name": "site", "default_service": files, "path_rule": _rules(found, files, service) or None}],
    )
    _balancer(document, places, reference(f"{routes}[0].id"))
    url, name = "https://${var.domain}", f"{bucket}[0].name"
    return reference(f'{WANTED} ? {{url = "{url}", bucket = {name}, address = {ADDRESS[2:-1]}}} : null')


def _wanted(document: Document, kind: str, label: str, /, **arguments: Any) -> str:
    """Add a resource that is there where the stage has a domain, and return its address."""
    return document.resource(kind, label, count=count(WANTED), **arguments)


def _bucket(document: Document, places: GcpPlaces, found: dict[str, Any]) -> str:
    """Add the bucket, which everybody may read: else a backend bucket sends only what has a signed URL. They may list it,
    too: else a file that is not there would be a 403."""
    bucket = _wanted(
        document,
        "google_storage_bucket",
        SITE,
        name=places.global_name(places.own("site", 49)),
        location=REGION,
        uniform_bucket_level_access=True,
        public_access_prevention="inherited",
        force_destroy=True,
        soft_delete_policy={"retention_duration_seconds": 0},
        website={"main_page_suffix": INDEX},
        depends_on=after("storage"),
    )
    name = reference(f"{bucket}[0].name")
    _wanted(
        document,
        "google_storage_bucket_iam_member",
        SITE,
        bucket=name,
        role="roles/storage.objectViewer",
        member="allUsers",
    )
    site_files(
        document,
        "google_storage_bucket_object",
        found,
        only_if=WANTED,
        bucket=name,
        name=reference("each.key"),
        source_md5hash=reference("each.value[2]"),
    )
    return bucket


def _service(document: Document, places: GcpPlaces) -> Expression | None:
    """Add the service of the HTTP functions as something that a load balancer sends to; None where each is isolated."""
    shared = places.services.get(SHARED)
    if shared is None:
        return None
    group = _wanted(
        document,
        "google_compute_region_network_endpoint_group",
        SITE,
        name=places.own("http"),
        region=REGION,
        network_endpoint_type="SERVERLESS",
        cloud_run={"service": reference(f"{shared.address}.name")},
        depends_on=after("compute"),
    )
    made = _wanted(
        document,
        "google_compute_backend_service",
        SITE,
        name=places.own("http"),
        load_balancing_scheme=_SCHEME,
        backend=[{"group": reference(f"{group}[0].id")}],
    )
    return reference(f"{made}[0].id")


def _rules(found: dict[str, Any], files: Expression, service: Expression | None) -> list[dict[str, Any]]:
    """Return what is done with paths: the longest that fits a path counts. The folder of an index gets its slash, and what is
    immutable or well known has no fallback: a script that is missing is no page."""
    routed = found["routed"]
    folders = [name.removesuffix(f"/{INDEX}") for name in found["files"] if name.endswith(f"/{INDEX}")]
    rules: list[dict[str, Any]] = []
    if service is not None and routed:
        rules.append({"paths": [path for one in routed for path in (f"/{one}", f"/{one}/*")], "service": service})
    rules += [
        {
            "paths": [f"/{folder}"],
            "url_redirect": {
                "path_redirect": f"/{folder}/",
                "redirect_response_code": "TEMPORARY_REDIRECT",
                "strip_query": False,
            },
        }
        for folder in folders
        if folder.partition("/")[0] not in routed
    ]
    if not found["fallback"]:
        return rules
    known = {WELL_KNOWN, *(each.strip("/") for each in found["immutable"])} - set(routed)
    rules.append({"paths": [f"/{folder}/*" for folder in sorted(known)], "service": files})
    missing = {"match_response_codes": ["404"], "path": f"/{found['fallback']}", "override_response_code": 200}
    policy = {"error_service": files, "error_response_rule": [missing]}
    return [*rules, {"paths": ["/*"], "service": files, "custom_error_response_policy": policy}]


def _balancer(document: Document, places: GcpPlaces, routes: Expression) -> None:
    """Add what listens for HTTPS, with a certificate that Google makes and renews, and for HTTP, which is sent on to HTTPS."""
    certificate = _wanted(
        document,
        "google_compute_managed_ssl_certificate",
        SITE,
        name=Expression(f"{places.own('site', 54)}-${{substr(sha256(var.domain), 0, 8)}}"),
        managed={"domains": [reference("var.domain")]},
        lifecycle={"create_before_destroy": True},
        depends_on=after("compute"),
    )
    policy = _wanted(
        document,
        "google_compute_ssl_policy",
        SITE,
        name=places.own("site"),
        profile="MODERN",
        min_tls_version="TLS_1_2",
        depends_on=after("compute"),
    )
    secure = _wanted(
        document,
        "google_compute_target_https_proxy",
        SITE,
        name=places.own("site"),
        url_map=routes,
        ssl_certificates=[reference(f"{certificate}[0].id")],
        ssl_policy=reference(f"{policy}[0].id"),
    )
    address = _wanted(
        document,
        "google_compute_global_address",
        SITE,
        name=places.own("site"),
        depends_on=after("compute"),
    )
    for label, name, port, proxy in (
        (SITE, "site", "443", secure),
        (_PLAIN, "plain", "80", _redirecting(document, places)),
    ):
        _wanted(
            document,
            "google_compute_global_forwarding_rule",
            label,
            name=places.own(name),
            load_balancing_scheme=_SCHEME,
            ip_address=reference(f"{address}[0].id"),
            port_range=port,
            target=reference(f"{proxy}[0].id"),
        )


def _redirecting(document: Document, places: GcpPlaces) -> str:
    """Add what sends all of HTTP on to HTTPS, and return its address."""
    routes = _wanted(
        document,
        "google_compute_url_map",
        _PLAIN,
        name=places.own("plain"),
        default_url_redirect={"https_redirect": True, "strip_query": False},
        depends_on=after("compute"),
    )
    return _wanted(
        document,
        "google_compute_target_http_proxy",
        _PLAIN,
        name=places.own("plain"),
        url_map=reference(f"{routes}[0].id"),
    )
