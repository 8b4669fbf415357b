"""What infrastructure asks of a Blueprint: nothing is referred to that is not made, on every cloud."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from infrastructures import tool

from portable.tooling.app.model import AppModel, FunctionModel, Grant, ResourceModel
from portable.tooling.infra.stage import Stage
from portable.tooling.targets import load_target

HTTP = {"kind": "http", "path": "/dead", "method": "GET", "cors": None, "max_body": 1000, "auth": None}


@pytest.mark.parametrize("target", ["aws", "azure", "gcp"])
def test_the_queue_that_dead_letters_go_back_to_is_made_also_when_nothing_else_uses_it(target: str) -> None:
    grant = Grant("jobs-poison", "queue", ("count", "peek", "redrive"))
    function = FunctionModel("dead", "app", "dead", "app.py:1", False, HTTP, (), (grant,))
    model = AppModel(
        "shop", (function,), (ResourceModel("queue", "jobs-poison", {"dead_letters_of": "jobs"}),), ("app",)
    )
    made = load_target(target).infra(tool().blueprint_of(model, target), Stage("shop"))
    assert made is not None
    text = made.files()["main.tf.json"]
    resources = json.loads(text)["resource"]
    there = {f"{kind}.{label}" for kind, found in resources.items() for label in found}
    named = set(re.findall(r"(?<!data\.)\b((?:aws|azurerm|google)_\w+\.[\w-]+)(?=[.\[])", text))
    assert named <= there
    assert {"jobs", "jobs-poison"} <= set(json.loads(text)["locals"]["queues"])


@pytest.mark.parametrize(
    ("target", "version", "said"),
    [
        ("aws", "2.3.1", "2.3.1"),
        ("azure", "1!2.0+local.7", "1-2.0+local.7"),
        ("gcp", "1!2.0+Local.7", "1-2-0-local-7"),
        ("aws", "", "0"),
        ("azure", "", "0"),
        ("gcp", "", "0"),
    ],
)
def test_the_version_of_the_project_is_on_everything_and_new_code_does_not_change_it(
    target: str, version: str, said: str
) -> None:
    function = FunctionModel("dead", "app", "dead", "app.py:1", False, HTTP, (), ())
    found = tool().blueprint_of(AppModel("shop", (function,), (), ("app",), version=version), target)
    texts = []
    for sha256 in ("a" * 64, "b" * 64):
        made = load_target(target).infra(replace(found, sha256=sha256), Stage("shop"))
        assert made is not None
        texts.append(made.files()["main.tf.json"])
    assert f'"version": "{said}"' in texts[0]
    changed = [line for line, other in zip(*(text.splitlines() for text in texts), strict=True) if line != other]
    assert all(re.search("aaaa|source_code_hash", line) for line in changed), changed
