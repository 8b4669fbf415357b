"""Pipelines: their files are YAML, hold no key, deploy one at a time; the cloud trusts one repository and one stage."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.deploy.deployers import TARGETS, documents_of, wanted_of

from portable.errors import PortableError
from portable.tooling.deploy.ci.pipelines import KINDS, Repository, checked, trust_of, workflow
from portable.tooling.deploy.deployer import backend_of
from portable.tooling.infra.administering import Administering, Ci
from portable.tooling.infra.stage import Stage
from portable.tooling.infra.yaml import yaml_text
from portable.tooling.targets import load_target

STAGE = Stage("shop", "prod")
ISSUER = "https://issuer.example/1"
SUBJECTS = {
    "github": "repo:acme/shop:environment:prod",
    "gitlab": "project_path:acme/shop:ref_type:branch:ref:main",
    "azure-pipelines": "sc://acme/shop/shop-prod",
}


def administering(target: str) -> Administering:
    """Return what a target says of deployers."""
    found = load_target(target).administering()
    assert found is not None
    return found


def written(ci: Ci, target: str, **more: str) -> tuple[str, Any]:
    """Return the text of a workflow and what it says."""
    repository = Repository(ci, "acme/shop", issuer=ISSUER, **more)
    _, text = workflow(repository, administering(target), STAGE, target, "3.12")
    return text, yaml.safe_load(text)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("ci", KINDS)
def test_a_workflow_is_yaml_without_tabs_and_holds_no_key(ci: Ci, target: str) -> None:
    text, found = written(ci, target, folder="apps/shop")
    assert isinstance(found, dict)
    assert text.startswith("---\n")
    assert not any(line != line.rstrip() or "\t" in line or len(line) > 80 for line in text.splitlines())
    for word in ("secrets.", "ACCESS_KEY", "CLIENT_SECRET", "credentials_json", "password"):
        assert word not in text
    assert (
        f"portable check --target {target} --stage prod --strict --format {'github' if ci == 'github' else 'sarif'}"
        in text
    )
    assert f"portable plan --target {target} --stage prod" in text
    assert f"portable deploy --target {target} --stage prod --yes" in text
    assert "apps/shop" in text


@pytest.mark.parametrize("target", TARGETS)
def test_github_gives_a_token_to_the_deployment_only(target: str) -> None:
    _, found = written("github", target)
    plan, deploy = found["jobs"]["plan"], found["jobs"]["deploy"]
    assert found["permissions"] == {"contents": "read"}
    assert "permissions" not in plan
    assert "environment" not in plan
    assert deploy["permissions"] == {"contents": "read", "id-token": "write"}
    assert deploy["environment"] == "prod"
    assert deploy["concurrency"] == {"group": f"portable-shop-{target}-prod", "cancel-in-progress": False}
    assert deploy["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
    assert set(found["on"]) == {"pull_request", "push"}
    used = [step["uses"] for job in (plan, deploy) for step in job["steps"] if "uses" in step]
    assert all(use.partition("@")[2].startswith("v") and use.partition("@")[2][1:].isdigit() for use in used)


@pytest.mark.parametrize("target", TARGETS)
def test_gitlab_gives_a_token_to_the_deployment_only(target: str) -> None:
    _, found = written("gitlab", target)
    assert "id_tokens" not in found["plan"]
    assert found["deploy"]["id_tokens"] == {"PORTABLE_ID_TOKEN": {"aud": administering(target).audience["gitlab"]}}
    assert found["deploy"]["environment"] == {"name": "prod"}
    assert found["deploy"]["resource_group"] == f"portable-shop-{target}-prod"
    assert found["deploy"]["interruptible"] is False


@pytest.mark.parametrize("target", TARGETS)
def test_azure_pipelines_uses_the_connection_in_the_deployment_only(target: str) -> None:
    _, found = written("azure-pipelines", target)
    plan, deploy = found["stages"]
    assert "azureSubscription" not in json.dumps(plan)
    (job,) = deploy["jobs"]
    assert job["environment"] == "prod"
    last = job["strategy"]["runOnce"]["deploy"]["steps"][-1]
    assert last["inputs"]["azureSubscription"] == "shop-prod"
    assert found["lockBehavior"] == "sequential"


@pytest.mark.parametrize("ci", KINDS)
def test_a_deployment_without_a_backend_stops_before_it_begins(ci: Ci) -> None:
    text, _ = written(ci, "aws")
    assert text.index("has no backend for the state") < text.index("portable deploy")
    assert "cp .infra/aws/* dist/aws/infra/" in text


@pytest.mark.parametrize("ci", KINDS)
def test_the_subject_is_whole(ci: Ci) -> None:
    trust = trust_of(Repository(ci, "acme/shop", issuer=ISSUER), administering("aws"), STAGE)
    assert (trust.subject, trust.issuer) == (SUBJECTS[ci], ISSUER)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("ci", KINDS)
def test_the_cloud_compares_issuer_audience_and_subject(ci: Ci, target: str) -> None:
    repository = Repository(ci, "acme/shop", issuer=ISSUER)
    wanted = wanted_of("samples/orders", target, "prod", repository)
    assert wanted.trust is not None
    text = documents_of(wanted, target).files["main.tf.json"]
    main = json.loads(text)
    for claim in (ISSUER, wanted.trust.audience, wanted.trust.subject):
        assert claim in text
    if target == "aws":
        (statement,) = main["data"]["aws_iam_policy_document"]["deployer_trust"]["statement"]
        assert statement["condition"] == [
            {"test": "StringEquals", "variable": "issuer.example/1:aud", "values": [wanted.trust.audience]},
            {"test": "StringEquals", "variable": "issuer.example/1:sub", "values": [wanted.trust.subject]},
        ]
    elif target == "azure":
        held = main["resource"]["azurerm_federated_identity_credential"]["deployer"]
        assert (held["subject"], held["audience"]) == (wanted.trust.subject, [wanted.trust.audience])
    else:
        held = main["resource"]["google_iam_workload_identity_pool_provider"]["deployer"]
        assert held["attribute_condition"] == f'assertion.sub == "{wanted.trust.subject}"'
        assert held["oidc"] == {"issuer_uri": ISSUER, "allowed_audiences": [wanted.trust.audience]}


@pytest.mark.parametrize(
    "name", ["", "*", "acme", "acme/*", "*/shop", "acme/shop/x", "acme/sh?p", "/", "acme/", "acme/shop:ref:x", "a\n/b"]
)
def test_what_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(PortableError, match="is not the name of a repository"):
        checked(Repository("github", name))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"branch": "*"}, "branch"),
        ({"branch": ""}, "branch"),
        ({"subject": "repo:acme/shop:*"}, "is a pattern"),
        ({"issuer": "http://issuer.example"}, "issuer"),
        ({"issuer": "https://*.example"}, "issuer"),
    ],
)
def test_what_would_trust_more_is_refused(more: dict[str, str], told: str) -> None:
    with pytest.raises(PortableError, match=told):
        checked(Repository("github", "acme/shop", **more))


def test_azure_devops_needs_its_issuer() -> None:
    with pytest.raises(PortableError, match="--issuer"):
        trust_of(Repository("azure-pipelines", "acme/shop"), administering("aws"), STAGE)


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_name_makes_a_pattern_or_another_claim(name: str, branch: str) -> None:
    try:
        trust = trust_of(Repository("gitlab", name, branch), administering("aws"), STAGE)
    except PortableError:
        return
    assert not set(trust.subject) & set("*?\"'${}\n")
    assert trust.subject.count(":") == 5


_plain = st.recursive(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner.filter(lambda value: not isinstance(value, list)), min_size=1, max_size=3)
        | st.dictionaries(st.text("abc on:#-'\"", min_size=1, max_size=6), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abcyn o", min_size=1, max_size=5), _plain, min_size=1, max_size=4))
def test_any_value_is_read_back_from_its_yaml(value: dict[str, Any]) -> None:
    assert yaml.safe_load(yaml_text(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        ".5",
        ".inf",
        ".NaN",
        "...",
        "null",
        "0x1",
        "a\n",
        "\na",
        " a\nb",
        "a\n\n",
        "a\r\nb",
        "\x7f\U0001f600",
        "- a: b",
        "{a}",
    ],
)
def test_a_text_that_yaml_could_take_for_something_else_stays_a_text(text: str) -> None:
    value = {text: {"a": text, "b": [text, [text], {}, {text: text}]}}
    assert yaml.safe_load(yaml_text(value)) == value


def test_lines_of_a_script_are_read_back() -> None:
    value = {"run": "if true; then\n  echo 'x: y' # z\nfi\n", "script": ["a\n\nb\n", "c"]}
    assert yaml.safe_load(yaml_text(value)) == value


def test_the_backend_is_read_from_the_users_own_files(tmp_path: Any) -> None:
    assert backend_of(tmp_path / "none") is None
    (tmp_path / "main.tf.json").write_text('{"terraform": {"required_version": ">= 1.11"}}')
    assert backend_of(tmp_path) is None
    block = 'terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "shop"\n    use_lockfile = true\n  }\n}\n'
    (tmp_path / "backend.tf").write_text(block)
    assert backend_of(tmp_path) == ("s3", {"bucket": "states", "key": "shop"})
    (tmp_path / "backend.tf").write_text("# none\n")
    (tmp_path / "own.tf.json").write_text('{"terraform": {"backend": {"s3": {"bucket": "b", "key": "k"}}}}')
    assert backend_of(tmp_path) == ("s3", {"bucket": "b", "key": "k"})
