"""What each target says of its deployments fits what it makes: types that hold data are made, code is none of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portable.tooling.deploy.configuration import EngineFailed
from portable.tooling.deploy.events import Change, Diagnostic
from portable.tooling.deploy.faults import Situation, cause_of, explained
from portable.tooling.deploy.loss import Loss, losses, not_allowed
from portable.tooling.infra.deploying import DELETE_DATA, Deploying
from portable.tooling.targets import load_target

GOLDEN = Path(__file__).parents[4] / "tests" / "golden" / "deployed"
MADE = sorted(folder.name for folder in GOLDEN.iterdir())


def deploying(target: str) -> Deploying:
    found = load_target(target).deploying()
    assert found is not None
    return found


def golden(target: str, file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / target / f"{file}.tf.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("target", MADE)
def test_each_type_that_holds_data_is_made_and_its_code_is_none(target: str) -> None:
    made = golden(target, "main")["resource"]
    found = deploying(target)
    assert {*found.data, *found.waiting} <= made.keys()
    held = {f"{kind}.{label}" for kind in found.data for label in made[kind] if found.holds(kind, f"{kind}.{label}")}
    assert len({address for address in held if "code" in address}) == 0
    assert any("code" in label for kind in found.data for label in made[kind])


@pytest.mark.parametrize("target", MADE)
def test_every_resource_of_the_app_is_held_by_something(target: str) -> None:
    made = golden(target, "main")["resource"]
    found = deploying(target)
    labels = {label for kind in found.data for label in made[kind]}
    for name in ("files", "jobs", "token"):
        assert any(label == name for label in labels), name


@pytest.mark.parametrize("target", MADE)
def test_what_is_protected_can_be_let_go(target: str) -> None:
    text = (GOLDEN / target / "main.tf.json").read_text(encoding="utf-8")
    assert (DELETE_DATA in golden(target, "variables")["variable"]) is (f"var.{DELETE_DATA}" in text)


@pytest.mark.parametrize("target", [*MADE, "aws"])
def test_no_cause_has_words_of_another(target: str) -> None:
    found = deploying(target)
    wrong = [
        (word, cause, told)
        for cause, words in found.failures.items()
        for word in words
        if (told := cause_of(word, found)) != cause
    ]
    assert wrong == []
    assert cause_of("what nobody has seen", found) is None


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("aws", "operation error S3: DeleteBucket, StatusCode: 409, api error BucketNotEmpty: The bucket is not empty"),
        ("aws", "ValidationException: Resource cannot be deleted as it is currently protected against deletion."),
        ("gcp", "Error trying to delete bucket shop-dev containing objects without `force_destroy` set to true"),
        ("gcp", "cannot destroy secret without setting deletion_protection=false and running `terraform apply`"),
    ],
)
def test_what_protects_data_is_told_with_the_way_to_let_it_go(target: str, said: str) -> None:
    here = Situation(target, "dev", "shop", "terraform", Path("dist/infra"), "portable deploy", deploying(target), 3, 4)
    told = str(explained(EngineFailed("apply", (Diagnostic(True, "deleting", said),), stopped=False, log=Path()), here))
    assert said in told
    assert "3 of 4 changes were made" in told
    assert f"`{DELETE_DATA} = true` into dist/infra/dev.tfvars" in told


def test_messages_that_wait_are_lost_by_a_deployment_and_go_with_a_stage_that_is_destroyed() -> None:
    gone = [Change("google_pubsub_subscription.jobs", "google_pubsub_subscription", "jobs", "delete")]
    assert losses(gone, deploying("gcp")) == (Loss("subscription", "jobs", gone[0].address, replaced=False),)
    assert losses(gone, deploying("gcp"), waiting=False) == ()


def test_a_loss_is_allowed_by_its_name_or_its_address() -> None:
    found = (Loss("bucket", "a", "x.a", replaced=False), Loss("table", "b", "y.b", replaced=True))
    assert not_allowed(found, ["a", "y.b"]) == ()
    assert not_allowed(found, ["x.b"]) == found


def test_a_resource_of_many_is_known_by_its_address_without_the_number() -> None:
    found = deploying("aws")
    assert found.holds("aws_s3_bucket", "aws_s3_bucket.files[0]") == "bucket"
    assert found.holds("aws_s3_bucket", "aws_s3_bucket.code_[0]") is None
