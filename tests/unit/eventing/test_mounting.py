"""`http.asgi`, `http.wsgi` and `http.resource`: what they declare, and what they refuse with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from unit.tooling.entry.apps import imported

from portable import Bucket, BucketReader, BucketWriter, ConfigurationError, PermissionDenied, Secret, http
from portable.compute.mounted import Resources
from portable.errors import DeclarationError
from portable.eventing.mounting import Mount

HEAD = """
from typing import Annotated
from portable import AsyncBucketReader, Bucket, BucketReader, Secret, TableReader, function, http
photos = Bucket("photos")
async def app(scope, receive, send): ...
def plain(environ, start_response): ...
"""


@pytest.mark.parametrize(
    ("path", "name"), [("/", "web"), ("/api", "api"), ("/V1/shop_floor/", "v1-shop-floor"), ("/api/", "api")]
)
def test_the_name_of_a_mounted_app_is_made_of_its_path(path: str, name: str) -> None:
    mount = http.asgi(path, print)
    assert isinstance(mount, Mount)
    assert (mount.name, mount.prefix) == (name, path.rstrip("/"))


def test_the_place_of_a_mounted_app_is_the_line_that_mounts_it() -> None:
    mount: Any = http.wsgi("/", print)
    assert (
        mount.place
        == f"{__file__}:{test_the_place_of_a_mounted_app_is_the_line_that_mounts_it.__code__.co_firstlineno + 1}"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("api", print), 'must start with "/"'),
        (("/{x}", print), "hold no parameters"),
        (("/", 7), "is no ASGI app"),
        (("/", "app"), '"module:name"'),
        (("/", "my-app:app"), '"module:name"'),
        (("/", "app:"), '"module:name"'),
        (("/", print, "photos"), "must be a tuple"),
        (("/", print, 7), "must be a tuple"),
        (("/x", print), r'must have 2 to 40 characters.*name="…"'),
        (("/%", print), r'must have 2 to 40 characters.*name="…"'),
    ],
)
def test_what_cannot_be_mounted_is_refused_where_it_is_declared(arguments: Any, problem: str) -> None:
    with pytest.raises(DeclarationError, match=problem) as raised:
        http.asgi(*arguments)
    assert str(raised.value.where).startswith(f"{__file__}:")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("web = http.asgi('/', app, memory=1)", "memory=1 must be"),
        ("web = http.asgi('/', app, max_body=0)", "max_body=0 must be"),
        ("web = http.asgi('/_portable/x', app, name='web')", "is reserved"),
        ("web = http.asgi('/', app, resources=[photos])", "must be Annotated"),
        ("web = http.asgi('/', app, resources=[Annotated[BucketReader, 'photos']])", "is no resource"),
        ("web = http.asgi('/', app, resources=[Annotated[TableReader, photos]])", 'Bucket.*is a bucket'),
        ("web = http.asgi('/', app, resources=[Annotated[BucketReader, Bucket]])", "is no resource"),
        ("web = http.wsgi('/', plain, resources=[Annotated[AsyncBucketReader, photos]])", "plain client"),
        ("web = http.asgi('/', app, resources=[Annotated[bytes, Secret('a-key')]])", r"Annotated\[str, Secret"),
        ("web = http.asgi('/', app)\nother = http.wsgi('/', plain, name='other')", r"declared twice|match the same"),
        ("web = http.asgi('/', app)\n@function(http.get('/x'))\ndef web_(): ...\nweb_.__portable__", "two functions have the name"),
        ("def make():\n    web = http.asgi('/', app)\n    return web", r"is inside the function make: http\.asgi is only"),
    ],
)  # fmt: skip
def test_what_cannot_be_packaged_is_refused_with_its_place(tmp_path: Path, source: str, problem: str) -> None:
    with pytest.raises(DeclarationError, match=problem) as raised, imported(tmp_path, source, HEAD):
        pass
    assert ".py:" in str(raised.value.where)


def test_a_module_with_a_mounted_app_that_nothing_imports_is_told(tmp_path: Path) -> None:
    source, other = "web = http.asgi('/', app)", f"{HEAD}\nlost = http.wsgi(\n    '/lost',\n    plain,\n)"
    with (
        pytest.raises(DeclarationError, match="nothing imports lost") as raised,
        imported(tmp_path, source, HEAD, other=other),
    ):
        pass
    assert str(raised.value.where).endswith(f"other.py:{HEAD.count(chr(10)) + 2}")


def test_both_kinds_of_clients_are_for_an_asgi_app_and_their_permissions_are_its(tmp_path: Path) -> None:
    source = """
    web = http.asgi('/', app, (Annotated[AsyncBucketReader, photos], Annotated[BucketReader, photos], Annotated[str, Secret("a-key")]))
    """
    with imported(tmp_path, source, HEAD) as found:
        (function,) = found.functions
        assert [(grant.kind, grant.resource) for grant in function.grants] == [
            ("bucket", "photos"),
            ("secret", "a-key"),
        ]
        assert {resource.name for resource in found.resources} == {"photos", "a-key"}


photos, key = Bucket("photos"), Secret("a-key")
RESOURCES = Resources(((photos, BucketReader, lambda: "the reader"), (key, str, lambda: "the text")), "web")


class Framework:
    """A request of a framework."""

    def __init__(self, **places: Any) -> None:
        self.__dict__.update(places)


@pytest.mark.parametrize(
    "request_",
    [
        {"portable": RESOURCES},
        {"portable.resources": RESOURCES},
        Framework(scope={"portable": RESOURCES}),
        Framework(environ={"portable.resources": RESOURCES}),
        Framework(scope=None, environ={"portable.resources": RESOURCES}),
    ],
)
def test_the_request_of_any_framework_has_the_resources(request_: Any) -> None:
    found: Any = http.resource(request_, photos, BucketReader)
    assert (found, http.resource(request_, key, str)) == ("the reader", "the text")
    with pytest.raises(
        PermissionDenied, match=r"web does not declare a BucketWriter of Bucket.*add Annotated\[BucketWriter"
    ):
        http.resource(request_, photos, BucketWriter)
    with pytest.raises(PermissionDenied, match="Secret"):
        http.resource(request_, Secret("other"), str)


@pytest.mark.parametrize("request_", [{}, Framework(), Framework(scope={}), 7])
def test_a_request_that_came_another_way_is_told(request_: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"did not come through http\.asgi"):
        http.resource(request_, photos, BucketReader)


def test_annotated_is_as_it_was_written() -> None:
    mount: Any = http.asgi("/", print, [Annotated[BucketReader, photos]])
    assert mount.resources == (Annotated[BucketReader, photos],)
