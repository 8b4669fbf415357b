"""A site behind a load balancer: which paths are those of functions, which have a fallback, and what it takes to be there."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from unit.gcp.deploy.infra.configurations import HTTP, function, made
from unit.tooling.rules.apps import app

from portable.tooling.app.model import Code, FunctionModel, MountModel
from portable.tooling.app.site_model import SiteFile, SiteModel
from portable_gcp.deploy.capabilities import problems

ORDER = function("order", HTTP | {"path": "/api/orders"})
FILES = ("index.html", "docs/index.html", "api/index.html", "assets/main.js")


def web(**options: Any) -> FunctionModel:
    files = tuple(SiteFile(name, 1, "text/html", "no-cache", "d1") for name in FILES)
    site = SiteModel("web", files, **{"fallback": "index.html", "cdn": True, "routed": ("api",)} | options)
    found = function("web", HTTP | {"method": "*", "path": "/{path:path}"})
    return replace(found, mount=MountModel("static", "", Code(""), site=site))


def test_functions_keep_their_paths_and_their_404() -> None:
    found = made(web(immutable=("assets/",)), ORDER, domain="www.example.com")
    [matcher] = found.one("compute_url_map", "site_")["path_matcher"]
    rules = {path: rule for rule in matcher["path_rule"] for path in rule["paths"]}
    assert {path for path, rule in rules.items() if "backend_service" in rule.get("service", "")} == {"/api", "/api/*"}
    assert {path for path, rule in rules.items() if "custom_error_response_policy" in rule} == {"/*"}
    assert "default_custom_error_response_policy" not in matcher
    assert {path: rule["url_redirect"]["path_redirect"] for path, rule in rules.items() if "url_redirect" in rule} == {
        "/docs": "/docs/"
    }
    assert all("backend_bucket" in rules[path]["service"] for path in ("/assets/*", "/.well-known/*"))


def test_the_domain_leads_to_the_load_balancer_and_nothing_is_served_without_tls() -> None:
    found = made(web(), ORDER, domain="www.example.com")
    assert found.every("cloud_run_domain_mapping") == {}
    assert 'type = "A", value = google_compute_global_address.site_[0].address' in found.main["locals"]["domain"]
    rules = found.every("compute_global_forwarding_rule")
    assert {rule["port_range"]: rule["target"] for rule in rules.values()} == {
        "443": "${google_compute_target_https_proxy.site_[0].id}",
        "80": "${google_compute_target_http_proxy.site_plain[0].id}",
    }
    plain = found.one("compute_url_map", "site_plain")
    assert plain["default_url_redirect"]["https_redirect"]
    assert "default_service" not in plain
    assert ("storage_bucket", "${google_storage_bucket.site_[0].name}", "roles/storage.objectViewer") in found.bindings(
        "allUsers"
    )


def test_without_a_domain_the_functions_serve_the_site() -> None:
    found = made(web(), ORDER)
    assert not [kind for kind in found.main["resource"] if "_compute_" in kind]
    assert "site_" not in found.every("storage_bucket")


@pytest.mark.parametrize(
    ("functions", "domain", "error", "said"),
    [
        ((web(),), "", False, "cdn=True is not kept without a domain"),
        ((web(),), "www.example.com", False, "a missing file with a dot in its name gets index.html"),
        ((web(fallback=None), function("front", HTTP)), "www.example.com", True, "cannot tell / of front from a file"),
        ((web(fallback=None, beside=("/docs/",)),), "www.example.com", False, "the file at /docs/ is not reached"),
    ],
)
def test_what_a_load_balancer_cannot_do_is_told(
    functions: tuple[FunctionModel, ...], domain: str, error: bool, said: str
) -> None:
    [told] = [each for each in problems(app(*functions, domain=domain)) if each.rule == "site"]
    assert (told.error, said in told.message) == (error, True), told.message
