"""Secrets and settings on OpenFaaS: takes the name of a secret; returns the text of its file.

Source: openfaas/docs reference/secrets: secrets are files in /var/openfaas/secrets. An address may also be an absolute path.
"""

from __future__ import annotations

import os

from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.setting import read_setting as read_setting

FOLDER = "/var/openfaas/secrets"


def read_file(address: str) -> str:
    """Return the text of a secret's file. Raises ConfigurationError if it is missing or cannot be read."""
    path = os.path.join(FOLDER, address)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        hint = f"create it with faas-cli secret create {os.path.basename(address)} and list it in stack.yaml"
        raise ConfigurationError(f"the secret {path} cannot be read as UTF-8 text ({error}): {hint}") from error


read_secret = keeping(lambda: read_file)
"""Return the value of a secret at an address. Values are cached for five minutes."""
