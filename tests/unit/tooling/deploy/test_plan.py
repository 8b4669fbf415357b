"""What `plan` shows: what has changed, who may do what, and a picture that any viewer can read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.tooling.app.model import Grant, ResourceModel
from portable.tooling.check.gains import identities
from portable.tooling.cli.plan import lines, permissions
from portable.tooling.deploy.differences import differences
from portable.tooling.deploy.overview import Overview, as_json
from portable.tooling.deploy.picture import picture, uses_of
from portable.tooling.facts import Limit
from portable.tooling.infra.blueprint import Blueprint, DeployedFunction
from portable.tooling.rules.headroom import Headroom

SVG = "{http://www.w3.org/2000/svg}"
PHOTOS = ResourceModel("bucket", "photos", {})
JOBS = ResourceModel("queue", "jobs", {})


def function(name: str, path: str = "/x", identity: str = "", *grants: Grant, **more: Any) -> DeployedFunction:
    trigger = more.pop("trigger", {"kind": "http", "method": "GET", "path": path, "auth": None})
    return DeployedFunction(name, trigger, "entry", 256, 30, identity or name, grants, **more)


READ = function("read", "/x", "", Grant("photos", "bucket", ("get", "list")), public=True)
WORK = function(
    "work", "/x", "", Grant("photos", "bucket", ("put",)), trigger={"kind": "queue", "queue": "jobs"}, feed="jobs"
)
APP = Blueprint("aws", "shop", "3.13", "x86_64", (READ, WORK), (PHOTOS, JOBS), "", 0)
FILES = {"app.py": "1"}


def seen(app: Blueprint, **more: Any) -> Overview:
    made = Overview("AWS Lambda", "prod", app, identities(app.functions), (), {}, "", (), ())
    return replace(made, **more)


def manifest(app: Blueprint, **files: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(app), "files": files or FILES}


def told(before: dict[str, Any], now: Blueprint, files: dict[str, str] | None = None) -> list[str]:
    return [str(each) for each in differences(before, now, files or FILES)]


def test_an_app_that_is_the_same_has_no_difference() -> None:
    assert told(manifest(APP), APP) == []


def test_what_is_new_changed_or_gone_is_named_with_both_values() -> None:
    larger = replace(WORK, memory=512, dead_letters="jobs-poison")
    now = replace(
        APP, functions=(larger, function("more")), resources=(JOBS, ResourceModel("table", "rows", {})), python="3.12"
    )
    assert told(manifest(APP), now) == [
        "~ python: 3.13 -> 3.12",
        "- function read",
        "~ function work: memory 256 -> 512, dead_letters None -> jobs-poison",
        "+ function more",
        "- bucket photos",
        "+ table rows",
    ]


def test_of_permissions_those_that_came_and_went_are_named() -> None:
    work = replace(WORK, grants=(Grant("photos", "bucket", ("put", "delete")), Grant("jobs", "queue", ("take",))))
    app = replace(APP, functions=(READ, work))
    assert told(manifest(APP), app) == [
        "~ function work: may now delete on the bucket photos, may now take on the queue jobs",
    ]
    assert told(manifest(app), APP) == [
        "~ function work: may no longer delete on the bucket photos, may no longer take on the queue jobs",
    ]
    turned = replace(work, grants=work.grants[::-1])
    assert told(manifest(app), replace(APP, functions=(READ, turned))) == []


def test_files_of_the_app_that_changed_are_named() -> None:
    assert told(manifest(APP), APP, {"app.py": "2", "more.py": "1"}) == ["~ file app.py", "+ file more.py"]


def test_a_manifest_of_another_version_cannot_be_compared() -> None:
    assert told({"target": "aws", "functions": 3}, APP) == [
        "~ the app: it was deployed by another version, which cannot be compared"
    ]


def test_permissions_of_one_resource_are_one_line() -> None:
    found = identities(APP.functions)[0].permissions
    assert permissions(found) == ['get, list on the bucket "photos"']


def test_the_lines_say_what_is_gained_what_is_close_to_a_limit_and_what_changed() -> None:
    shared = replace(APP, functions=(replace(READ, identity="App"), replace(WORK, identity="App")))
    limit = Limit("timeout", "time of one call", "a page", "2026-01-01", "s", most=40)
    text = "\n".join(
        lines(seen(shared, headroom=(Headroom(limit, 30, "work"),), made={"aws_sqs_queue": 2}, since="today"))
    )
    assert 'read: put on the bucket "photos"; take on the queue "jobs"' in text
    assert "75%  time of one call: 30 of 40 s (work)" in text
    assert "The infrastructure has 2 resources: 2 aws_sqs_queue" in text
    assert "Since the deployment of today" in text


def test_the_json_has_everything() -> None:
    found = as_json(seen(APP))
    assert found["identities"][1]["may"] == [
        {"kind": "bucket", "resource": "photos", "action": "put", "asked_by": ["work"]},
        {"kind": "queue", "resource": "jobs", "action": "take", "asked_by": ["work"]},
    ]
    assert found["gains"] == []


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_picture_names_functions_triggers_resources_and_rights() -> None:
    found = texts(picture(seen(APP)))
    assert {"shop on AWS Lambda, stage prod", "read", "work", "photos", "jobs", "get, list", "fires it"} <= {*found}
    assert "anybody may call it" in found


def test_the_picture_has_an_arrow_for_each_right_and_a_frame_for_each_shared_identity() -> None:
    shared = replace(APP, functions=(replace(READ, identity="App"), replace(WORK, identity="App")))
    for app, frames in ((APP, 0), (shared, 1)):
        root = ElementTree.fromstring(picture(seen(app)))
        arrows = [node for node in root.iter(f"{SVG}path") if node.find(f"{SVG}title") is not None]
        said = ["".join(node.itertext()) for node in arrows]
        assert sorted(said) == [
            "read: get, list on the bucket photos",
            "the queue jobs fires work",
            "work: put on the bucket photos",
        ]
        assert len([node for node in root.iter(f"{SVG}rect") if node.get("class") == "frame"]) == frames


def test_a_picture_for_a_page_links_its_parts_and_has_no_rules_of_its_own() -> None:
    root = ElementTree.fromstring(picture(seen(APP), lambda kind, name: f"/{kind}/{name}?a&b"))
    links = {node.get("href"): (node.get("data-kind"), node.get("data-name")) for node in root.iter(f"{SVG}a")}
    assert links["/function/read?a&b"] == ("function", "read")
    assert links["/bucket/photos?a&b"] == ("bucket", "photos")
    assert len(links) == len(APP.functions) + len(APP.resources)
    assert list(root.iter(f"{SVG}style")) == []
    assert not any("style" in node.attrib for node in root.iter())
    assert list(ElementTree.fromstring(picture(seen(APP))).iter(f"{SVG}a")) == []


@pytest.mark.parametrize(
    ("kind", "actions", "colour"),
    [
        ("secret", ("read",), "reads"),
        ("setting", ("read",), "reads"),
        ("bucket", ("get", "list"), "reads"),
        ("queue", ("count", "peek"), "reads"),
        ("queue", ("send",), "changes"),
        ("table", ("get", "put"), "both"),
    ],
)
def test_a_right_has_the_colour_of_what_it_does(kind: str, actions: tuple[str, ...], colour: str) -> None:
    (use,) = uses_of(function("home", "/x", "", Grant("it", kind, actions)))
    assert use.colour == colour


@given(st.lists(st.text(alphabet="<>&\"'/{}aé\U0001f600", min_size=1, max_size=60), min_size=1, max_size=5))
def test_whatever_an_app_is_called_the_picture_is_whole(paths: list[str]) -> None:
    functions = tuple(function(f"f{number}", f"/{path}") for number, path in enumerate(paths))
    found = texts(picture(seen(replace(APP, app="a<b>&", functions=functions))))
    assert "a<b>& on AWS Lambda, stage prod" in found


@pytest.mark.parametrize("count", [0, 1, 60])
def test_no_two_cards_of_a_picture_lie_upon_each_other(count: int) -> None:
    grants = tuple(Grant("photos", "bucket", ("get",)) for _ in range(3))
    functions = tuple(function(f"f{number}", "/x", "", *grants[: number % 4]) for number in range(count))
    resources = tuple(ResourceModel("bucket", f"b{number}", {}) for number in range(count))
    root = ElementTree.fromstring(picture(seen(replace(APP, functions=functions, resources=resources))))
    for style in ("card", "resource"):
        boxes = [node for node in root.iter(f"{SVG}rect") if node.get("class") == style]
        spans = sorted((float(node.get("y", 0)), float(node.get("height", 0))) for node in boxes)
        assert all(y + height < following for (y, height), (following, _) in pairwise(spans))
        assert all(y + height < float(root.get("height", 0)) for y, height in spans)
