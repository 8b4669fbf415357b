"""What cannot wrap, guard or answer is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported
from unit.tooling.entry.shared_apps import HEAD, refusal

from portable.errors import DeclarationError

ROUTE = """
    @function(http.get("/"){options})
    {kind} home() -> str: ...
"""
WRAPPED, ASYNC = (
    ROUTE.format(options=", around=[wrap]", kind="def"),
    ROUTE.format(options=", around=[wrap]", kind="async def"),
)
GUARDED, PLAIN = ROUTE.format(options=", before=[guard]", kind="def"), ROUTE.format(options="", kind="def")


@pytest.mark.parametrize(
    ("source", "handler", "says"),
    [
        ("def wrap() -> str: ...", WRAPPED, "wrap wraps home, so it needs one parameter for what is inside, such as call: Call"),
        ("def wrap(a: Call, b: Call) -> str: ...", WRAPPED, "wrap wraps home, so it needs one parameter"),
        ("def wrap(call: AsyncCall) -> str: ...", WRAPPED, "is an AsyncCall, but home is def: use a Call"),
        ("async def wrap(call: Call) -> str: ...", WRAPPED, "wrap is async, but home is def: make home async def"),
        ("def wrap(call: AsyncCall) -> str: ...", ASYNC, "wrap wraps home, which is async def: make wrap async def"),
        ("async def wrap(call: Call) -> str: ...", ASYNC, "is a Call, but home is async def: use an AsyncCall"),
        ("def wrap(call: Call): yield 1", WRAPPED, "wrap as a wrapper is a generator: return instead of yield"),
        ("def wrap(call: Call, tick: Tick): ...", WRAPPED, "is a Tick, which a http function does not get"),
        ("def wrap(call): ...", WRAPPED, 'parameter "call" of wrap has no annotation'),
        ("wrap = 3", WRAPPED, "around takes functions, not 3"),
        ("def wrap(call: Call): ...", WRAPPED.replace("[wrap]", "wrap"), "must be a list of functions, such as around=[check]"),
        ("def guard() -> bool: ...", GUARDED, "guard in before= must return None to go on, or a Response"),
        ("def guard(call: Call) -> None: ...", GUARDED, "is a Call, which only a wrapper gets: an @around, or one in around="),
        ("def guard() -> None: yield", GUARDED, "guard in before= is a generator: return instead of yield"),
        ("@http.errors(KeyError)\n    def answer() -> dict: ...", PLAIN, "answer answers errors, so it must return a Response"),
        ("@http.errors(KeyError)\n    def answer() -> None: ...", PLAIN, "answer answers errors, so it must return a Response"),
        ("@http.errors(KeyError)\n    def answer() -> Response: yield", PLAIN, "answer as an answer to errors is a generator"),
        ("@http.errors(KeyError, OSError)\n    def answer(error: KeyError) -> Response: ...", PLAIN,
         'parameter "error" of answer does not take OSError, which it answers: add it to the type'),
        ("@http.errors(KeyError)\n    def answer(a: KeyError, b: Exception) -> Response: ...", PLAIN,
         "answer takes the error as a and b: take it once"),
        ("@http.errors(KeyError)\n    def one() -> Response: ...\n    @http.errors(OSError, KeyError)\n    def two() -> Response: ...",
         PLAIN, "two answers KeyError, but one at "),
        ("@http.errors(KeyError)\n    async def answer() -> Response: ...", PLAIN, "answer is async, but home is def"),
        ("@http.errors()\n    def answer() -> Response: ...", PLAIN, "@http.errors takes classes of errors"),
        ("@http.errors(SystemExit)\n    def answer() -> Response: ...", PLAIN,
         "@http.errors takes classes that are derived from Exception, not <class 'SystemExit'>"),
        ("@http.errors([type('Lost', (Exception,), {})][0])\n    def answer() -> Response: ...", PLAIN,
         "answer answers Lost, which has no name at the top level of a module: write the class there"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(tmp_path: Path, source: str, handler: str, says: str) -> None:
    found = refusal(tmp_path, f"    {source}\n{handler}")
    assert says in found
    assert " takes " in says or "must be a list" in says or ".py:" in found.partition(": ")[0]


def test_a_wrapper_of_the_app_leaves_no_function_out_without_a_word(tmp_path: Path) -> None:
    source = """
    @around
    def timed(call: Call) -> object: ...

    @function(http.get("/"))
    async def home() -> str: ...
    """
    says = "@around timed does not wrap home, which is async def: write a wrapper for it as well, async def with an AsyncCall"
    assert says in refusal(tmp_path, source)
    both = f"{source}\n    @around\n    async def awaited(call: AsyncCall) -> object: ...\n"
    with imported(tmp_path, both, HEAD) as app:
        assert [wrapper.call.home and wrapper.call.home[1] for wrapper in app.functions[0].around] == ["awaited"]


def test_a_guard_is_for_http_and_an_answer_reaches_http_functions_only(tmp_path: Path) -> None:
    source = """
    def guard() -> None: ...

    @function(jobs.messages(), before=[guard])
    def work(job: Message[bytes]) -> None: ...
    """
    assert "work: before= is for HTTP functions: use around=" in refusal(tmp_path, source)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("from portable import around\n@around\ndef timed(call): ...\n", "timed"),
        ("import portable as p\n@p.around\ndef timed(call): ...\n", "timed"),
        ("from portable import http as h\n@h.errors(KeyError)\ndef timed(call): ...\n", "timed"),
    ],
)
def test_what_concerns_all_functions_but_nobody_imports_is_refused(tmp_path: Path, text: str, mark: str) -> None:
    with pytest.raises(DeclarationError, match=f"nothing imports {mark}"), imported(tmp_path, PLAIN, HEAD, extra=text):
        pass


def test_a_mark_inside_a_function_is_refused(tmp_path: Path) -> None:
    source = """
    def make():
        @around
        def timed(call: Call) -> object: ...

    @function(http.get("/"))
    def home() -> str: ...
    """
    says = "timed is inside the function make: @around is only for functions at the top level of a module"
    assert says in refusal(tmp_path, source)
