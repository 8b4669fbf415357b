"""Secrets and settings of a packaged app on this machine."""

from __future__ import annotations

import pytest

from portable.base.drivers import LazyDrivers
from portable.errors import ConfigurationError
from portable.settings.secret import Secret
from portable.settings.setting import Setting


def test_a_secret_and_a_setting_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_SECRET_API_TOKEN", "s3cret")
    monkeypatch.setenv("PORTABLE_SETTING_MODE", "fast")
    drivers = LazyDrivers("portable_local.runtime")
    assert drivers.secret(Secret("api-token")) == "s3cret"
    assert drivers.setting(Setting("mode")) == "fast"


def test_a_secret_that_nobody_set_is_an_error_that_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTABLE_SECRET_API_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match="PORTABLE_SECRET_API_TOKEN is not set"):
        LazyDrivers("portable_local.runtime").secret(Secret("api-token"))
