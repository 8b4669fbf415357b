"""Signed URLs: takes a key and what may be done with it; returns a URL, and answers it.

The signature covers method, bucket, key and the end of the validity. Its secret is kept beside the data, so that a URL works
after a reload and a restart.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from portable.tooling.dev.live import active

PREFIX = "/_portable/signed/"
LENGTH = 32
"""Bytes of the secret."""


class Signer:
    """Makes and checks the URLs of one state folder. `origin` is how this server is reached by default."""

    def __init__(self, file: Path, origin: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = _kept(file)
        self._origin = origin
        self._clock = clock

    def url(self, bucket: str, key: str, method: str, expires: int) -> str:
        """Return the URL of an object, on the host that the request which is handled now came to."""
        live = active.get()
        origin = (live.origin if live is not None else "") or self._origin
        end = int(self._clock()) + expires
        path = f"{PREFIX}{bucket}/{quote(key, safe='/')}"
        return f"{origin}{path}?method={method}&expires={end}&signature={self._sign(bucket, key, method, end)}"

    def check(self, path: str, query: str, method: str) -> tuple[str, str] | str:
        """Return the bucket and key of a URL, or what is wrong with it. HEAD is allowed where GET is."""
        bucket, _, raw = path.removeprefix(PREFIX).partition("/")
        key = unquote(raw)
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        allowed, end = given.get("method", ""), given.get("expires", "")
        if not end.isascii() or not end.isdigit():
            return "the URL is not signed"
        wanted = self._sign(bucket, key, allowed, int(end))
        from hmac import compare_digest

        if not compare_digest(wanted.encode(), given.get("signature", "").encode()):
            return "the signature does not fit the URL"
        if int(end) < self._clock():
            return "the URL has expired"
        if ("GET" if method == "HEAD" else method) != allowed:
            return f"the URL is for {allowed}"
        return bucket, key

    def _sign(self, bucket: str, key: str, method: str, end: int) -> str:
        import hmac  # with OpenSSL behind it, it takes long to import
        from hashlib import sha256

        text = "\n".join((method, bucket, key, str(end)))
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()


def _kept(file: Path) -> bytes:
    """Return the secret of a state folder. It is made once, also when two processes begin together, and anew when it is damaged."""
    known = _read(file)
    if known is not None:
        return known
    made = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        made.touch(0o600)
        made.write_bytes(os.urandom(LENGTH))
        if file.exists():
            made.replace(file)
        else:
            with suppress(FileExistsError):
                os.link(made, file)
    finally:
        made.unlink(missing_ok=True)
    return file.read_bytes()


def _read(file: Path) -> bytes | None:
    """Return the secret, None where there is none of the right length: whoever guesses a short one can sign."""
    try:
        found = file.read_bytes()
    except FileNotFoundError:
        return None
    return found if len(found) == LENGTH else None
