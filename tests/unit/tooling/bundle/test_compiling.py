"""Bytecode: unchecked, relative, and the same bytes from any process."""

from __future__ import annotations

import importlib.util
import marshal
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import portable
from portable.tooling.bundle import compiling
from portable.tooling.bundle.bytecode import bytecode
from portable.tooling.bundle.compiling import IMPORTER, cached_path, compiled, one_file, short_lines
from portable.tooling.cache import Cache
from portable.tooling.depend.interpreters import RUNNING, find_interpreter

SOURCES = {
    str(path.relative_to(Path(portable.__file__).parent)): path.read_bytes()
    for path in sorted(Path(portable.__file__).parent.rglob("eventing/*.py"))
}


def by_process(seed: str, *options: str, python: str = sys.executable) -> dict[str, bytes]:
    done = subprocess.run(
        [python, *options, compiling.__file__],
        input=pickle.dumps(SOURCES),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    found: dict[str, bytes] = pickle.loads(done.stdout)
    return found


def test_any_process_makes_the_same_bytes() -> None:
    here = compiled(SOURCES)
    assert here == by_process("1") == by_process("2", "-I", "-S")
    assert here == compiled(dict(reversed(SOURCES.items())))


def test_the_pyc_is_never_compared_with_its_source() -> None:
    found = compiled({"a/b.py": b"value = 1\n"})["a/b.py"]
    assert found[:4] == importlib.util.MAGIC_NUMBER
    assert found[4:8] == (1).to_bytes(4, "little")
    assert marshal.loads(found[16:]).co_filename == "a/b.py"


def test_the_import_system_runs_it_in_place_of_another_source(tmp_path: Path) -> None:
    pyc = tmp_path / cached_path("module_of_test.py", RUNNING)
    pyc.parent.mkdir()
    pyc.write_bytes(compiled({"module_of_test.py": b"print('compiled')\n"})["module_of_test.py"])
    (tmp_path / "module_of_test.py").write_text("print('source')\n")
    done = subprocess.run(
        [sys.executable, "-c", "import module_of_test"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "compiled\n"


def test_lean_bytecode_has_no_docstrings_and_keeps_future_imports_asserts_and_lines() -> None:
    source = b'"""Module."""\nfrom __future__ import annotations\n\n\ndef f():\n    """Only this."""\n\n\nassert f() is None\n'
    code = marshal.loads(compiled({"a.py": source}, lean=True)["a.py"][16:])
    space: dict[str, object] = {}
    exec(code, space)
    assert space.get("__doc__") is None
    assert space["f"].__doc__ is None  # type: ignore[attr-defined]
    assert space["f"].__code__.co_firstlineno == 5  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        exec(marshal.loads(compiled({"a.py": b"assert 0"}, lean=True)["a.py"][16:]), {})


LEAN = b'''
"""Module."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    Any = "at run time"

if not TYPE_CHECKING:
    kept = True

counted: int = 1
never: int


class Base:
    field: int = 2

    def __init_subclass__(cls):
        cls.fields = tuple(cls.__dict__["__annotations__"].items())


class Value(Base):
    name: str
    size: Any = 3


def f(a: int, *b: Any, c: Any = None) -> Any:
    return a
'''


def lean_space(source: bytes = LEAN) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(marshal.loads(compiled({"a.py": source}, lean=True)["a.py"][16:]), space)
    return space


def test_lean_bytecode_imports_no_future_and_its_annotations_stay_text() -> None:
    code = marshal.loads(compiled({"a.py": LEAN}, lean=True)["a.py"][16:])
    assert not {"__future__", "annotations", "typing", "TYPE_CHECKING"} & set(code.co_names)
    assert lean_space()["Value"].fields == (("name", "str"), ("size", "Any"))


def test_lean_bytecode_without_that_import_evaluates_annotations() -> None:
    source = b"class Base:\n    pass\n\n\nclass Value(Base):\n    name: str\n"
    assert lean_space(source)["Value"].__annotations__ == {"name": str}


def test_lean_bytecode_keeps_what_runs_beside_what_only_checkers_read() -> None:
    space = lean_space()
    assert (space["Any"], space["kept"], space["counted"], space["Base"].field, space["Value"].size) == (
        *("at run time", True, 1, 2, 3),
    )
    assert "never" not in space


def test_lean_bytecode_annotates_only_the_fields_of_values() -> None:
    space = lean_space()
    assert not space["f"].__annotations__
    assert "__annotations__" not in space["Base"].__dict__
    assert not space.get("__annotations__")


def test_a_module_that_reads_the_flag_itself_keeps_it() -> None:
    assert lean_space(b"TYPE_CHECKING = False\nfound = [TYPE_CHECKING]\n")["found"] == [False]


def lines_of(code: CodeType) -> list[Any]:
    """Return the line of each instruction of a code object and of those inside it."""
    own = [line for start, end, line in code.co_lines() for _ in range(start, end, 2)]
    return [own, *(lines_of(value) for value in code.co_consts if isinstance(value, CodeType))]


@pytest.mark.parametrize("path", sorted(SOURCES))
def test_the_short_table_of_lines_says_the_same(path: str) -> None:
    code = compile(SOURCES[path], path, "exec")
    made = short_lines(code)
    assert lines_of(made) == lines_of(code)
    assert len(made.co_linetable) < len(code.co_linetable)


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=12))
def test_any_distance_between_lines_is_kept(gaps: list[int]) -> None:
    source = "def f():\n" + "".join(
        f"{chr(10) * gap}    x = [{number},\n{chr(10) * gap}g()]\n" for number, gap in enumerate(gaps)
    )
    code = compile(source, "a.py", "exec")
    assert lines_of(short_lines(code)) == lines_of(code)


OURS = {
    f"{IMPORTER.replace('.', '/')}.py": Path(portable.__file__).with_name("base").joinpath("one_file.py").read_bytes()
} | {
    "portable/__init__.py": b"from portable.base import late\nname = __name__\n",
    "portable/base/__init__.py": b"",
    "portable/base/late.py": b"\ndef fail():\n    raise OSError('here')\n",
    "portable_far/__init__.py": b"",
    "portable_far/runtime/__init__.py": b"from portable.base.late import fail\n",
}


def test_our_modules_are_imported_out_of_one_file_and_tracebacks_name_their_sources(tmp_path: Path) -> None:
    (made,) = one_file(OURS).items()
    assert made == next(iter(one_file(dict(reversed(OURS.items()))).items()))
    (tmp_path / made[0]).write_bytes(made[1])
    script = "import portable, portable_far.runtime as far; print(portable.name, *portable._modules); far.fail()"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    files = {path.removesuffix(".py").removesuffix("/__init__") for path in OURS}
    assert {name.replace(".", "/") for name in done.stdout.split()} == files
    assert 'File "portable/base/late.py", line 3, in fail' in done.stderr


def test_one_file_is_not_made_of_less_than_all_modules() -> None:
    assert one_file(OURS | {"portable/base/late.py": b"def f(:"}) == {}


def test_what_is_no_python_is_left_out_and_says_nothing(recwarn: pytest.WarningsRecorder) -> None:
    assert set(compiled({"a.py": b"def f(:", "b.py": b"\0", "c.py": b"'\\d'"})) == {"c.py"}
    assert not recwarn.list


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_on_this_machine_compiles_for_itself(version: str, tmp_path: Path) -> None:
    python = find_interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine: install it, for example with pyenv or uv")
    made = bytecode({"a.py": b"print('it runs')\n"}, version, lambda: python, Cache(tmp_path))
    (file,) = made
    (tmp_path / "a.pyc").write_bytes(made[file])
    done = subprocess.run([python, str(tmp_path / "a.pyc")], capture_output=True, text=True, check=True)
    assert (file, done.stdout) == (f"__pycache__/a.cpython-{version.replace('.', '')}.pyc", "it runs\n")


def test_without_an_interpreter_nothing_is_compiled_and_the_next_run_asks_again(tmp_path: Path) -> None:
    assert bytecode({"a.py": b""}, "3.99", lambda: None, Cache(tmp_path)) == {}
    assert bytecode({"a.txt": b""}, "3.99", lambda: pytest.fail("asked for nothing"), Cache(tmp_path)) == {}
