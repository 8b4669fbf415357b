"""Secrets and settings of a packaged app on this machine: an environment variable in, its value out.

A secret's address, in `PORTABLE_SECRET_<NAME>`, is the secret itself. `portable invoke` also reads `.portable.env`.
"""

from __future__ import annotations

from portable.settings.setting import read_setting as read_setting


def read_secret(address: str) -> str:
    """Return the secret, which is its own address."""
    return address
