"""Secrets and settings of a container: takes the address of a secret, `file:/path` or `env:VARIABLE`; returns its text.

A secret is a mounted file (Kubernetes, Docker, systemd) or a variable. A file is looked at for each call, so a new value
counts at once (`mounted`). One line break at the end of a file is no part of the secret, because editors and `echo` write
one; everything else is. An address of another form is not repeated in the error: it may be the secret itself.
"""

from __future__ import annotations

import os

from portable.base.kept import Kept
from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting
from portable_container.runtime.mounted import Mounted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portable.settings.driver import ReadSecret


def secret_reader() -> ReadSecret:
    """Return a function that reads secrets."""
    files = Kept()

    def read(address: str) -> str:
        form, _, place = address.partition(":")
        if form == "file" and os.path.isabs(place):
            mounted: Mounted = files.get(place, lambda: Mounted(place, "the secret"))
            return text_of(mounted.read(), place)
        if form == "env" and place:
            return _variable(place)
        raise ConfigurationError(
            "the address of a secret is file:/path, with an absolute path, or env:VARIABLE: "
            "correct the variable PORTABLE_SECRET_… of this secret"
        )

    return read


def text_of(found: bytes, path: str) -> str:
    """Return the text of a secret's file. Raises ConfigurationError if it is not UTF-8."""
    try:
        text = found.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"the secret {path} is not UTF-8 text (byte {error.start})") from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"the variable {name} of a secret is not set")
    return value


read_secret = keeping(secret_reader, seconds=0)
"""Return the value of a secret at an address, as it is now."""
