"""What a role asked of ministack and the policies that it has in, the statements that nothing needed out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

REGION, ACCOUNT = "eu-central-1", "000000000000"

Question = tuple[str, str]
"""An action, and the resource that it was asked for on."""


def statements(folder: Path) -> list[dict[str, Any]]:
    """Return the statements of all policies in the folder of a deployer."""
    return [each for file in sorted(folder.glob("policy-*.json")) for each in json.loads(file.read_text())["Statement"]]


def questions(file: Path, role: str) -> set[Question]:
    """Return what a role asked for."""
    found = map(json.loads, file.read_text().splitlines())
    return {(each["action"], each["on"]) for each in found if f"/{role}/" in each["who"]}


def answers(statement: dict[str, Any], question: Question) -> bool:
    """Say whether a statement allows what was asked for."""
    action, resource = question
    return action in statement["Action"] and any(_fits(pattern, resource) for pattern in statement["Resource"])


def needless(held: list[dict[str, Any]], asked: set[Question]) -> list[dict[str, Any]]:
    """Return the statements without which everything would have been allowed all the same."""
    found = []
    for statement in held:
        others = [each for each in held if each is not statement]
        alone = (question for question in asked if answers(statement, question))
        if not any(all(not answers(other, question) for other in others) for question in alone):
            found.append(statement)
    return found


def _fits(pattern: str, resource: str) -> bool:
    filled = pattern.replace("${partition}", "aws").replace("${region}", REGION).replace("${account}", ACCOUNT)
    return re.fullmatch(re.escape(filled).replace(r"\*", ".*"), resource) is not None
