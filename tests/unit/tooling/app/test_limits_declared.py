"""How many calls a route takes: what is declared on a route, a group or for the app, what it needs, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError
from portable.eventing import http
from portable.persistence.table import Table
from portable.tooling.app.collect import collect
from portable.tooling.app.handlers import loaded_modules
from portable.tooling.app.http_settings import HttpSettings
from portable.tooling.app.model import AppModel, Grant
from portable.tooling.app.needs import needs

COUNTS = Table("counts", key="id", ttl="ends")
HEAD = """
from dataclasses import dataclass
from typing import Any
from portable import Idempotent, Principal, Request, Secret, Table, function, http

counts = Table("counts", key="id", ttl="ends")
keys = http.api_key(Secret("api-keys"))
slow = http.rate("1/s", by="ip", table=counts)
users = 5

@dataclass
class Account:
    name: str

def account(request: Request) -> Account | None: ...
"""
ROUTES = """
v1 = http.group("/v1", limit=slow)
inner = v1.group("/inner")

@function(v1.get("/one"))
def one(): ...
@function(inner.get("/two", limit=http.rate(["5000/d", "10/s"], by="principal", table=counts, name="quota"), auth=keys))
def two(): ...
@function(inner.get("/three", limit=None))
def three(): ...
@function(http.get("/four"))
def four(): ...
@function(http.get("/five", limit=[slow, http.rate("3/2h", by=lambda request: "x", table=counts, unavailable="allow")]))
def five(): ...
"""


def plain(by: str, *windows: tuple[int, int], unavailable: str = "refuse", **more: str) -> dict[str, object]:
    shown = [{"calls": calls, "seconds": seconds} for calls, seconds in windows]
    return {"by": by, "windows": shown, "table": "counts", **more, "unavailable": unavailable}


def test_a_route_has_the_limits_of_its_group_or_app_unless_it_says_others(tmp_path: Path) -> None:
    slow = plain("ip", (1, 1))
    own = plain("own", (3, 7200), unavailable="allow")
    with imported(tmp_path, ROUTES, HEAD) as app:
        assert {each.name: each.trigger.get("limit") for each in app.functions} == {
            "one": [slow],
            "two": [plain("principal", (10, 1), (5000, 86_400), name="quota")],
            "three": None,
            "four": None,
            "five": [slow, own],
        }
        needed = Grant("counts", "table", ("get", "update"))
        assert [needed in each.grants for each in app.functions] == [True, True, False, False, True]
        assert [each.name for each in app.resources] == ["counts", "api-keys"]
        assert needs(app).requests  # the function of the app gets a Request
        modules = [module for module in loaded_modules(tmp_path.resolve()) if module.__name__ in app.modules]

        def with_limit(name: str) -> AppModel:
            folder = Path(str(modules[0].__file__)).parent
            return collect("written", folder, modules, (), HttpSettings(limit=f"{modules[0].__name__}:{name}"))

        found = {each.name: each.limit for each in with_limit("slow").functions}
        assert [name for name, code in found.items() if code is None] == ["three"]
        assert found["four"] is not None
        assert found["four"].home == (modules[0].__name__, "slow")
        for name in ("nothing", "users"):
            with pytest.raises(DeclarationError, match=r'limit = ".*" must name what limit= takes'):
                with_limit(name)


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ('"/a", limit=http.rate("1/s", by="principal", table=counts)', "public, so nobody knows who calls: add auth="),
        ('"/a", limit=http.rate("1/s", by="key", table=counts)', "no auth=http.api_key"),
        (
            '"/a", auth=http.basic(Secret("users")), limit=http.rate("1/s", by="key", table=counts)',
            "no auth=http.api_key",
        ),
        (
            '"/a", auth=http.signed_in(account), limit=http.rate("1/s", by="principal", table=counts)',
            "who calls is no Principal, so it has no subject",
        ),
        ('"/a", limit=http.rate("1/s", by="ip", table=Table("odd", key="id", sort="at"))', "must have no sort"),
        (
            '"/a", limit=http.rate("1/s", by="ip", table=Table("odd", key="id", ttl="calls"))',
            "field name calls is used",
        ),
        ('"/a", limit="100/m"', "limit='100/m' must be http.rate"),
        ('"/a", limit=[slow, None]', "must be http.rate"),
        ('"/a", limit=[slow, http.rate("9/d", by="ip", table=counts)]', "count in one row, by ip: write them as one"),
    ],
)
def test_a_limit_that_cannot_hold_is_refused_at_its_route(tmp_path: Path, route: str, says: str) -> None:
    source = f"@function(http.get({route}))\ndef fa(): ...\n"
    with pytest.raises(DeclarationError, match=says) as caught, imported(tmp_path, source, HEAD):
        pass
    assert caught.value.where is not None
    assert ".py:" in caught.value.where


def test_routes_that_count_together_have_one_limit(tmp_path: Path) -> None:
    source = """
    @function(http.get("/a", limit=http.rate("9/d", by="ip", table=counts, name="all")))
    def fa(): ...
    @function(http.get("/b", limit=[slow, http.rate("9/d", by="ip", table=counts, name="all")]))
    def fb(): ...
    """
    with imported(tmp_path, source, HEAD) as app:
        assert len(app.functions) == 2
    with (
        pytest.raises(DeclarationError, match=r'the limit "all" is another one at .*\.py:\d+: routes') as caught,
        imported(tmp_path, source.replace('"9/d"', '"8/d"', 1), HEAD),
    ):
        pass
    assert caught.value.where is not None


@pytest.mark.parametrize(
    "limits",
    [
        "",
        "10",
        "10/",
        "/s",
        "10/w",
        "0/s",
        "1.5/s",
        "-1/s",
        "10/0s",
        "10/367d",
        "1e3/s",
        "٣/s",
        "2000000000/s",
        [],
        ["1/s", "2/1s"],
        5,
    ],
)
def test_a_text_that_is_no_limit_is_refused(limits: object) -> None:
    with pytest.raises(DeclarationError, match=r"http\.rate"):
        http.rate(limits, by="ip", table=COUNTS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"by": "header:x-id"}, "A header is no caller"),
        ({"table": None}, "what one instance remembers does not count"),
        ({"name": "Quota"}, "limit name 'Quota'"),
        ({"unavailable": "open"}, 'must be "refuse" or "allow"'),
    ],
)
def test_an_option_that_means_nothing_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        http.rate("1/s", **{"by": "ip", "table": COUNTS, **options})  # type: ignore[arg-type]
