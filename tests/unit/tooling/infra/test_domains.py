"""A domain of an app: which stages have it, what is made in which step, what its owner is told, and who says that it has none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from infrastructures import schema_checker, tool
from msgspec.structs import replace
from unit.tooling.rules.apps import HTTP, QUEUE, app, function

from portable.tooling.app.model import AppModel, ResourceModel
from portable.tooling.deploy.next_steps import _records
from portable.tooling.infra.stage import Stage
from portable.tooling.problems import problems
from portable.tooling.target import Options
from portable.tooling.targets import load_target

ZONE = {"domain_zone": "Z0123456789ABC"}


def model(domain: str = "api.example.com", **options: Any) -> AppModel:
    return replace(app(function("home", HTTP), **options), domain=domain)


def made(target: str, stage: str, found: AppModel, table: dict[str, Any] | None = None) -> dict[str, Any]:
    options = Options("3.12", "x86_64", table or {})
    infrastructure = load_target(target).infra(tool().blueprint_of(found, target, options), Stage(found.name, stage))
    assert infrastructure is not None
    files = {name.partition(".")[0]: json.loads(text) for name, text in infrastructure.files().items()}
    return files | {"texts": infrastructure.files()}


@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
@pytest.mark.parametrize(("stage", "default"), [("prod", "api.example.com"), ("dev", "")])
def test_every_stage_but_dev_has_the_domain(target: str, stage: str, default: str, tmp_path: Path) -> None:
    found = made(target, stage, model(), ZONE if target == "aws" else {})
    assert found["variables"]["variable"]["domain"]["default"] == default
    for name, text in found["texts"].items():
        (tmp_path / name).write_text(text)
    faults: list[str] = []
    assert schema_checker().check_file(tmp_path / "main.tf.json", faults) > 0
    assert faults == []


@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
def test_an_app_without_a_domain_or_without_http_has_none(target: str) -> None:
    quiet = app(function("work", QUEUE), resources=(ResourceModel("queue", "jobs", {}),))
    for found in (model(""), quiet):
        files = made(target, "prod", found)
        assert not {name for name in files["variables"]["variable"] if name.startswith("domain")}
        assert "domain" not in files["outputs"]["output"]


def conditions(main: dict[str, Any], kind: str) -> dict[str, str]:
    return {label: found["count"] for label, found in main["resource"].get(kind, {}).items()}


def test_api_gateway_gets_the_domain_once_its_certificate_can_be_issued() -> None:
    main = made("aws", "prod", model())["main"]
    wanted, live = '${var.domain != "" ? 1 : 0}', '${var.domain != "" && var.domain_ready ? 1 : 0}'
    assert conditions(main, "aws_acm_certificate") == {"domain": wanted}
    for kind in ("aws_acm_certificate_validation", "aws_apigatewayv2_domain_name", "aws_apigatewayv2_api_mapping"):
        assert conditions(main, kind) == {"domain": live}
    assert "aws_route53_record" not in main["resource"]
    assert "resource_record_value" in main["locals"]["domain"]


def test_a_zone_in_route_53_gets_its_records_in_the_same_deployment() -> None:
    files = made("aws", "prod", model(), ZONE)
    main, wanted = files["main"], '${var.domain != "" ? 1 : 0}'
    assert conditions(main, "aws_route53_record") == {"domain_proof": wanted, "domain": wanted}
    assert {found["zone_id"] for found in main["resource"]["aws_route53_record"].values()} == {"Z0123456789ABC"}
    [issued] = main["resource"]["aws_acm_certificate_validation"].values()
    assert issued["depends_on"] == ["aws_route53_record.domain_proof"]
    assert "domain_ready" not in files["variables"]["variable"]
    assert "records = concat([])" in main["locals"]["domain"]


def test_what_a_target_does_not_make_is_told_at_the_setting() -> None:
    def told(target: str, found: AppModel, **table: object) -> list[tuple[str, bool, str | None]]:
        all_told = problems(found, load_target(target), Options("3.12", "x86_64", table))
        return [(each.rule, each.error, each.key) for each in all_told if each.rule in ("domain", "setting")]

    assert [told(target, model()) for target in ("aws", "gcp")] == [[], []]
    for target in ("azure", "container", "openfaas", "local"):
        assert told(target, model()) == [("domain", False, "domain")]
        assert told(target, model("")) == []
    assert told("aws", model(), **ZONE) == []
    for found, zone in ((model(""), "Z01"), (model(), "/hostedzone/Z01"), (model(), 7)):
        assert told("aws", found, domain_zone=zone) == [("setting", True, "domain_zone")]


class Order:
    """What is known of a deployment."""

    folder, stage = Path("dist/aws/infra"), "prod"


def test_the_owner_is_told_which_records_to_set_and_what_to_do_then() -> None:
    order: Any = Order()
    record = {"name": "_a.api.example.com.", "type": "CNAME", "value": "_b.acm.example.net."}
    domain = {"name": "api.example.com", "live": False, "records": [record]}
    [first] = _records(order, domain)
    assert "_a.api.example.com. CNAME _b.acm.example.net." in first
    assert "`domain_ready = true` in dist/aws/infra/prod.tfvars" in first
    [then] = _records(order, {**domain, "live": True})
    assert "domain_ready" not in then
    assert _records(order, None) == _records(order, {**domain, "records": []}) == []
