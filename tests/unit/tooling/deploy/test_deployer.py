"""Who deploys has what this app in this stage takes: each type of resource is known, each action exact, nothing of another stage."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from infrastructures import ROOT, schema_checker
from unit.tooling.deploy.deployers import APPS, REPOSITORY, TARGETS, actions_of, documents_of, main_of, wanted_of

from portable.errors import PortableError
from portable.tooling.deploy.order import deploying_of
from portable.tooling.infra.actions import needed
from portable.tooling.infra.terraform import Document
from portable_aws.deploy.deployer.policies import LONGEST, MOST, beginning, length, passed, policies
from portable_aws.deploy.deployer.policies import state as state_of

PREFIX = {"aws": "aws", "azure": "azurerm", "gcp": "google"}
ON_AZURE = ("samples/photos", "samples/orders", "samples/hello", "tests/apps/everything")


def pairs() -> list[tuple[str, str]]:
    """Return each app with the targets that take it."""
    return [(app, target) for target in TARGETS for app in (ON_AZURE if target == "azure" else APPS)]


@pytest.mark.parametrize("target", TARGETS)
def test_every_type_that_a_target_can_write_has_its_actions(target: str) -> None:
    known = actions_of(target).rules
    sources = (ROOT / "adapters" / f"portable_{target}" / "deploy" / "infra").glob("*.py")
    named = {kind for file in sources for kind in re.findall(rf'"({PREFIX[target]}_[a-z0-9_]+)"', file.read_text())}
    assert len(named) > 20
    assert {kind for kind in named if kind not in known and f"data.{kind}" not in known} == set()


@pytest.mark.parametrize("target", ["azure", "gcp"])
def test_every_type_in_the_golden_files_has_its_actions(target: str) -> None:
    known = actions_of(target).rules
    for file in (ROOT / "tests" / "golden").glob(f"*/{target}/main.tf.json"):
        held = json.loads(file.read_text())
        assert {*held["resource"], *(f"data.{kind}" for kind in held["data"])} <= known.keys()


def test_a_type_without_actions_is_refused_by_its_name() -> None:
    document = Document()
    document.resource("aws_vpc", "own", cidr_block="10.0.0.0/16")
    with pytest.raises(PortableError, match="aws_vpc"):
        needed(document, actions_of("aws"), deploying_of("aws"))


@pytest.mark.parametrize("target", TARGETS)
def test_no_action_is_a_pattern_and_what_reaches_further_says_why(target: str) -> None:
    known = actions_of(target)
    forms = {
        "aws": r"[a-z0-9-]+:[A-Za-z]+",
        "azure": r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)+",
        "gcp": r"[a-z]+(\.[A-Za-z]+){2}",
    }
    for kind, rules in known.rules.items():
        for rule in rules:
            for action in (action for actions in rule.actions.values() for action in actions):
                assert re.fullmatch(forms[target], action), f"{kind}: {action}"
            assert bool(rule.why) == ("*" in rule.on or rule.on == "subscription"), f"{kind} on {rule.on}"


@pytest.mark.parametrize(("app", "target"), pairs())
def test_the_files_are_right_for_the_provider_and_hold_no_pattern_of_actions(
    app: str, target: str, tmp_path: Path
) -> None:
    for name, repository in (("people", None), ("pipeline", REPOSITORY)):
        folder = tmp_path / name
        folder.mkdir()
        found = documents_of(wanted_of(app, target, repository=repository), target)
        for file, text in found.files.items():
            (folder / file).write_text(text)
        assert json.loads(found.files["main.tf.json"])["resource"]
        faults: list[str] = []
        assert schema_checker().check_file(folder / "main.tf.json", faults) > 0
        assert faults == []


def allowed(app: str, stage: str = "dev", **more: Any) -> list[dict[str, Any]]:
    """Return every statement of the deployer on AWS."""
    return [each for found in policies(wanted_of(app, "aws", stage, **more))[0].values() for each in found]


@pytest.mark.parametrize("app", APPS)
def test_on_aws_each_resource_is_one_of_the_stage_or_has_its_reason(app: str) -> None:
    wanted = wanted_of(app, "aws", "prod")
    reasoned = {each.on.split(":")[-1] for each in wanted.needed if each.why}
    prefix, secrets = f"{wanted.stage.app}-prod", f"parameter/{wanted.stage.app}/prod/"
    for statement in allowed(app, "prod"):
        for resource in statement["Resource"]:
            own = prefix in resource or secrets in resource
            service_role = resource.endswith("/AWSServiceRoleForAPIGateway")
            own = own or service_role or resource.endswith((":/apis", ":/domainnames"))
            assert own or resource.rpartition(":")[2] in reasoned, resource
            assert "{" not in resource.replace("${partition}", "").replace("${region}", "").replace("${account}", "")


def test_on_aws_roles_are_passed_only_to_the_service_that_each_is_for() -> None:
    found = passed(main_of("tests/apps/deployed", "aws"))
    services = {each["Condition"]["StringEquals"]["iam:PassedToService"][0]: each["Resource"] for each in found}
    assert services["scheduler.amazonaws.com"] == ["arn:${partition}:iam::${account}:role/deployed-dev-tick_schedule"]
    assert "arn:${partition}:iam::${account}:role/deployed-dev-work" in services["lambda.amazonaws.com"]
    assert all("*" not in role for roles in services.values() for role in roles)


def test_on_aws_a_boundary_is_on_every_role_that_is_made_or_given_rights() -> None:
    boundary = "arn:aws:iam::123456789012:policy/limit"
    made = {"iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"}
    seen = set()
    for statement in allowed("samples/photos", boundary=boundary):
        for action in made & set(statement["Action"]):
            seen.add(action)
            assert statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == [boundary]
        assert "iam:DeleteRolePermissionsBoundary" not in statement["Action"]
    assert seen == made
    assert "permissions_boundary" in main_of("samples/photos", "aws").text()


def test_on_aws_data_is_deleted_by_policies_of_their_own() -> None:
    found, exact = policies(wanted_of("tests/apps/deployed", "aws"))
    assert exact
    deletes = {"dynamodb:DeleteTable", "kinesis:DeleteStream", "sqs:DeleteQueue", "ssm:DeleteParameter"}
    for name, statements in found.items():
        actions = {action for statement in statements for action in statement["Action"]}
        assert bool(actions & deletes) == name.startswith("delete-data")
    kept = [each for name, held in found.items() if name.startswith("deploy") for each in held]
    buckets = {on for each in kept if "s3:DeleteBucket" in each["Action"] for on in each["Resource"]}
    assert buckets == {"arn:${partition}:s3:::deployed-dev--code-${account}"}


def test_on_aws_the_state_is_reached_only_in_a_backend_of_s3() -> None:
    assert state_of(None) == []
    assert state_of(("gcs", {"bucket": "b", "prefix": "p"})) == []
    assert state_of(("s3", {"key": "shop"})) == []
    found = state_of(("s3", {"bucket": "states", "key": "shop/state", "use_lockfile": "true"}))
    assert {on for each in found for on in each["Resource"]} == {
        "arn:${partition}:s3:::states",
        "arn:${partition}:s3:::states/shop/state",
        "arn:${partition}:s3:::states/env:/*/shop/state",
        "arn:${partition}:s3:::states/shop/state.tflock",
        "arn:${partition}:s3:::states/env:/*/shop/state.tflock",
    }


@pytest.mark.parametrize("count", [1, 40, 400])
def test_on_aws_the_policies_of_any_app_can_be_attached_to_one_role(count: int) -> None:
    wanted = wanted_of("samples/hello", "aws")
    many = frozenset(
        each.__class__(each.action, each.on.replace("hello-dev", f"hello-dev-{number}"), each.when, each.why)
        for each in wanted.needed
        for number in range(count)
    )
    found, exact = policies(wanted.__class__(wanted.stage, wanted.main, many))
    assert len(found) <= MOST
    assert all(length(held) <= LONGEST for held in found.values())
    assert exact is (count < 400)


def test_a_pattern_of_names_ends_where_the_stage_does() -> None:
    stage = wanted_of("samples/hello", "aws").stage
    arn = "arn:${partition}:sqs:${region}:${account}:"
    assert beginning(f"{arn}hello-dev-jobs", stage) == f"{arn}hello-dev-*"
    assert beginning(f"{arn}hello-prod-jobs", stage) == f"{arn}hello-prod-jobs"
    secret = "arn:${partition}:ssm:${region}:${account}:parameter/hello/dev/"
    assert beginning(f"{secret}token", stage) == f"{secret}*"


def test_on_azure_only_roles_of_the_stage_may_be_assigned() -> None:
    main = json.loads(documents_of(wanted_of("samples/orders", "azure"), "azure").files["main.tf.json"])
    stage = json.loads(main_of("samples/orders", "azure").text())
    held = main["resource"]["azurerm_role_assignment"]["deploy"]
    assert held["scope"] == "${azurerm_resource_group.stage.id}"
    for role in stage["resource"]["azurerm_role_definition"].values():
        assert role["role_definition_id"] in held["condition"]
    assert "roleAssignments/write" in held["condition"]
    assert "roleAssignments/delete" in held["condition"]
    actions = main["resource"]["azurerm_role_definition"]["deploy"]["permissions"][0]["actions"]
    assert "Microsoft.Storage/storageAccounts/queueServices/queues/delete" not in actions
    deletes = main["resource"]["azurerm_role_definition"]["delete_data"]["permissions"][0]["actions"]
    assert "Microsoft.Storage/storageAccounts/queueServices/queues/delete" in deletes


def test_on_google_the_projects_policy_may_get_only_the_roles_of_the_stage() -> None:
    main = json.loads(documents_of(wanted_of("tests/apps/deployed", "gcp"), "gcp").files["main.tf.json"])
    members = main["resource"]["google_project_iam_member"]
    roles = main["resource"]["google_project_iam_custom_role"]
    holders = [label for label, role in roles.items() if "resourcemanager.projects.setIamPolicy" in role["permissions"]]
    assert holders == ["grants"]
    assert "hasOnly(['projects/" in members["grants"]["condition"]["expression"]
    assert members["buckets"]["condition"]["expression"].endswith('buckets/deployed-dev-")')
    assert "storage.buckets.delete" not in roles["project"]["permissions"] + roles["buckets"]["permissions"]
    assert "storage.buckets.delete" in roles["buckets_delete_data"]["permissions"]
    assert "deployed-dev--code-" in members["code"]["condition"]["expression"]


@pytest.mark.parametrize("target", ["container", "openfaas", "ironworker", "local"])
def test_a_target_that_says_nothing_of_deployers_says_so(target: str) -> None:
    from portable.tooling.deploy.deployer import administering_of

    with pytest.raises(PortableError, match=f"{target} does not say what a deployer needs"):
        administering_of(target)
