"""The OpenAPI document of an app: paths, methods, inputs, and what the official validator says of it."""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import validate
from unit.tooling.app.openapi.documents import described, operation

from portable.tooling.app.openapi.document import text

RICH = '''
class Colour(enum.Enum):
    red = "red"
    blue = "blue"

@dataclass
class Line:
    sku: str
    count: Annotated[int, msgspec.Meta(gt=0, le=100)] = 1
    when: datetime.datetime | None = None

class Order(msgspec.Struct, rename="camel"):
    order_id: uuid.UUID
    lines: list[Line]
    total: decimal.Decimal = decimal.Decimal("0")

class Signup(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=2, alias="fullName")
    age: int | None = None

class Page(typing.TypedDict):
    items: list[Order]
    next: typing.NotRequired[str]

class Tree(msgspec.Struct):
    children: "list[Tree]" = []

@function(http.get("/orders/{id}"))
def show(id: uuid.UUID, colour: Colour = Colour.red, sort: Literal["a", "b"] = "a", tag: list[str] = [],
         agent: Annotated[str | None, http.Header("x-agent")] = None, limit: int | None = 10,
         session: Annotated[str, http.Cookie("session")] = "") -> Order | Response:
    """Show one order.

    It is read from the table.

    Tags: orders, shop
    Raises:
        410: It was there once,
            and was removed.
    """

@function(http.post("/orders"))
def create(body: Order) -> Response:
    """Take an order.

    Example:
        {"orderId": "x", "lines": []}
    """
    return Response.json(body, 201)

@function(http.any("/any/{rest:path}"))
def anything(request: Request) -> str: ...

@function(http.put("/any/{rest:path}"))
def put_any(request: Request, rest: str) -> None: ...

@function(http.post("/signup"))
def signup(body: Signup) -> Signup: ...

@function(http.get("/pages"))
def pages() -> Page | None: ...

@function(http.get("/tree"))
def tree() -> Tree: ...
'''


def test_the_official_validator_accepts_a_document_of_many_types(tmp_path: Path) -> None:
    validate(described(tmp_path, RICH))


def test_the_same_app_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = (described(tmp_path / name, RICH) for name in ("a", "b"))
    assert text(first) == text(second)
    assert text(first).startswith('{\n  "openapi": "3.1.0",')


def test_any_method_is_each_that_no_other_function_has(tmp_path: Path) -> None:
    paths = described(tmp_path, RICH)["paths"]["/any/{rest}"]
    assert {method: made["operationId"] for method, made in paths.items()} == {
        "get": "anything-get",
        "put": "put-any",
        "post": "anything-post",
        "delete": "anything-delete",
        "patch": "anything-patch",
    }
    (rest,) = paths["get"]["parameters"]
    assert (rest["name"], rest["in"], rest["required"]) == ("rest", "path", True)


def test_each_declared_input_is_a_parameter_with_its_type_and_default(tmp_path: Path) -> None:
    made = operation(tmp_path, RICH, "/orders/{id}")
    parameters = {(each["in"], each["name"]): each for each in made["parameters"]}
    assert list(parameters) == [
        ("path", "id"),
        ("query", "colour"),
        ("query", "sort"),
        ("query", "tag"),
        ("query", "limit"),
        ("header", "x-agent"),
        ("cookie", "session"),
    ]
    assert parameters["path", "id"]["schema"] == {"type": "string", "format": "uuid"}
    assert parameters["query", "colour"]["schema"] == {"$ref": "#/components/schemas/Colour", "default": "red"}
    assert parameters["query", "sort"]["schema"] == {"enum": ["a", "b"], "default": "a"}
    assert parameters["query", "tag"]["schema"] == {"type": "array", "items": {"type": "string"}, "default": []}
    assert parameters["query", "limit"]["schema"] == {"type": "integer", "default": 10}
    assert [each["required"] for each in made["parameters"]] == [True] + [False] * 6


def test_what_the_docstring_says(tmp_path: Path) -> None:
    made = operation(tmp_path, RICH, "/orders/{id}")
    assert made["summary"] == "Show one order."
    assert made["description"] == "It is read from the table."
    assert made["tags"] == ["orders", "shop"]
    assert made["responses"]["410"]["description"] == "It was there once, and was removed."


def test_a_body_has_its_schema_and_the_example_of_the_docstring(tmp_path: Path) -> None:
    made = operation(tmp_path, RICH, "/orders", "post")
    assert made["requestBody"] == {
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Order"},
                "example": {"orderId": "x", "lines": []},
            }
        },
        "required": True,
    }
    assert "description" not in made


def test_a_model_with_another_form_when_it_is_written_stands_there_twice(tmp_path: Path) -> None:
    made = described(tmp_path, RICH)
    schemas = made["components"]["schemas"]
    assert set(schemas["Signup"]["properties"]) == {"fullName", "age"}
    assert set(schemas["SignupReply"]["properties"]) == {"name", "age"}
    reply = made["paths"]["/signup"]["post"]["responses"]["200"]["content"]["application/json"]
    assert reply == {"schema": {"$ref": "#/components/schemas/SignupReply"}}


def test_two_classes_of_one_name_are_apart_also_inside_others(tmp_path: Path) -> None:
    made = described(
        tmp_path,
        """
        import second

        @dataclass
        class Line:
            sku: str

        @function(http.post("/x"))
        def first(body: list[Line]) -> None: ...
        """,
        second="""
        from dataclasses import dataclass
        from portable import function, http

        @dataclass
        class Line:
            text: str

        @dataclass
        class Page:
            lines: list[Line]

        @function(http.post("/y"))
        def second(body: Page) -> None: ...
        """,
    )
    schemas = made["components"]["schemas"]
    lines = {name: set(each["properties"]) for name, each in schemas.items() if name.startswith("Line")}
    assert lines == {"Line": {"text"}, "Line_2": {"sku"}} or lines == {"Line": {"sku"}, "Line_2": {"text"}}
    named = schemas["Page"]["properties"]["lines"]["items"]["$ref"].rpartition("/")[2]
    assert lines[named] == {"text"}


def test_raw_and_text_bodies(tmp_path: Path) -> None:
    source = """
    @function(http.post("/raw"))
    def raw(body: bytes) -> None: ...

    @function(http.post("/text"))
    def text(body: str) -> None: ...

    @function(http.post("/maybe"))
    def maybe(body: dict[str, Any] | None = None) -> None: ...
    """
    paths = described(tmp_path, source)["paths"]
    assert paths["/raw"]["post"]["requestBody"] == {
        "content": {"application/octet-stream": {"schema": {}}},
        "required": False,
    }
    assert list(paths["/text"]["post"]["requestBody"]["content"]) == ["text/plain"]
    assert paths["/maybe"]["post"]["requestBody"]["required"] is False
    assert "415" not in paths["/raw"]["post"]["responses"]
    assert "415" in paths["/maybe"]["post"]["responses"]


def test_what_providers_read_is_an_input_of_the_operation_once(tmp_path: Path) -> None:
    source = """
    from portable import Depends

    @dataclass
    class Page:
        size: int

    def locale(language: Annotated[str, http.Header("accept-language")] = "en") -> str:
        return language

    def page(size: int, language: Annotated[str, Depends(locale)], number: int = 1) -> Page:
        return Page(size)

    @function(http.get("/x"))
    def shown(page: Annotated[Page, Depends(page)], words: Annotated[str, Depends(locale)], size: int) -> None: ...
    """
    made = operation(tmp_path, source)
    assert [(each["in"], each["name"], each["required"]) for each in made["parameters"]] == [
        ("query", "size", True),
        ("query", "number", False),
        ("header", "accept-language", False),
    ]
    assert "400" in made["responses"]


def test_constraints_of_every_library(tmp_path: Path) -> None:
    source = """
    import annotated_types

    @function(http.get("/x"))
    def shown(
        size: Annotated[int, msgspec.Meta(ge=1, le=9)], name: Annotated[str, annotated_types.MinLen(2)] = "ab",
    ) -> None: ...
    """
    size, name = operation(tmp_path, source)["parameters"]
    assert size["schema"] == {"type": "integer", "minimum": 1, "maximum": 9}
    assert name["schema"] == {"type": "string", "minLength": 2, "default": "ab"}


def test_a_mounted_app_describes_its_own_routes(tmp_path: Path) -> None:
    source = """
    async def own(scope, receive, send): ...

    web = http.asgi("/web", own)

    @function(http.get("/x"))
    def shown() -> None: ...
    """
    assert list(described(tmp_path, source)["paths"]) == ["/x"]
