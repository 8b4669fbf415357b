"""What a Content-Type says: a header's parameters, and text decoded in the charset that one of them names.

Loaded only for a body that names a charset and for forms. Only the encodings that browsers know are read (WHATWG
Encoding standard): Python has others whose cost grows with the square of the text, and it remembers every name it is
asked for.
"""

from __future__ import annotations

from portable.errors import InvalidInput

_LATIN = (*(f"iso-8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)), "latin-1", "latin1")
_WINDOWS = (*(f"windows-125{number}" for number in range(9)), *(f"cp125{number}" for number in range(9)), "cp874")
_EAST = ("gbk", "gb2312", "gb18030", "big5", "shift-jis", "sjis", "euc-jp", "iso-2022-jp", "euc-kr")
_OTHER = ("utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "koi8-r", "koi8-u", "cp866", "ibm866")
CHARSETS = frozenset((*_OTHER, *_LATIN, *_WINDOWS, *_EAST))
"""The names of charsets that are read, in lower case and with `-` for `_`."""


def decode_text(body: bytes, charset: str, errors: str = "strict", at: str = "body") -> str:
    """Return bytes as text. Raises InvalidInput: 415 for a charset outside `CHARSETS`, 400 when they are not that."""
    name = charset.lower().replace("_", "-")
    if name not in CHARSETS:
        raise InvalidInput(f"the charset {charset[:40]} is not known", at, 415)
    try:
        return body.decode(name, errors)
    except UnicodeDecodeError:
        raise InvalidInput(f"this is not {charset} text", at) from None


def parameters(header: str) -> dict[str, str]:
    """Return the parameters of a header such as `form-data; name="a"`, names in lower case, quotes taken off.

    The first of a repeated parameter counts. A backslash only escapes a quote, as browsers write names of files.
    """
    found: dict[str, str] = {}
    at = header.find(";") + 1
    while 0 < at < len(header):
        equals = header.find("=", at)
        if equals < 0:
            break
        name = header[at:equals].rpartition(";")[2].strip().lower()
        start = equals + 1
        while start < len(header) and header[start] in " \t":
            start += 1
        if header[start : start + 1] == '"':
            value, end = _quoted(header, start + 1)
        else:
            end = header.find(";", start)
            value = (header[start:] if end < 0 else header[start:end]).strip()
        found.setdefault(name, value)
        at = header.find(";", end) + 1 if end >= 0 else 0
    return found


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return the text from `start` up to the closing quote, and the place behind that quote."""
    pieces: list[str] = []
    while True:
        end = text.find('"', start)
        if end < 0:
            return "".join([*pieces, text[start:]]), len(text)
        if end == start or text[end - 1] != "\\":
            return "".join([*pieces, text[start:end]]), end + 1
        pieces.append(f'{text[start : end - 1]}"')
        start = end + 1
