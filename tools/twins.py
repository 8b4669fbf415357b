"""The clients for `async def` handlers, made from the plain ones: `python tools/twins.py` writes them.

A twin says the same with other words: its names begin with Async, what waits is awaited. `REPLACED` holds the few lines
that are really different; each must occur, so that a change of the plain client is seen here.
"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TWINS = {
    "portable/persistence/clients.py": "portable/persistence/async_clients.py",
    "portable/storage/clients.py": "portable/storage/async_clients.py",
    "portable/eventing/queue_clients.py": "portable/eventing/queue_async_clients.py",
    "portable/eventing/topic_clients.py": "portable/eventing/topic_async_clients.py",
    "portable/eventing/stream_clients.py": "portable/eventing/stream_async_clients.py",
}
NAMES = re.compile(
    r"\b(Bucket(?:Reader|Writer|ReadWriter|Signer|Driver)|Table(?:Reader|Writer|ReadWriter|Driver)"
    r"|Queue(?:Sender|Reader|Driver)|Topic(?:Publisher|Driver)|Stream(?:Writer|Driver)|Transaction|Data)\b"
)
CONTEXT_MANAGERS = ("open", "writer", "transaction")
"""Methods of clients that return something for `async with`; they are not awaited themselves."""
REPLACED: dict[str, tuple[tuple[str, str], ...]] = {
    "portable/storage/clients.py": (
        ("    from typing import BinaryIO\n", ""),
        (
            "    from portable.storage.writing import ObjectWriter\n",
            "    from portable.storage.opened import AsyncWriter, OpenedObject\n",
        ),
        ("def open(self, key: str) -> BinaryIO:", "def open(self, key: str) -> OpenedObject:"),
        (
            "Return a seekable binary file that reads the object in bounded memory. Use it in a `with` block.",
            "Return the object to read from, in bounded memory. Use it in an `async with` block.",
        ),
        (
            "import check_key\n\n        return self._connect().open(check_key(key))",
            "import check_key\n        from portable.storage.opened import OpenedObject\n\n"
            "        return OpenedObject(self._connect(), check_key(key))",
        ),
        ("or an iterator (in bounded memory)", "or a plain or async iterator (in bounded memory)"),
        ("PART, check_whole, pieces, prepend, whole", "PART, async_pieces, async_prepend, check_whole, whole"),
        ("put(key, octets,", "put(key, bytes(octets),"),
        ("stream = pieces(data)", "stream = async_pieces(data)"),
        ("first = next(stream,", "first = await anext(stream,"),
        ("stream = prepend(first", "stream = async_prepend(first"),
        ("        for piece in stream:", "        async for piece in stream:"),
        (") -> ObjectWriter:", ") -> AsyncWriter:"),
        (
            "Return a binary file that writes the object in bounded memory. Use it in a `with` block.",
            "Return a writer of the object, in bounded memory. Use `async with` and `await writer.write(data)`.",
        ),
        (
            "        from portable.storage.keys import check_key\n\n        return self._connect().writer(check_key(key), check_attributes(content_type, metadata))",
            "        from portable.storage.keys import check_key\n        from portable.storage.opened import AsyncWriter\n\n        return AsyncWriter(self._connect(), check_key(key), check_attributes(content_type, metadata))",
        ),
    ),
    "portable/eventing/queue_clients.py": (
        (
            "from portable.errors import InvalidValue\n",
            "from portable.eventing.queue_clients import check_limit\n",
        ),
        ("pair, redrive\n", "pair, redrive_async\n"),
        (
            "        return redrive(self._drivers.of(dead), self._drivers.of(source), limit)",
            "        return await redrive_async(self._drivers.async_of(dead), self._drivers.async_of(source), limit)",
        ),
    ),
}


def twin(path: str, source: str) -> str:
    """Return the source of the twin of a module of clients. Raises ValueError for a replacement that does not occur."""
    for old, new in REPLACED.get(path, ()):
        if old not in source:
            raise ValueError(f"{path} has no {old!r}: mend REPLACED in tools/twins.py")
        source = source.replace(old, new)
    note = f"Made from {path} by tools/twins.py: change that file, then run the tool."
    source = re.sub(r'(?s)^"""(.*?)\n?"""', rf'"""\1\n\n{note}\n"""', source, count=1)
    lines = []
    for line in _without_functions(source).splitlines():
        found = NAMES.sub(r"Async\1", line)
        method = re.match(r"    def (\w+)", found)
        if method and not method[1].startswith("_") and method[1] not in CONTEXT_MANAGERS:
            found = found.replace("    def ", "    async def ", 1)
        if re.search(r"[ (]self\._connect\(\)\.", found) and "Async" not in found.partition("self._connect()")[0]:
            found = found.replace("self._connect().", "await self._connect().")
        found = re.sub(r"(?<!await )\bself\.head\(", "await self.head(", found)
        lines.append(found)
        if re.fullmatch(r'    kind = "\w+"', found):
            lines.append("    asynchronous = True")
    return "\n".join(lines) + "\n"


def _without_functions(source: str) -> str:
    """Return a module without its own functions: the twin imports them from it."""
    head, *blocks = re.split(r"\n\n\n(?=\S)", source)
    kept = [block for block in blocks if not block.startswith("def ")]
    return "\n\n\n".join([head, *kept]) + "\n"


def stale() -> list[str]:
    """Return the twins that do not say what the tool makes now; how they are laid out does not matter."""

    def tree(source: str) -> str:
        return ast.dump(ast.parse(source))

    made = {target: twin(path, (ROOT / path).read_text(encoding="utf-8")) for path, target in TWINS.items()}
    return [name for name, text in made.items() if tree(text) != tree((ROOT / name).read_text(encoding="utf-8"))]


def main() -> None:
    """Write each twin and lay it out."""
    for path, target in TWINS.items():
        (ROOT / target).write_text(twin(path, (ROOT / path).read_text(encoding="utf-8")), encoding="utf-8")
    subprocess.run(["ruff", "format", "-q", *TWINS.values()], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
