"""`.portable.env`, the file of local settings and secrets: takes its text, returns names and values.

The file is never packaged. A line is NAME=value. A name is that of a secret or setting (`api-token`) or of a variable
(`API_TOKEN`). `export ` before a name, blank lines and `# comments` are skipped. Values are stripped. A value in single
quotes is taken unchanged. In double quotes the escapes \\n, \\t, \\" and \\\\ are read. Quoted values may span several
lines. An unquoted value ends at ` #`.
"""

from __future__ import annotations

from portable.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = ".portable.env"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


def parse(text: str, file: str = FILE) -> dict[str, str]:
    """Return the names and values of a file. Raises ConfigurationError with the file and line of a fault."""
    found: dict[str, str] = {}
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        start = index
        line = lines[index].strip().removeprefix("export ").lstrip()
        index += 1
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or any(letter.isspace() for letter in name):
            raise ConfigurationError(f"{file}:{start + 1}: this line must have the form NAME=value")
        if value[:1] in ("'", '"'):
            while not _closed(value):
                if index == len(lines):
                    raise ConfigurationError(f"{file}:{start + 1}: the value has no closing quote")
                value += "\n" + lines[index]
                index += 1
            value = _unquoted(value)
        else:
            value = value.partition(" #")[0].rstrip()
        found[name] = value
    return found


def read(path: str) -> dict[str, str]:
    """Return the names and values of a file. Empty if the file does not exist."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return parse(file.read(), path)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} must be UTF-8 text: {error}") from error


def look_up(kind: str, name: str, values: Mapping[str, str]) -> str | None:
    """Return the value of a secret or setting (`kind`).

    It may be under its variable, its name, or its name in upper case.
    """
    upper = name.upper().replace("-", "_")
    for key in (f"PORTABLE_{kind}_{upper}", name, upper):
        if key in values:
            return values[key]
    return None


def _closed(value: str) -> bool:
    return _end(value) > 0


def _end(value: str) -> int:
    """Return the index of the closing quote, or 0 if there is none yet."""
    quote = value[0]
    index = 1
    while index < len(value):
        if value[index] == "\\" and quote == '"':
            index += 2
            continue
        if value[index] == quote:
            return index
        index += 1
    return 0


def _unquoted(value: str) -> str:
    inner = value[1 : _end(value)]
    if value[0] == "'":
        return inner
    letters = []
    index = 0
    while index < len(inner):
        letter = inner[index]
        if letter == "\\" and inner[index + 1 : index + 2] in _ESCAPES:
            index += 1
            letter = _ESCAPES[inner[index]]
        letters.append(letter)
        index += 1
    return "".join(letters)
