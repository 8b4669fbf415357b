"""compose.yaml: what runs, who may reach it, and whose password is where."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from manifested import files_of, read, sample
from searches import examples
from unit.tooling.infra.any_apps import ROWS, apps
from unit.tooling.rules.apps import HTTP, app, function

from portable.tooling.app.model import AppModel, Grant, ResourceModel
from portable_container.runtime.addresses import SECRETS, password_variable

ONE_SHOT = {"migrate", "prepare-store"}
COMPLETED, HEALTHY = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
ENGINES = {"postgres", "nats", "store"}


def services(files: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = read(files["compose.yaml"])[0]["services"]
    return found


def asked(value: object) -> set[str]:
    """Return the variables that Compose must find."""
    return set(re.findall(r"\$\{(\w+):\?", str(value)))


def test_an_app_has_the_engines_that_it_needs_and_no_others() -> None:
    assert set(services(files_of(sample("samples/hello")))) == {"serve"}
    photos = files_of(sample("samples/photos"))
    assert set(services(photos)) == {"serve", "work", "schedule", *ONE_SHOT, *ENGINES}
    assert "nats/accounts.conf" in photos
    assert "nats/accounts.conf" not in files_of(sample("samples/hello"))


def test_what_no_function_uses_is_made_too() -> None:
    page = function("page", {**HTTP, "path": "/page"})
    resources = (
        ResourceModel("queue", "jobs", {}),
        ResourceModel("table", "rows", ROWS),
        ResourceModel("bucket", "photos", {}),
    )
    found = services(files_of(app(page, resources=resources)))
    assert {"postgres", "nats", "store", "migrate", "prepare-store"} <= set(found)
    assert {"PORTABLE_POSTGRES", "PORTABLE_NATS"} <= set(found["migrate"]["environment"])
    assert not {"PORTABLE_POSTGRES", "PORTABLE_NATS", "AWS_ACCESS_KEY_ID"} & set(found["serve"]["environment"])


def test_roles_wait_until_migrate_and_the_store_are_ready() -> None:
    found = services(files_of(sample("samples/photos")))
    for role in ("serve", "work", "schedule"):
        assert found[role]["depends_on"] == {"migrate": COMPLETED, "prepare-store": COMPLETED}
        assert found[role]["restart"] == "unless-stopped"
    assert found["migrate"]["depends_on"] == {"nats": HEALTHY, "postgres": HEALTHY}
    assert {found[name]["restart"] for name in ONE_SHOT} == {"no"}


@examples(10)
@given(app=apps())
def test_a_container_of_any_app_has_no_rights_no_port_and_no_password_but_its_own(app: AppModel) -> None:
    files = files_of(app, "dev-eu", [function.name for function in app.functions][:1])
    found = services(files)
    for name, service in found.items():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert ("ports" in service) == name.startswith("serve"), name
        assert service.get("init", False) == (name not in ENGINES and "build" in service), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        if name in ENGINES:
            assert service["networks"] == ["engines"]
            assert "healthcheck" in service
        elif name not in ONE_SHOT:
            identity = name.split("-", 1)[1] if "-" in name else name
            passwords = {one for one in asked(service["environment"]) if "PASSWORD" in one}
            assert passwords <= {password_variable(identity)}, name
    assert asked(found) == set(re.findall(r"(?m)^(\w+)=$", files[".env.example"]))


def test_functions_with_a_role_of_their_own_have_ports_of_their_own() -> None:
    found = services(files_of(sample("samples/photos"), isolate=("upload", "index")))
    assert found["serve"]["ports"] == ["127.0.0.1:${PORT:-8080}:8080"]
    assert found["serve-upload"]["ports"] == ["127.0.0.1:${PORT_SERVE_UPLOAD:-8081}:8080"]
    assert found["work-index"]["command"][:3] == ["work", "--functions", "index"]


def test_secrets_of_the_app_are_files() -> None:
    reads = function("page", {**HTTP, "path": "/page"}, Grant("api-token", "secret", ("read",)))
    [document] = read(files_of(app(reads))["compose.yaml"])
    names = document["secrets"]
    assert set(names) == {"api-token"}
    assert all(secret == {"file": f"./secrets/{name}"} for name, secret in names.items())
    mounted = [one for service in document["services"].values() for one in service.get("secrets", ())]
    assert {one["target"] for one in mounted} == {f"{SECRETS}/{name}" for name in names}
