"""What cannot be a provider is refused with the place of it, or of the parameter that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported
from unit.tooling.entry.shared_apps import HEAD, refusal

from portable.errors import DeclarationError

HANDLER = """
    @function(http.get("/"))
    def home(value: Annotated[int, Depends(given)]) -> str:
        return str(value)
"""


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("async def given() -> int: ...", 'parameter "value" of home depends on given, which is async, but home is def: '
         "make home async def, or given a plain def"),
        ("async def given(): yield 1", "given, which is async, but home is def"),
        ("def given(x): ...", 'parameter "x" of given has no annotation'),
        ("def given(*args: int): ...", "parameter *args: 'int' of given is not supported"),
        ("def given(x: object): ...", 'parameter "x" of given (for home) cannot be bound'),
        ("def given(message: Message[bytes]): ...", 'parameter "message" of given (for home) is a Message, which a http function does not get'),
        ("def given(store: Annotated[AsyncBucketReader, photos]): ...", "is an AsyncBucketReader: make home async def"),
        ("given = functools.partial(int, 1)", "depends on functools.partial(<class 'int'>, 1), which is a functools.partial: write a def"),
        ("@contextlib.contextmanager\n    def given(): yield 1", "which is a generator under a decorator"),
        ("def given(again: Annotated[int, Depends(other)]): ...\n    def other(given: Annotated[int, Depends(given)]): ...",
         "depends on given, which depends on itself: given → other → given"),
        ("given = {}.get", 'parameter "key" of get has no annotation'),
    ],
)  # fmt: skip
def test_what_cannot_provide_is_refused_with_its_place(tmp_path: Path, source: str, says: str) -> None:
    found = refusal(tmp_path, f"    {source}\n{HANDLER}")
    assert says in found
    assert ".py:" in found.partition(": ")[0]


def test_a_nested_function_a_default_and_a_bare_mark_are_refused(tmp_path: Path) -> None:
    nested = """
    def make():
        def inner() -> int: ...
        return inner

    @function(http.get("/"))
    def home(value: Annotated[int, Depends(make())]) -> str: ...
    """
    assert "make.<locals>.inner, which has no name at the top level of a module: write a def there" in refusal(
        tmp_path, nested
    )
    default = """
    def given() -> int: ...

    @function(http.get("/"))
    def home(value: int = Depends(given)) -> str: ...
    """
    assert 'parameter "value" of home has Depends(…) as its default: write Annotated[<type>, Depends(…)]' in refusal(
        tmp_path, default
    )
    bare = """
    @function(http.get("/"))
    def home(value: Annotated[int, Depends]) -> str: ...
    """
    assert "is marked with the class Depends: write Depends(…)" in refusal(tmp_path, bare)
    with (
        pytest.raises(DeclarationError, match="Depends takes a function that gives a value, not 3"),
        imported(tmp_path, "Depends(3)", HEAD),
    ):
        pass


def test_a_blocking_client_is_refused_in_the_provider_of_an_async_function(tmp_path: Path) -> None:
    source = """
    def given(store: Annotated[BucketReader, photos]) -> int: ...

    @function(http.get("/"))
    async def home(value: Annotated[int, Depends(given)]) -> str: ...
    """
    found = refusal(tmp_path, source)
    assert 'parameter "store" of given (for home) is a BucketReader, whose calls would stop every other call' in found


def test_a_body_is_not_decoded_as_two_types(tmp_path: Path) -> None:
    source = """
    @dataclass
    class One:
        a: int

    @dataclass
    class Two:
        b: int

    def given(two: Two) -> int: ...

    @function(http.post("/"))
    def home(one: One, value: Annotated[int, Depends(given)]) -> str: ...
    """
    assert 'parameter "two" of home reads the body, but one does, too: put both into one type' in refusal(
        tmp_path, source
    )


def test_an_idempotent_route_whose_provider_knows_the_caller_needs_a_scope(tmp_path: Path) -> None:
    source = """
    from portable import Idempotent, Key, Table
    done = Table("done", key=Key("id"))

    def user(token: Annotated[str, http.Header("authorization")]) -> str:
        return token

    @function(http.post("/"), idempotent=Idempotent(done))
    def home(user: Annotated[str, Depends(user)]) -> str: ...
    """
    assert "home is idempotent and reads the header" in refusal(tmp_path, source)
