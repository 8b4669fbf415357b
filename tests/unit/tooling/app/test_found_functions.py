"""Which marked functions of an app are found, and which are refused because nothing could call them."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.tooling.entry.apps import HEAD, imported

from portable.errors import DeclarationError


def refused(folder: Path, source: str, says: str, head: str = HEAD, **files: str) -> DeclarationError:
    with pytest.raises(DeclarationError, match=says) as caught, imported(folder, source, head, **files):
        pass
    return caught.value


def test_a_decorated_function_that_nothing_imports_is_refused(tmp_path: Path) -> None:
    lost = 'from portable import function, http\n\n@function(http.get("/lost"))\ndef lost() -> None: ...\n'
    error = refused(
        tmp_path, '@function(http.get("/a"))\ndef fun(): ...', "nothing imports lost: import its module", lost=lost
    )
    assert error.where is not None
    assert error.where.endswith("lost.py:3")


@pytest.mark.parametrize(
    "style",
    [
        "import portable as p\n@p.function(p.http.get('/x'))",
        "from portable import function as f, http\n@f(http.get('/x'))",
    ],
)
def test_it_is_found_whatever_the_decorator_is_called(tmp_path: Path, style: str) -> None:
    refused(
        tmp_path,
        '@function(http.get("/a"))\ndef fun(): ...',
        "nothing imports lost",
        lost=f"{style}\ndef lost(): ...\n",
    )


def test_a_virtual_environment_in_the_apps_folder_is_not_the_app(tmp_path: Path) -> None:
    source = """
    import sys, pathlib
    sys.path.insert(0, str(pathlib.Path(__file__).parent / ".venv" / "lib"))
    import a_package_of_others
    sys.path.pop(0)

    @function(http.get("/a"))
    def fun() -> None: ...
    """
    theirs = 'from portable import function, http\n@function(http.get("/b"))\ndef theirs(): ...\n'
    with imported(tmp_path, source, **{".venv/lib/a_package_of_others": theirs}) as app:
        assert [function.name for function in app.functions] == ["fun"]
        assert len(app.modules) == 1
        assert "a_package_of_others" in app.uses


def test_an_object_that_answers_oddly_to_a_look_is_no_function(tmp_path: Path) -> None:
    source = """
    class Proxy:
        def __call__(self): ...
        def __getattr__(self, name): raise RuntimeError("outside of its context")
    proxy = Proxy()

    @function(http.get("/a"))
    def fun() -> None: ...
    """
    with imported(tmp_path, source) as app:
        assert [function.name for function in app.functions] == ["fun"]


def test_one_function_under_several_names_and_modules_is_one(tmp_path: Path) -> None:
    source = """
    from parts import part, alias

    again = part

    @function(http.get("/a"))
    def fun() -> None: ...
    """
    parts = (
        'from portable import function, http\n\n@function(http.get("/part"))\ndef part() -> None: ...\n\nalias = part\n'
    )
    with imported(tmp_path, source, parts=parts) as app:
        found = {(function.name, function.module, function.attribute) for function in app.functions}
    assert ("part", "parts", "part") in found
    assert len(found) == 2


@pytest.mark.parametrize("module", ["my-part", "class", "parts/two-three"])
def test_a_function_in_a_module_that_no_import_can_name_is_refused(tmp_path: Path, module: str) -> None:
    part = {module: HEAD + '\n@function(http.get("/"))\ndef home() -> str: ...\n'}
    source = f"import importlib\nimportlib.import_module({module.replace('/', '.')!r})\n"
    error = refused(tmp_path, source, "home of the module .* cannot be imported by name", **part)
    assert error.where is not None
    assert f"{module}.py:" in error.where


def test_a_resource_of_a_module_that_no_import_can_name_is_made_again(tmp_path: Path) -> None:
    source = """
        import importlib
        stock = importlib.import_module("my-stock").stock
        class Held:
            stock = importlib.import_module("my-stock").other
        @function(http.get("/"))
        def home(a: Annotated[BucketReader, stock], b: Annotated[BucketReader, Held.stock]) -> str: ...
        """
    part = {"my-stock": 'from portable import Bucket\nstock = Bucket("stock")\nother = Bucket("other")\n'}
    with imported(tmp_path, source, **part) as app:
        first, second = (parameter.resource for parameter in app.functions[0].parameters)
        assert first is not None
        assert first.home is not None
        assert first.home[1] == "stock"
        assert second is not None
        assert second.home is None
        assert "Bucket(name='other'" in second.expression
