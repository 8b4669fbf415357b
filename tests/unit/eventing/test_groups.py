"""`http.group`: what its routes take from it, and what they replace."""

from __future__ import annotations

import pytest

from portable.errors import DeclarationError
from portable.eventing import http
from portable.eventing.cors import Cors
from portable.eventing.response import Response


def closed() -> Response | None:
    return None


def test_a_group_has_every_verb_and_puts_its_prefix_before_the_path() -> None:
    v1 = http.group("/v1")
    found = [make("/orders") for make in (v1.get, v1.post, v1.put, v1.patch, v1.delete, v1.any)]
    assert [(each.method, each.path) for each in found] == [
        (method, "/v1/orders") for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "*")
    ]
    assert [v1.get("").path, v1.get("/").path, http.group("/{shop}").get("/{item}").path] == [
        "/v1",
        "/v1/",
        "/{shop}/{item}",
    ]
    assert isinstance(v1.get("/"), http.HttpTrigger)


def test_an_option_of_a_route_replaces_the_groups() -> None:
    shop = http.group("/shop", cors="https://shop.example")
    assert shop.get("/").cors == Cors(("https://shop.example",))
    assert shop.get("/", cors=None).cors is None
    assert shop.get("/", cors=["https://a.example", "https://b.example"]).cors == Cors(
        ("https://a.example", "https://b.example")
    )
    assert (shop.get("/").max_body, shop.get("/", max_body=10).max_body) == (http.MAX_BODY, 10)


def test_a_group_inside_a_group_adds_to_it() -> None:
    v1 = http.group("/v1", cors="*", tags=["orders"], before=[closed])
    admin = v1.group("/admin", cors=None, tags=["admin"], before=[closed])
    assert (admin.get("/x").path, admin.get("/x").cors) == ("/v1/admin/x", None)
    assert (admin.tags, admin.before) == (("orders", "admin"), (closed, closed))
    assert v1.group("/open").get("/x").cors == Cors(("*",))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"prefix": "v1"}, "the prefix 'v1' of http.group must start with"),
        ({"prefix": "/v1/"}, "the prefix '/v1/' of http.group must start with"),
        ({"prefix": 3}, "the prefix 3 of http.group must start with"),
        ({"prefix": "/v1", "tags": "orders"}, "tags='orders' of http.group must be a list of texts"),
        ({"prefix": "/v1", "tags": [1]}, "of http.group must be a list of texts"),
        ({"prefix": "/v1", "before": closed}, "must be a list of functions, such as before=[check]"),
        ({"prefix": "/v1", "around": ["timed"]}, "around takes functions, not 'timed'"),
        ({"prefix": "/v1", "cors": 3}, "cors=3 must be an origin"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(DeclarationError, match=says.replace("[", r"\[")):
        http.group(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["orders", 3, None])
def test_a_path_of_a_group_is_empty_or_begins_with_a_slash(path: object) -> None:
    with pytest.raises(DeclarationError, match='of a group must be empty or start with "/"'):
        http.group("/v1").get(path)  # type: ignore[arg-type]
