"""`portable secret`: the value comes from stdin, goes to the stage's store, and is shown nowhere."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import ConfigurationError, NotFound, PortableError
from portable.tooling.cli import secret as command
from portable.tooling.deploy.order import Order
from portable.tooling.deploy.outputs import outputs_of
from portable.tooling.deploy.record import Record, write_record
from portable.tooling.deploy.secrets import secrets_set, set_secret
from portable_aws.deploy.deploying import DEPLOYING
from portable_aws.deploy.secrets import ParameterStore
from portable_aws.deploy.target import AwsTarget

ADDRESS = "/small/dev/token"


def ssm() -> tuple[ParameterStore, Stubber]:
    import boto3

    client = boto3.client("ssm", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    stub.activate()
    return ParameterStore(client), stub


def version(number: int) -> dict[str, Any]:
    return {"Parameter": {"Name": ADDRESS, "Version": number}}


class Piped:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)

    def isatty(self) -> bool:
        return False


def piped(data: bytes) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", Piped(data))
        return command.given()


@given(st.text(min_size=1).filter(lambda text: not text.endswith(("\n", "\r"))), st.sampled_from(["", "\n", "\r\n"]))
def test_one_newline_at_the_end_is_not_part_of_a_value(value: str, end: str) -> None:
    try:
        data = (value + end).encode()
    except UnicodeEncodeError:
        return
    assert piped(data) == value


def test_further_newlines_are_part_of_a_value() -> None:
    assert piped(b"a\nb\n\n") == "a\nb\n"


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "nothing was given"), (b"\n", "nothing was given"), (b"\xff", "UTF-8")]
)
def test_what_is_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(PortableError, match=said):
        piped(data)


def test_a_parameter_is_written_only_where_the_deployment_made_it() -> None:
    store, stub = ssm()
    stub.add_response("get_parameter", version(1), {"Name": ADDRESS})
    stub.add_response(
        "put_parameter",
        {"Version": 2},
        {"Name": ADDRESS, "Value": "s3cret", "Type": "SecureString", "Overwrite": True},
    )
    store.set(ADDRESS, "s3cret")
    stub.assert_no_pending_responses()
    stub.add_client_error("get_parameter", "ParameterNotFound")
    with pytest.raises(NotFound, match=f"the parameter {ADDRESS}"):
        store.set(ADDRESS, "s3cret")


def test_a_parameter_is_set_when_there_is_a_version_after_the_first() -> None:
    store, stub = ssm()
    for number in (1, 2):
        stub.add_response("get_parameter", version(number), {"Name": ADDRESS})
    assert (store.is_set(ADDRESS), store.is_set(ADDRESS)) == (False, True)


@pytest.mark.parametrize(("code", "said"), [("ExpiredTokenException", "old"), ("AccessDeniedException", "not yours")])
def test_a_refusal_has_the_words_of_the_provider_and_not_the_value(code: str, said: str) -> None:
    store, stub = ssm()
    stub.add_client_error("get_parameter", code, said)
    with pytest.raises(PortableError, match=said) as caught:
        store.set(ADDRESS, "s3cret-value")
    assert "s3cret-value" not in str(caught.value)


def test_a_value_that_is_too_long_is_refused_before_it_is_sent() -> None:
    store, _ = ssm()
    with pytest.raises(PortableError, match="at most 4096 bytes"):
        store.set(ADDRESS, "ü" * 2049)


@pytest.fixture
def order(tmp_path: Path) -> Order:
    made = Order(Path(), "aws", "dev", tmp_path, "secret set", {"PATH": str(tmp_path)}, lambda text: None)
    made.record_file.parent.mkdir(parents=True)
    return made


def test_a_secret_that_the_stage_does_not_have_is_refused_with_those_that_it_has(order: Order) -> None:
    write_record(order.record_file, Record("small", "dev", outputs={"secrets": {"token": ADDRESS}}))
    with pytest.raises(PortableError, match='has no secret "other": it has token'):
        set_secret(order, "other", "x")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (NotFound("there is no secret token"), r"there is no secret token\. Deploy the stage first"),
        (ConfigurationError("no credentials."), r"no credentials\. Sign in to AWS"),
    ],
)
def test_what_the_store_refuses_is_told_with_what_to_do(
    order: Order, monkeypatch: pytest.MonkeyPatch, raised: PortableError, said: str
) -> None:
    class Refusing:
        def set(self, address: str, value: str) -> None:
            raise raised

        def is_set(self, address: str) -> bool:
            raise raised

    refusing = replace(DEPLOYING, secrets=lambda outputs: Refusing())
    monkeypatch.setattr(AwsTarget, "deploying", lambda target: refusing)
    write_record(order.record_file, Record("small", "dev", outputs={"secrets": {"token": ADDRESS}}))
    with pytest.raises(PortableError, match=said):
        set_secret(order, "token", "x")
    with pytest.raises(PortableError, match=said):
        secrets_set(order)


def test_a_stage_without_secrets_needs_no_store(order: Order) -> None:
    write_record(order.record_file, Record("small", "dev", outputs={"url": "https://here"}))
    assert secrets_set(order) == {}


def test_a_stage_of_which_nothing_is_known_says_to_deploy_it(order: Order) -> None:
    with pytest.raises(PortableError, match="deploy --target aws --stage dev"):
        outputs_of(order)
    (order.folder / "outputs.tf.json").write_text(json.dumps({"output": {"stage": {"value": "prod"}}}))
    with pytest.raises(PortableError, match="nothing is known of the stage dev"):
        outputs_of(order)
