"""Secrets and settings, which handlers get as text."""

from __future__ import annotations

from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.app.kinds.kind import ResourceKind

SECRET = ResourceKind("secret", Secret, text=True)
SETTING = ResourceKind("setting", Setting, text=True, facts=lambda setting: {"default": setting.default}, guarded=False)
"""The value of a setting is in the environment of its functions."""
