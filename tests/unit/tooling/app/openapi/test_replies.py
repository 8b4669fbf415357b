"""The responses of an operation: what the handler's type, its source and its docstring say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from unit.tooling.app.openapi.documents import described, operation

from portable.tooling.app.http_settings import HttpSettings

JSON = "application/json"


def responses(folder: Path, source: str, path: str = "/x", method: str = "get", **files: str) -> dict[str, Any]:
    found: dict[str, Any] = operation(folder, source, path, method, **files)["responses"]
    return found


def handler(returned: str, body: str = "...", method: str = "get", parameters: str = "", path: str = "/x") -> str:
    return f"""
@function(http.{method}("{path}"))
def shown({parameters}){returned}:
    {body}
"""


@pytest.mark.parametrize(
    ("returned", "status", "content"),
    [
        (" -> None", "204", None),
        (" -> str", "200", {"text/plain": {"schema": {"type": "string"}}}),
        (" -> bytes", "200", {"application/octet-stream": {}}),
        (
            " -> dict[str, int]",
            "200",
            {JSON: {"schema": {"type": "object", "additionalProperties": {"type": "integer"}}}},
        ),
        (" -> list[str]", "200", {JSON: {"schema": {"type": "array", "items": {"type": "string"}}}}),
        (" -> Response", "200", None),
        ("", "200", None),
    ],
)
def test_the_type_that_is_returned(tmp_path: Path, returned: str, status: str, content: Any) -> None:
    found = responses(tmp_path, handler(returned))
    assert list(found) == [status, "default"]
    assert found[status].get("content") == content


def test_a_type_or_nothing(tmp_path: Path) -> None:
    assert list(responses(tmp_path, handler(" -> list[str] | None"))) == ["200", "204", "default"]


@pytest.mark.parametrize(
    ("made", "status", "media_types"),
    [
        ("Response.json({}, 201)", "201", [JSON]),
        ("Response.json({}, status=HTTPStatus.ACCEPTED)", "202", [JSON]),
        ("Response.text('x')", "200", ["text/plain"]),
        ("Response('x', media_type='text/html; charset=utf-8')", "200", ["text/html"]),
        ("Response(b'', 204)", "204", []),
        ("Response.redirect('/')", "307", []),
        ("Response.redirect('/', 303)", "303", []),
        ("Response.redirect('/', status=code)", "200", []),  # only a run can tell
        ("Response.stream(iter(()), 'text/csv', 201)", "201", ["text/csv"]),
        ("Response.stream(iter(()), headers={'a': 'b'})", "200", []),
        ("Response.events(iter(()))", "200", ["text/event-stream"]),
    ],
)
def test_a_response_that_the_handler_makes(tmp_path: Path, made: str, status: str, media_types: list[str]) -> None:
    found = responses(tmp_path, handler(" -> Response", f"return {made}", parameters="code: int = 301"))
    assert set(found) == {status, "400", "default"}
    assert list(found[status].get("content", {})) == media_types


@pytest.mark.parametrize(
    ("made", "statuses"),
    [
        ("Response.object(info, reader, request)", ["200", "206", "304", "412", "416", "503"]),
        ("Response.object(info, reader, request, signer)", ["200", "206", "304", "307", "412", "416", "503"]),
        ("Response.file('a', request)", ["200", "206", "304", "404", "412", "416"]),
        ("Response.json({}).conditional(request)", ["200", "206", "304", "412", "416"]),
    ],
)
def test_what_answers_ranges_and_conditions(tmp_path: Path, made: str, statuses: list[str]) -> None:
    found = responses(tmp_path, handler(" -> Response", f"return {made}"))
    assert list(found) == [*statuses, "default"]
    assert [list(found[status].get("content", {})) for status in ("206", "304")] == [["*/*"], []]


def test_messagepack_and_problems_of_the_whole_app(tmp_path: Path) -> None:
    source = """
    @dataclass
    class Order:
        sku: str

    @function(http.post("/x"))
    def shown(body: Order) -> Order: ...
    """
    made = described(tmp_path, source, settings=HttpSettings(msgpack=True, problems=True))
    found = made["paths"]["/x"]["post"]
    ours = {"schema": {"$ref": "#/components/schemas/Order"}}
    for content in (found["requestBody"]["content"], found["responses"]["200"]["content"]):
        assert content == {JSON: ours, "application/msgpack": ours}
    for status in ("400", "413", "415", "default"):
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        assert found["responses"][status]["content"] == problem
    assert made["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status"]
    assert "ErrorReply" not in made["components"]["schemas"]


def test_errors_are_found_in_what_the_handler_calls(tmp_path: Path) -> None:
    found = responses(
        tmp_path,
        """
        import helpers

        GONE = 410

        def looked_up(name):
            if name == "a":
                raise HTTPError(404, "there is none")
            raise helpers.locked(name)

        @function(http.get("/x"))
        def shown(name: str = "") -> str:
            if name == "b":
                raise HTTPError(GONE)
            return looked_up(name)
        """,
        helpers="""
        from portable import HTTPError

        def locked(name):
            return HTTPError(status=423, detail=f"{name} is locked")
        """,
    )
    assert list(found) == ["200", "404", "410", "423", "default"]
    assert found["404"] == {
        "description": "there is none",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/ErrorReply"}}},
    }
    assert found["410"]["description"] == "Gone"


def test_functions_that_call_one_another_are_read_once(tmp_path: Path) -> None:
    source = """
    def a():
        b()

    def b():
        a()
        raise HTTPError(409)

    @function(http.get("/x"))
    def shown() -> None:
        a()
    """
    assert list(responses(tmp_path, source)) == ["204", "409", "default"]


@pytest.mark.parametrize(
    ("source", "statuses"),
    [
        (handler(" -> None", parameters="size: int = 1"), ["204", "400", "default"]),
        (handler(" -> None", parameters="size: str = ''"), ["204", "default"]),
        (handler(" -> None", parameters="size: str"), ["204", "400", "default"]),
        (
            handler(" -> None", method="post", parameters="body: dict[str, Any]"),
            ["204", "400", "413", "415", "default"],
        ),
        (handler(" -> None", method="post"), ["204", "413", "default"]),
    ],
)
def test_what_the_dispatcher_sends_for_what_is_declared(tmp_path: Path, source: str, statuses: list[str]) -> None:
    method = "post" if "http.post" in source else "get"
    assert list(responses(tmp_path, source, method=method)) == statuses


def test_a_path_with_a_parameter_may_lead_nowhere(tmp_path: Path) -> None:
    found = responses(tmp_path, handler(" -> None", parameters="name: str", path="/x/{name}"), "/x/{name}")
    assert list(found) == ["204", "404", "default"]


@pytest.mark.parametrize(
    "heading",
    [
        "Raises:\n        404: It is gone.",
        "Errors:\n        HTTPError(404): It is gone.",
        "Raises:\n        NotFound 404: It\n            is gone.",
    ],
)
def test_the_docstring_describes_an_error_better(tmp_path: Path, heading: str) -> None:
    body = f'"""Show.\n\n    {heading}\n    """\n    raise HTTPError(404)'
    assert responses(tmp_path, handler(" -> None", body))["404"]["description"] == "It is gone."


def test_sections_that_say_something_else_stay_in_the_description(tmp_path: Path) -> None:
    body = '"""Show.\n\n    Example:\n        >>> shown()\n\n    Raises:\n        KeyError: never.\n    """'
    made = operation(tmp_path, handler(" -> None", body))
    assert "example" not in str(made.get("requestBody"))
    assert made["description"] == "Example:\n    >>> shown()\n\nRaises:\n    KeyError: never."
    assert list(made["responses"]) == ["204", "default"]


def test_the_replies_of_guards_providers_and_answers_to_errors(tmp_path: Path) -> None:
    source = """
    from portable import Depends

    class OutOfStock(Exception):
        pass

    def maintenance(closed: bool = False) -> Response | None:
        return Response.text("later", status=503) if closed else None

    def user(key: Annotated[str, http.Header("x-key")]) -> str:
        raise HTTPError(401, "who are you")

    @http.errors(OutOfStock)
    def out_of_stock(error: OutOfStock) -> Response:
        return Response.json({"left": 0}, status=409)

    @function(http.get("/x"), before=[maintenance])
    def shown(who: Annotated[str, Depends(user)]) -> str:
        raise OutOfStock
    """
    found = responses(tmp_path, source)
    assert list(found) == ["200", "400", "401", "409", "503", "default"]
    assert list(found["503"]["content"]) == ["text/plain"]


def test_a_body_of_text_may_have_another_charset_and_bytes_may_not(tmp_path: Path) -> None:
    source = """
    @function(http.post("/text"))
    def of_text(body: str) -> None: ...

    @function(http.post("/bytes"))
    def of_bytes(body: bytes) -> None: ...
    """
    paths = described(tmp_path, source)["paths"]
    assert {"400", "415"} <= {*paths["/text"]["post"]["responses"]}
    assert {"400", "415"}.isdisjoint(paths["/bytes"]["post"]["responses"])
