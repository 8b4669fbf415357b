"""Secrets and settings are variables."""

from __future__ import annotations

import os

from portable.settings.setting import read_setting as read_setting


def read_secret(address: str) -> str:
    """Return the value of the variable that is the address."""
    return os.environ[address]
