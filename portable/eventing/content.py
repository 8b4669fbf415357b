"""Content-Type: reads the parameters of a header, and decodes text in a charset.

This module is loaded only for forms and for bodies that name a charset. Only the encodings that browsers know are read
(WHATWG Encoding standard). Python has others: some take quadratic time, and Python keeps every encoding name in memory.
"""

from __future__ import annotations

from portable.errors import InvalidInput

_LATIN = (*(f"iso-8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)), "latin-1", "latin1")
_WINDOWS = (*(f"windows-125{number}" for number in range(9)), *(f"cp125{number}" for number in range(9)), "cp874")
_EAST = ("gbk", "gb2312", "gb18030", "big5", "shift-jis", "sjis", "euc-jp", "iso-2022-jp", "euc-kr")
_OTHER = ("utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "koi8-r", "koi8-u", "cp866", "ibm866")
CHARSETS = frozenset((*_OTHER, *_LATIN, *_WINDOWS, *_EAST))
"""The charsets that are read, in lower case and with `-` instead of `_`."""


def decode_text(body: bytes, charset: str, errors: str = "strict", at: str = "body") -> str:
    """Return bytes as text.

    Raises InvalidInput: 415 for a charset outside `CHARSETS`, 400 for bytes that do not fit it.
    """
    name = charset.lower().replace("_", "-")
    if name not in CHARSETS:
        raise InvalidInput(f"the charset {charset[:40]} is not supported", at, 415)
    try:
        return body.decode(name, errors)
    except UnicodeDecodeError:
        raise InvalidInput(f"must be {charset} text", at) from None


def parameters(header: str) -> dict[str, str]:
    """Return the parameters of a header such as `form-data; name="a"`: names in lower case, values without quotes.

    If a parameter is repeated, the first one counts. A backslash escapes only a quote, as browsers write file names.
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
    """Return the text from `start` to the closing quote, and the index after that quote."""
    pieces: list[str] = []
    while True:
        end = text.find('"', start)
        if end < 0:
            return "".join([*pieces, text[start:]]), len(text)
        if end == start or text[end - 1] != "\\":
            return "".join([*pieces, text[start:end]]), end + 1
        pieces.append(f'{text[start : end - 1]}"')
        start = end + 1
