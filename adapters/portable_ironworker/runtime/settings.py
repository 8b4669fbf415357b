"""Secrets and settings on IronWorker: they come with the config of the code package, which is variables here."""

from __future__ import annotations

from portable.settings.setting import read_setting as read_setting


def read_secret(address: str) -> str:
    """Return the value of a secret: the variable that is its address elsewhere holds the secret itself here."""
    return address
