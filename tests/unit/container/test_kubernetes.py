"""The objects of Kubernetes: hardened, named, and each with what it refers to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifested import blueprint_of, files_of, named, objects, read, sample
from searches import examples
from unit.tooling.infra.any_apps import apps
from unit.tooling.rules.apps import HTTP, QUEUE, TICK, app, function

from portable.tooling.app.model import AppModel, Grant, ResourceModel
from portable.tooling.infra.stage import Stage
from portable_container.deploy.image import image_of
from portable_container.deploy.manifests import infrastructure
from portable_container.runtime.image_engines import streams

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")


def pods(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"]["template"] for one in found if one["kind"] in ("Deployment", "Job")}


@examples(10)
@given(app=apps(), stage=st.sampled_from(["dev", "prod", "dev-eu", "x" * 16]), alone=st.booleans())
def test_the_objects_of_any_app_are_named_hardened_and_whole(app: AppModel, stage: str, alone: bool) -> None:
    files = files_of(app, stage, [one.name for one in app.functions] if alone else ())
    found = objects(files)
    check_names(found)
    for template in pods(found).values():
        check_restricted(template["spec"])
    check_references(files, objects(files, "kubernetes/"))


def check_names(found: list[dict[str, Any]]) -> None:
    names = Counter((one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in found)
    assert max(names.values()) == 1
    for one in found:
        assert LABEL.fullmatch(one["metadata"]["name"])
        assert all(VALUE.fullmatch(value) for value in one["metadata"]["labels"].values())


def check_restricted(spec: dict[str, Any]) -> None:
    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert all({"emptyDir", "secret"} & set(volume) for volume in spec["volumes"])
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]


def check_references(files: dict[str, str], found: list[dict[str, Any]]) -> None:
    """Look whether each role has its own account and Secret, and nothing refers to what is not there."""
    settings = settings_of(files)
    accounts = {one["metadata"]["name"] for one in found if one["kind"] == "ServiceAccount"}
    secrets = {one["metadata"]["name"]: one["stringData"] for one in found if one["kind"] == "Secret"}
    for template in pods(found).values():
        own = template["spec"]["serviceAccountName"]
        assert own in accounts
        for variable in template["spec"]["containers"][0]["env"]:
            source = variable.get("valueFrom", {})
            if "secretKeyRef" in source:
                assert source["secretKeyRef"]["name"] == own
                assert source["secretKeyRef"]["key"] in secrets[own]
            elif "configMapKeyRef" in source and not source["configMapKeyRef"].get("optional"):
                key = source["configMapKeyRef"]["key"]
                assert key in settings or key in files["kubernetes/kustomization.yaml"].split("apiVersion")[0]
    passwords = {name for name, keys in secrets.items() if any(key.startswith("PASSWORD_") for key in keys)}
    assert passwords <= {"migrate"}
    assert all(value == "" for keys in secrets.values() for value in keys.values())
    assert "secrets" not in files["kubernetes/kustomization.yaml"].split("resources:")[1]


def settings_of(files: dict[str, str]) -> dict[str, str]:
    """Return what kustomize makes of the literals: it takes a pair of quotation marks away."""
    [made] = read(files["kubernetes/kustomization.yaml"])[0]["configMapGenerator"]
    pairs = (literal.split("=", 1) for literal in made["literals"])
    return {name: re.sub(r"""(?s)\A(["'])(.*)\1\Z""", r"\2", value) for name, value in pairs}


def test_long_names_are_cut_and_do_not_meet() -> None:
    longest = "a" * 39
    functions = [function(f"{longest}{end}", {**HTTP, "path": f"/{end}"}) for end in "xy"]
    model = app(*functions, name="b" * 60)
    found = objects(files_of(model, "x" * 16, [one.name for one in functions]))
    names = {one["metadata"]["name"] for one in found if one["kind"] == "Deployment"}
    assert len(names) == 2
    assert all(len(name) <= 50 for name in names)
    assert all(len(one["metadata"].get("namespace", "")) <= 63 for one in found)


def test_names_that_end_with_a_hyphen_are_labels_too() -> None:
    model = app(
        function("page-", {**HTTP, "path": "/page"}),
        function("job-", {**QUEUE, "queue": "jobs-"}),
        function("night-", TICK),
        name="shop-",
        resources=(ResourceModel("queue", "jobs-", {}),),
    )
    for isolate in ((), ("page-", "job-", "night-")):
        files = files_of(model, isolate=isolate)
        check_names(objects(files))
        assert "shop-:" not in files["compose.yaml"]


@examples(10)
@given(app=apps())
def test_keda_looks_at_consumers_that_migrate_makes(app: AppModel) -> None:
    blueprint = blueprint_of(app)
    image = image_of(blueprint.app, blueprint.functions, blueprint.resources)
    made = {
        (stream["name"], reader["name"]) for stream, readers in streams(image, f"{app.name}_prod") for reader in readers
    }
    scaled = [one for one in objects(files_of(app), "keda/") if one["kind"] == "ScaledObject"]
    looked = {
        (one["metadata"]["stream"], one["metadata"]["consumer"]) for each in scaled for one in each["spec"]["triggers"]
    }
    assert looked <= made
    assert bool(looked) == bool(image.functions)


@pytest.mark.parametrize("folder", ["tests/apps/everything", "samples/photos"])
def test_what_comes_last_to_a_pod_that_stops_has_the_time_of_its_function(folder: str) -> None:
    model = sample(folder)
    longest = max(one.timeout for one in model.functions if one.trigger["kind"] == "http")
    for name, template in pods(objects(files_of(model))).items():
        variables = {one["name"]: one.get("value") for one in template["spec"]["containers"][0]["env"]}
        stop, drain = int(variables["PORTABLE_STOP_SECONDS"]), int(variables.get("PORTABLE_DRAIN_SECONDS") or 0)
        assert drain == (5 if name == "serve" else 0)
        if name == "serve":
            assert stop == drain + longest
        if not name.startswith("migrate"):
            assert template["spec"]["terminationGracePeriodSeconds"] >= stop + 5


def test_nothing_goes_out_but_to_names_and_the_engines_that_the_app_has() -> None:
    def ports(folder: str) -> set[int]:
        policies = [one for one in objects(files_of(sample(folder)), "kubernetes/") if one["kind"] == "NetworkPolicy"]
        assert named(policies, "NetworkPolicy", "default-deny")["spec"] == {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
        }
        rules = [rule for one in policies for rule in one["spec"].get("egress", ())]
        return {port["port"] for rule in rules for port in rule["ports"]}

    assert ports("samples/hello") == {53}
    assert ports("samples/photos") == {53, 4222, 5432, 443, 9000}


def test_what_a_user_wrote_stays_text() -> None:
    nasty = 'a: b\n- {c: "d"} # $(HOME) ${HOME} \u2028 é \x07'
    model = app(
        function("page", {**HTTP, "path": "/page"}, Grant("greeting", "setting", ("read",))),
        resources=(ResourceModel("setting", "greeting", {"default": nasty}),),
    )
    assert settings_of(files_of(model)) == {"PORTABLE_SETTING_GREETING": nasty}


@pytest.mark.parametrize("value", ['"quoted"', "'x'", '""', "'", 'a="b"', "", "a\nb", " b "])
def test_a_setting_with_quotation_marks_keeps_them(value: str) -> None:
    model = app(
        function("page", {**HTTP, "path": "/page"}, Grant("greeting", "setting", ("read",))),
        resources=(ResourceModel("setting", "greeting", {"default": value}),),
    )
    assert settings_of(files_of(model)) == {"PORTABLE_SETTING_GREETING": value}


def test_a_job_that_would_differ_has_another_name() -> None:
    def name(isolate: tuple[str, ...] = (), digest: str | None = None) -> str:
        blueprint = blueprint_of(sample("samples/orders"), isolate)
        made = replace(blueprint, sha256=digest or blueprint.sha256)
        [job] = [
            one
            for one in objects(infrastructure(made, Stage("orders", "prod")).files(), "kubernetes/")
            if one["kind"] == "Job"
        ]
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
        assert len(job["metadata"]["name"]) < 64
        return str(job["metadata"]["name"])

    assert name() == name()
    assert len({name(), name(("show",)), name(digest="0" * 64)}) == 3


def test_only_the_roles_of_an_engine_reach_it() -> None:
    found = objects(files_of(sample("samples/photos")), "kubernetes/")
    chosen = {
        engine: named(found, "NetworkPolicy", f"engine-{engine}")["spec"]["podSelector"]["matchExpressions"][0][
            "values"
        ]
        for engine in ("nats", "postgres")
    }
    assert chosen == {"nats": ["work", "schedule", "migrate", "events"], "postgres": ["schedule", "migrate"]}
