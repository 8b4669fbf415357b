"""Secrets and settings on IronWorker: takes an address; returns the value of a variable of the code package's config."""

from __future__ import annotations

from portable.settings.setting import read_setting as read_setting


def read_secret(address: str) -> str:
    """Return the value of a secret. Here the variable holds the secret itself; elsewhere it holds an address."""
    return address
