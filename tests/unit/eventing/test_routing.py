"""Which route a path runs: strict, decoded segment by segment, the most specific template first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError, HTTPError
from portable.eventing.request import Request
from portable.eventing.routing import Route, RouteTable
from portable.eventing.urls import quote
from portable.tooling.entry.routes import _rank


def find(templates: list[str], path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    """Return the template a path runs and its parameters, None for 404."""
    routes: list[tuple[str, dict[str, Route]]] = [
        (template, {"*": Route(template, lambda request, context: None, 10)})
        for template in sorted(templates, key=_rank)
    ]
    request = Request(method, path)
    try:
        _, route, _ = RouteTable(routes).find(request)
    except HTTPError as error:
        if error.status == 404:
            return None
        raise
    assert route is not None
    return route.function, request.path_params


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("/", {})),
        ("/a", ("/a", {})),
        ("/a/", None),
        ("//a", None),
        ("/a/b", ("/a/{x}", {"x": "b"})),
        ("/a/b/", None),
        ("/a//", None),
        ("/a/new", ("/a/new", {})),
        ("/a/ne%77", ("/a/new", {})),
        ("/a/b%2Fc", ("/a/{x}", {"x": "b/c"})),
        ("/a/%", ("/a/{x}", {"x": "%"})),
        ("/a/b+c%20d", ("/a/{x}", {"x": "b+c d"})),
        ("/files/", ("/files/{path:path}", {"path": ""})),
        ("/files", None),
        ("/files/a/b//c/", ("/files/{path:path}", {"path": "a/b//c/"})),
        ("/files/a%2Fb/c", ("/files/{path:path}", {"path": "a/b/c"})),
        ("/files/list", ("/files/list", {})),
        ("/files/list/", ("/files/{path:path}", {"path": "list/"})),
        ("/café", ("/café", {})),
        ("/caf%C3%A9", ("/café", {})),
        ("/caf%c3%a9", ("/café", {})),
        ("/CAFÉ", None),
        ("/q/x/z", ("/q/{a}/z", {"a": "x"})),
        ("/q/y/z", ("/q/y/{b}", {"b": "z"})),
        ("/q/y/", None),
        ("/q/x/w", None),
        ("/trailing/", ("/trailing/", {})),
        ("/trailing", None),
        ("", None),
    ],
)
def test_the_most_specific_template_wins_and_slashes_are_kept(
    path: str, expected: tuple[str, dict[str, str]] | None
) -> None:
    templates = [
        "/files/{path:path}",
        "/a/{x}",
        "/q/{a}/z",
        "/q/y/{b}",
        "/",
        "/a",
        "/a/new",
        "/files/list",
        "/café",
        "/trailing/",
    ]
    assert find(templates, path) == expected
    assert find(templates[::-1], path) == expected


def test_an_escaped_literal_beats_a_pattern_that_fits_too() -> None:
    assert find(["/{x}", "/café"], "/caf%C3%A9") == ("/café", {})


SEGMENT = st.text(alphabet=st.sampled_from("ab/% é+{}?#"), min_size=1, max_size=4)


@given(SEGMENT, SEGMENT)
def test_a_segment_of_any_text_arrives_as_it_was_sent(first: str, second: str) -> None:
    path = f"/x/{quote(first)}/y/{quote(second)}"
    assert find(["/x/{first}/y/{second}"], path) == ("/x/{first}/y/{second}", {"first": first, "second": second})


@given(st.lists(st.sampled_from(["a", "b", "{x}", "{y}"]), min_size=1, max_size=4), st.data())
def test_a_match_is_the_first_by_segments_of_all_that_fit(parts: list[str], data: st.DataObject) -> None:
    templates = data.draw(
        st.lists(
            st.lists(st.sampled_from(["a", "b", "{p}", "{p}"]), min_size=1, max_size=4)
            .map(lambda found: [f"{{p{index}}}" if part == "{p}" else part for index, part in enumerate(found)])
            .map(lambda found: "/" + "/".join(found)),
            unique=True,
            min_size=1,
            max_size=6,
        )
    )
    path = "/" + "/".join(part.strip("{}") for part in parts)

    def fits(template: str) -> bool:
        left, right = template.split("/"), path.split("/")
        return len(left) == len(right) and all(a.startswith("{") or a == b for a, b in zip(left, right, strict=True))

    fitting = [template for template in templates if fits(template)]
    best = min(fitting, key=lambda template: [part.startswith("{") for part in template.split("/")], default=None)
    found = find(templates, path)
    assert (found[0] if found else None) == best


@pytest.mark.parametrize(("first", "second"), [("/a/{x}", "/a/{y}"), ("/f/{p:path}", "/f/{q:path}")])
def test_two_templates_that_can_tie_are_refused(tmp_path: Path, first: str, second: str) -> None:
    source = f"""
    @function(http.get("{first}"))
    def one(request: Request) -> None: ...

    @function(http.put("{second}"))
    def two(request: Request) -> None: ...
    """
    with pytest.raises(DeclarationError, match="match the same requests") as caught, imported(tmp_path, source):
        pass
    assert caught.value.where
