"""Which of our modules ship."""

from __future__ import annotations

from pathlib import Path

import pytest

import portable
from portable.eventing import http
from portable.tooling.bundle.runtime_modules import RuntimeModules, imported_modules, runtime_modules
from portable.tooling.cache import Cache


def shipped(tmp_path: Path, source: str, *first: str, left_out: frozenset[str] = frozenset()) -> RuntimeModules:
    return runtime_modules({"app.py": source.encode()}, first, left_out, ("portable", "portable_aws"), Cache(tmp_path))


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a.b as c, d", {"a.b", "d"}),
        ("from a import b", {"a", "a.b"}),
        ("from . import b\nfrom .c import d", set()),
        ("def f():\n    from a import b", {"a", "a.b"}),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", {"b"}),
        ("import typing\nif typing.TYPE_CHECKING:\n    import a", {"typing"}),
        ("from importlib import import_module\nimport_module('a.b')", {"importlib", "importlib.import_module", "a.b"}),
        ("from portable import Bucket, http", {"portable", "portable.storage.bucket", "portable.eventing.http"}),
        ("import portable\nportable.Queue('x')", {"portable", "portable.eventing.queue"}),
        ("import portable as p\np.Queue('x')", {"portable", "portable.eventing.queue"}),
        (
            "def f(:\nportable.storage.keys",
            {
                "portable.storage.keys",
                *(f"portable.{line.split()[0]}" for line in portable._HOMES.split("\n") if line),
                *(f"portable.eventing.{home}" for home in http._LATE.values()),
            },
        ),
    ],
)
def test_imports_are_found_wherever_they_stand(source: str, modules: set[str]) -> None:
    assert set(imported_modules(source.encode())) == modules


def test_only_what_the_app_names_ships(tmp_path: Path) -> None:
    files = set(shipped(tmp_path, "from portable import function, http").files)
    assert {"portable/__init__.py", "portable/compute/function.py", "portable/eventing/http.py"} <= files
    assert not [path for path in files if "storage" in path or "persistence" in path or "queue" in path]


def test_star_imports_ship_everything_public(tmp_path: Path) -> None:
    files = set(shipped(tmp_path, "from portable import *").files)
    assert {"portable/storage/bucket.py", "portable/eventing/queue.py"} <= files


def test_what_never_ships_does_not_and_is_told(tmp_path: Path) -> None:
    found = shipped(tmp_path, "from portable.testing import memory\nimport portable_aws.deploy.target")
    assert "app.py imports portable.testing, which does not ship" in found.refused
    assert "app.py imports portable_aws.deploy.target, which does not ship" in found.refused
    assert not [path for path in found.files if "testing" in path or "deploy" in path or "tooling" in path]


def test_following_stops_at_what_the_plan_leaves_out(tmp_path: Path) -> None:
    source = "from portable import function, http"
    whole = shipped(tmp_path, source, "portable_aws.runtime.http").files
    less = shipped(
        tmp_path, source, "portable_aws.runtime.http", left_out=frozenset(("portable_aws.runtime.refuse",))
    ).files
    assert set(whole) - set(less) == {"portable_aws/runtime/refuse.py"}


def test_what_the_app_imports_itself_ships_though_the_plan_leaves_it_out(tmp_path: Path) -> None:
    source = "from portable.eventing.forms import Form"
    found = shipped(tmp_path, source, left_out=frozenset(("portable.eventing.forms", "portable.eventing.content")))
    assert "portable/eventing/forms.py" in found.files


def test_every_package_of_a_module_ships_with_it(tmp_path: Path) -> None:
    files = shipped(tmp_path, "", "portable_aws.runtime.http").files
    assert {"portable_aws/__init__.py", "portable_aws/runtime/__init__.py"} <= set(files)


def test_what_was_found_is_remembered(tmp_path: Path) -> None:
    source = "from portable import function, http"
    assert shipped(tmp_path, source) == shipped(tmp_path, source)
