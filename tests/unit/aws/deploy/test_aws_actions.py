"""Every action that a deployer on AWS is given is one that AWS has: what it does not know it ignores, and a deployment fails late."""

from __future__ import annotations

import pytest
from unit.aws.deploy.aws_actions import ASKED_BY, WITHOUT_OPERATION, is_real

from portable.tooling.infra.actions import read_actions
from portable_aws.deploy.deployer.administering import ADMINISTERING

ACTIONS = sorted(
    {
        action
        for rules in read_actions(ADMINISTERING.actions).rules.values()
        for rule in rules
        for actions in rule.actions.values()
        for action in actions
    }
)


def test_every_action_of_the_deployer_is_one_that_aws_has() -> None:
    assert len(ACTIONS) > 100
    assert [action for action in ACTIONS if not is_real(action)] == []


def test_no_exception_is_needless() -> None:
    used = {*ACTIONS, "dynamodb:ConditionCheckItem", "lambda:InvokeFunction"}
    assert {*ASKED_BY, *WITHOUT_OPERATION} - used == set()


@pytest.mark.parametrize("action", ["s3:GetObjects", "sqs:Send", "dynamodb:TransactWriteItem", "apigateway:HEAD"])
def test_a_name_that_is_none_is_found(action: str) -> None:
    assert not is_real(action)
