"""The pages of docs/reference, made from the code: `python tools/reference.py` writes them.

What a page says stands in the docstrings; signatures and attributes are read from the code (`reference_reading.py`);
examples are the blocks of `docs/reference/examples/<page>.py`, which begin with `# --- <name>` and are run by a test.
"""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import reference_reading as reading

import portable
import portable.testing
from portable import errors

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
EXAMPLES = FOLDER / "examples"


@dataclass(frozen=True)
class Page:
    """A page: its file, title and guide, the public names it has, and classes that those return or take."""

    file: str
    title: str
    guide: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


VIEWS = (
    *("BucketView", "TableView", "QueueView", "TopicView", "StreamView", "ScheduleView", "FunctionView"),
    *("SecretView", "Waiting"),
)
PAGES = (
    Page(
        "functions",
        "Functions and schedules",
        "functions.md",
        ("function", "schedule", "Retry", "Context", "Idempotent"),
    ),
    Page("sharing", "Shared code", "sharing.md", ("Depends", "around", "Call", "AsyncCall")),
    Page("events", "Events", "functions.md#events", ("Message", "Record", "Tick", "StoredObject", "Event")),
    Page(
        "http",
        "HTTP",
        "http.md",
        ("http", "Principal", "Request", "UploadedFile", "Response"),
        ("portable.eventing.multidict:MultiMap", "portable.eventing.forms:Form"),
    ),
    Page(
        "buckets",
        "Buckets",
        "storage.md",
        (
            "Bucket",
            *("BucketReader", "BucketWriter", "BucketReadWriter", "BucketSigner"),
            *("AsyncBucketReader", "AsyncBucketWriter", "AsyncBucketReadWriter", "AsyncBucketSigner"),
        ),
        ("portable.storage.objects:ObjectInfo", "portable.storage.objects:Page"),
    ),
    Page(
        "tables",
        "Tables",
        "tables.md",
        (
            *("Table", "Key", "Index", "field", "sort", "TableReader", "TableWriter", "TableReadWriter"),
            *("AsyncTableReader", "AsyncTableWriter", "AsyncTableReadWriter"),
        ),
        (
            *("portable.persistence.page:Page", "portable.persistence.transaction:Transaction"),
            *("portable.persistence.query:Field", "portable.persistence.query:Condition"),
        ),
    ),
    Page(
        "messaging",
        "Queues, topics and streams",
        "queues.md",
        (
            *("Queue", "QueueSender", "QueueReader", "Topic", "TopicPublisher", "Stream", "StreamWriter", "SendReport"),
            *("AsyncQueueSender", "AsyncQueueReader", "AsyncTopicPublisher", "AsyncStreamWriter"),
        ),
        ("portable.eventing.outgoing:SendFailure",),
    ),
    Page("settings", "Secrets and settings", "settings.md", ("Secret", "Setting")),
    Page(
        "errors",
        "Errors",
        "http.md#errors",
        (
            *("PortableError", "DeclarationError", "UnsupportedError", "ConfigurationError", "EventError"),
            *("PermissionDenied", "NotFound", "Conflict", "InvalidKey", "InvalidValue", "InvalidRange", "InvalidRow"),
            *("TooLarge", "Throttled", "Unavailable", "Timeout", "HTTPError", "InvalidInput", "MissingInput"),
        ),
        ("portable.errors:InvalidArgument", "portable.errors:NotGranted", "portable.errors:InProgress"),
    ),
    Page(
        "testing",
        "The test kit",
        "testing.md",
        (
            *("Cloud", "memory", "async_memory", "events", "at_least_once", "every_wire"),
            *("assert_idempotent", "NotIdempotent", "TooManyDeliveries", "Metric", "record", "replay"),
        ),
        (
            *(f"portable.testing.views:{view}" for view in VIEWS),
            *("portable.testing.http.client:HttpClient", "portable.testing.http.client:HttpResponse"),
        ),
    ),
)
CLIENT = "portable.base.client:Client"
ERRORS = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, Exception)}


def public() -> dict[str, Any]:
    """Return every public name with what it is: those of `portable`, then those of `portable.testing`."""
    return {name: getattr(home, name) for home in (portable, portable.testing) for name in home.__all__}


def missing(names: set[str] | None = None) -> list[str]:
    """Return, for each public name without a section or an example, and each section without a name, what to do."""
    known = set(public()) if names is None else names
    shown = {name for page in PAGES for name in page.names}
    found = [
        f"{name} is public and has no section: add it to a Page in tools/reference.py, add a block '# --- {name}' to "
        "the examples of that page, and run python tools/reference.py"
        for name in sorted(known - shown)
    ]
    found += [f"{name} has a section and is not public: take it out of tools/reference.py" for name in shown - known]
    for page in PAGES:
        have = examples(page.file)
        file = f"docs/reference/examples/{page.file}.py"
        found += [
            f"{name} has no example: add a block '# --- {name}' to {file}" for name in page.names if name not in have
        ]
        known_here = {*page.names, "app"}
        found += [
            f"{file}: the block {name} belongs to no section of the page" for name in have if name not in known_here
        ]
    return found


def examples(page: str) -> dict[str, str]:
    """Return the blocks of a page's examples by name; what stands before the first block is not shown."""
    text = (EXAMPLES / f"{page}.py").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^# --- (\w+)\n", text)[1:]
    return {name: code.strip() for name, code in zip(parts[::2], parts[1::2], strict=True)}


def named(path: str) -> tuple[str, Any]:
    """Return name and class of "module:name"."""
    module, _, name = path.partition(":")
    return name, getattr(import_module(module), name)


def section(name: str, what: Any, module: str, example: str | None) -> str:
    """Return the section of a name."""
    lines = [f"## {name}", f"`from {module} import {name}`"]
    if isinstance(what, types.ModuleType):
        lines += [_doc(what), *_members(name, reading.functions(what), f"{name}.")]
    elif isinstance(what, type):
        lines += _class(name, what)
    else:
        lines += [*_signature(name, what), _doc(what)]
    errors = sorted({error for line in lines for error in reading.raised(line, ERRORS)})
    if errors and module != "portable.errors" and not (isinstance(what, type) and issubclass(what, Exception)):
        lines.append("Errors: " + ", ".join(f"[{error}](errors.md#{error.lower()})" for error in errors) + ".")
    if example:
        lines.append(f"**Example**\n\n```python\n{example}\n```")
    return "\n\n".join(line for line in lines if line)


def _class(name: str, cls: type) -> list[str]:
    lines = _signature(name, cls) if reading.is_made_by_users(cls) else []
    lines.append(_doc(cls))
    if issubclass(cls, Exception):
        lines.append("Bases: " + ", ".join(f"`{base.__name__}`" for base in cls.__mro__[1:-2]) + ".")
    actions = getattr(cls, "actions", ())
    if actions:
        lines.append("Its identity may: " + ", ".join(f"`{action}`" for action in actions) + ".")
    attributes = [a for a in reading.attributes(cls) if a.says]  # the text of the class explains the others
    if attributes:
        rows = [f"| `{a.name}` | {_cell(a.type)} | {' '.join(a.says.split())} |" for a in attributes]
        lines.append("\n".join(["| attribute | type | |", "| --- | --- | --- |", *rows]))
    inherited = reading.inherited(cls, set(public()))
    lines += [f"From `{base}`: " + ", ".join(f"`{method}`" for method in found) + "." for base, found in inherited]
    return lines + _members(name, reading.methods(cls, {m for _, found in inherited for m in found}))


def _members(owner: str, members: dict[str, Any], before: str = "") -> list[str]:
    lines = []
    for name, what in members.items():
        if isinstance(what, type):
            lines += [f"### {owner}.{name}", *_class(f"{owner}.{name}", what)]
        else:
            lines += [f"### {owner}.{name}", *_signature(before + name, what), _doc(what)]
    return lines


def _signature(name: str, what: Any) -> list[str]:
    found = reading.signature(name, what)
    return [f"```py\n{found}\n```"] if found else []


def _doc(what: Any) -> str:
    return reading.doc(what)


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def page(of: Page) -> str:
    """Return the text of a page."""
    have = examples(of.file)
    found = public()
    head = f"# {of.title}\nMade from the code by `tools/reference.py`: change the docstring or the example, then run it. Guide: [{of.title}](../{of.guide})."
    parts = [head]
    if "app" in have:
        parts.append(f"The examples of this page are tests of this app:\n\n```python\n{have['app']}\n```")
    for name in of.names:
        module = "portable" if name in portable.__all__ else "portable.testing"
        parts.append(section(name, found[name], module, have.get(name)))
    for path in of.others:
        name, what = named(path)
        parts.append(section(name, what, path.partition(":")[0], None))
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """Return the text of the first page: where each name is, and what holds for every client."""
    rows = []
    for of in PAGES:
        names = " · ".join(f"[{name}]({of.file}.md#{name.lower()})" for name in of.names)
        rows.append(f"| [{of.title}]({of.file}.md) | {names} |")
    lines = [
        "# Reference\nEvery public name: its signature, units and limits, errors, and one example that a test runs.",
        "\n".join(["| page | names |", "| --- | --- |", *rows]),
        section(*named(CLIENT), CLIENT.partition(":")[0], None),
    ]
    return "\n\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Return the text of every page by the name of its file."""
    return {"README.md": index(), **{f"{of.file}.md": page(of) for of in PAGES}}


def main() -> None:
    """Write the pages, or say what is missing."""
    faults = missing()
    if faults:
        raise SystemExit("\n".join(faults))
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
