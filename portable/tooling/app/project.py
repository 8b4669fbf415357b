"""Takes a name; returns the files of a new project that passes its own tests."""

from __future__ import annotations

import re

from portable.errors import PortableError

APP = '''"""{name}: an HTTP function that keeps notes in a bucket, and one that reacts to each note."""

from __future__ import annotations

import logging
from typing import Annotated

from portable import (
    Bucket,
    BucketReader,
    BucketWriter,
    HTTPError,
    NotFound,
    Response,
    StoredObject,
    function,
    http,
)

notes = Bucket("notes")


@function(http.put("/notes/{{name}}"))
def write(name: str, body: str, store: Annotated[BucketWriter, notes]) -> Response:
    """Keep a note under its name."""
    store.put(f"{{name}}.txt", body.encode(), content_type="text/plain")
    return Response.json({{"stored": name}}, status=201)


@function(http.get("/notes/{{name}}"))
def read_note(name: str, store: Annotated[BucketReader, notes]) -> str:
    """Give a note back."""
    try:
        return store.get(f"{{name}}.txt").decode()
    except NotFound:
        raise HTTPError(404, f"there is no note {{name}}") from None


@function(notes.created(suffix=".txt"))
def announce(note: StoredObject) -> None:
    """Say that a note was written."""
    logging.getLogger(__name__).info("note %s has %s bytes", note.key, note.size)
'''

TESTS = '''"""The functions are plain: call them with a bucket in memory."""

from __future__ import annotations

import pytest
from app import notes, read_note, write

from portable import HTTPError
from portable.testing import memory


def test_a_note_is_read_back() -> None:
    store = memory(notes)
    assert write("todo", "buy milk", store).status == 201
    assert read_note("todo", store) == "buy milk"


def test_a_missing_note_is_not_found() -> None:
    with pytest.raises(HTTPError) as raised:
        read_note("todo", memory(notes))
    assert raised.value.status == 404


def test_a_note_goes_through_http(cloud) -> None:
    cloud.http.put("/notes/todo", content="buy milk").expect(201)
    assert cloud.http.get("/notes/todo").expect(200).text == "buy milk"
'''

PROJECT = """[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["portable-functions"]

[tool.portable]
name = "{name}"

[tool.pytest.ini_options]
pythonpath = ["."]
"""

README = """# {name}

```
pytest                                                    # test it, without any cloud
portable invoke write --http "PUT /notes/todo" --data hi  # run one function here
portable package --target aws                             # or azure, or gcp: dist/<target>/
```
"""

IGNORED = """__pycache__/
.portable/
.portable.env
.venv/
dist/
"""


def new_project(name: str) -> dict[str, str]:
    """Return the text of each file by its path. Raises PortableError for a name that no app can have."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", name):
        raise PortableError(
            f"{name!r} cannot be the name of an app: use 2 to 40 lower-case letters, digits and -, starting with a letter"
        )
    texts = {
        "app.py": APP,
        "tests/test_app.py": TESTS,
        "pyproject.toml": PROJECT,
        "README.md": README,
        ".gitignore": IGNORED,
    }
    return {path: text.format(name=name) if path != "tests/test_app.py" else text for path, text in texts.items()}
