"""Who may call the routes of a group; and a module of the app that hides the library for tokens."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from unit.tooling.entry.apps import imported

from portable.errors import DeclarationError

HEAD = """
from portable import Principal, Secret, function, http

keys = Secret("api-keys")
tokens = http.jwt("https://id.example", "orders")
"""
GROUPS = """
inner = http.group("/inner", auth=http.api_key(keys))
open_ = http.group("/open", auth=None)
plain = http.group("/plain")

@function(inner.get("/one"))
def one(who: Principal): ...
@function(inner.get("/two", auth=tokens))
def two(who: Principal): ...
@function(inner.get("/three", auth=None))
def three(): ...
@function(open_.get("/four"))
def four(): ...
@function(plain.get("/five"))
def five(): ...
"""


def test_a_route_of_a_group_has_its_auth_unless_it_says_another(tmp_path: Path) -> None:
    with imported(tmp_path, GROUPS, HEAD) as app:
        kinds = {each.name: (each.trigger["auth"] or {}).get("kind") for each in app.functions}
    assert kinds == {"one": "api-key", "two": "jwt", "three": None, "four": None, "five": None}


def test_a_module_that_hides_the_library_for_tokens_is_refused(tmp_path: Path) -> None:
    source = 'import jwt\n@function(http.get("/a", auth=tokens))\ndef fa(): ...\n'
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "jwt"}
    try:
        said = r"jwt.py:1: this module is called jwt and hides PyJWT, which fa takes"
        with pytest.raises(DeclarationError, match=said), imported(tmp_path, source, HEAD, jwt=""):
            pass
        with imported(tmp_path, source.replace("tokens", "None"), HEAD, jwt=""):
            pass
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "jwt"]:
            del sys.modules[name]
        sys.modules.update(hidden)
