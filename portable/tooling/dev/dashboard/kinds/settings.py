"""Secrets and settings: whether they are set, and where to set them. The value of a secret is never read for a page."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from portable.errors import ConfigurationError, NotFound
from portable.settings.dotenv import FILE
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.dev.dashboard.kinds.browsed import Browsed

UNSET = f"not set: write it into {FILE}"


def is_set(desk: Desk, secret: Secret) -> bool:
    """Return whether a secret has a value here."""
    with suppress(NotFound, ConfigurationError):  # the banner tells of settings that cannot be read
        return bool(desk.engine.drivers.secret(secret))
    return False


def value_of(desk: Desk, setting: Setting) -> str | None:
    """Return the value of a setting, None if it has none."""
    with suppress(ConfigurationError):
        return str(desk.engine.drivers.setting(setting))
    return None


def _show_secret(desk: Desk, request: Request, secret: Secret) -> Response:
    return desk.page("kinds/secret.html", request, resource=secret, file=FILE, is_set=is_set(desk, secret))


def _show_setting(desk: Desk, request: Request, setting: Setting) -> Response:
    return desk.page("kinds/setting.html", request, resource=setting, file=FILE, value=value_of(desk, setting))


SECRET = Browsed(_show_secret, lambda desk, secret: "set" if is_set(desk, secret) else UNSET)
SETTING = Browsed(_show_setting, lambda desk, setting: value_of(desk, setting) or UNSET)
