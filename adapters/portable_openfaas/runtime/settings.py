"""Secrets of OpenFaaS: the name of a secret in, the text of its file out; and settings.

Source: openfaas/docs reference/secrets: secrets are files in /var/openfaas/secrets. An address may be a whole path.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting

FOLDER = "/var/openfaas/secrets"


def read_file(address: str) -> str:
    """Return the text of a secret's file. Raises ConfigurationError when there is none, or none that can be read."""
    path = os.path.join(FOLDER, address)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        made = f"make it with faas-cli secret create {os.path.basename(address)}, and list it in stack.yaml"
        raise ConfigurationError(f"the secret {path} cannot be read as UTF-8 text ({error}): {made}") from error


read_secret = keeping(lambda: read_file)
"""Return the value of a secret at an address, kept for five minutes."""
