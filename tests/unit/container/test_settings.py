"""Secrets of a container: a mounted file that is replaced while the process runs, or a variable."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from portable.base.drivers import LazyDrivers
from portable.errors import ConfigurationError
from portable.settings.cache import keeping
from portable.settings.secret import Secret
from portable.settings.setting import Setting
from portable_container.runtime.addresses import addresses
from portable_container.runtime.image import Image
from portable_container.runtime.mounted import Mounted
from portable_container.runtime.settings import secret_reader

TOKEN = Secret("api-token")


@pytest.fixture
def drivers() -> LazyDrivers:
    return LazyDrivers("portable_container.runtime")


def test_a_secret_that_kubernetes_replaces_is_new_at_the_next_call(
    drivers: LazyDrivers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "api-token").write_text(f"value-{version}\n")
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "api-token").symlink_to("..data/api-token")
    monkeypatch.setenv("PORTABLE_SECRET_API_TOKEN", f"file:{tmp_path}/api-token")
    assert drivers.secret(TOKEN) == "value-1"
    (tmp_path / "..new").symlink_to("2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert drivers.secret(TOKEN) == "value-2"


def test_a_file_that_another_replaces_or_that_is_written_over_is_read_again(tmp_path: Path) -> None:
    read, file = secret_reader(), tmp_path / "secret"
    file.write_text("one")
    assert read(f"file:{file}") == "one"
    (tmp_path / "new").write_text("two")
    (tmp_path / "new").replace(file)
    assert read(f"file:{file}") == "two"
    file.write_text("three")
    assert read(f"file:{file}") == "three"


def test_a_file_of_the_same_time_and_size_is_read_again_after_five_minutes(tmp_path: Path) -> None:
    now = 0.0
    file = tmp_path / "secret"
    mounted = Mounted(str(file), "the secret", clock=lambda: now)
    file.write_text("one")
    os.utime(file, ns=(0, 0))
    assert mounted.read() == b"one"
    with file.open("r+b") as same:
        same.write(b"two")
    os.utime(file, ns=(0, 0))
    assert mounted.read() == b"one"
    now = 300.0
    assert mounted.read() == b"two"


@pytest.mark.parametrize("gone", ["removed", "emptied"])
def test_a_file_that_is_gone_counts_for_five_minutes_more_and_the_log_says_so_once(
    gone: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    file = tmp_path / "secret"
    mounted = Mounted(str(file), "the secret", clock=lambda: now)
    with pytest.raises(ConfigurationError, match=f"the secret {file} cannot be read"):
        mounted.read()
    file.write_text("value")
    mounted.read()
    file.unlink() if gone == "removed" else file.write_text("")
    now = 299.0
    with caplog.at_level(logging.WARNING, "portable"):
        assert (mounted.read(), mounted.read()) == (b"value", b"value")
    assert len(caplog.records) == 1
    assert "value" not in caplog.text
    now = 300.0
    with pytest.raises(ConfigurationError, match="cannot be read" if gone == "removed" else "is empty"):
        mounted.read()
    file.write_text("again")
    assert mounted.read() == b"again"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"a", "a"),
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b"a\n\n", "a\n"),
        (b" a ", " a "),
        (b"a\r", "a\r"),
        ("grüße\n".encode(), "grüße"),
    ],
)
def test_one_line_break_at_the_end_of_a_file_is_no_part_of_the_secret(
    written: bytes, text: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(written)
    assert secret_reader()(f"file:{tmp_path}/secret") == text


def test_a_secret_of_the_environment_and_a_setting(drivers: LazyDrivers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABLE_SECRET_API_TOKEN", "env:API_TOKEN")
    monkeypatch.setenv("API_TOKEN", "from-environment\n")
    monkeypatch.setenv("PORTABLE_SETTING_MODE", "fast")
    assert drivers.secret(TOKEN) == "from-environment\n"
    assert drivers.setting(Setting("mode")) == "fast"
    monkeypatch.delenv("API_TOKEN")
    with pytest.raises(ConfigurationError, match="the variable API_TOKEN of a secret is not set"):
        drivers.secret(TOKEN)


@pytest.mark.parametrize("address", ["hunter2hunter2", "file:relative/hunter2", "env:", "vault:hunter2"])
def test_an_address_of_another_form_is_refused_without_repeating_it(
    address: str, drivers: LazyDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTABLE_SECRET_API_TOKEN", address)
    with pytest.raises(ConfigurationError, match="file:/path") as caught:
        drivers.secret(TOKEN)
    assert "hunter2" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused_without_showing_them(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigurationError, match=r"is not UTF-8 text \(byte 7\)") as caught:
        secret_reader()(f"file:{tmp_path}/secret")
    assert caught.value.__cause__ is None


def test_each_value_that_was_read_is_hidden_in_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler()
    logging.getLogger().addHandler(handler)
    try:
        read, file = keeping(secret_reader, seconds=0), tmp_path / "secret"
        file.write_text("first-value")
        read(f"file:{file}")
        file.write_text("second-value")
        read(f"file:{file}")
        logging.getLogger().warning("they are first-value and second-value")
    finally:
        logging.getLogger().removeHandler(handler)
    assert "they are *** and ***" in capsys.readouterr().err


def test_a_secret_without_an_address_is_its_mounted_file_else_the_variable_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portable_container.runtime.addresses.SECRETS", str(tmp_path))
    (tmp_path / "api-token").write_text("value")
    image = Image("shop", secrets=("api-token", "mail-key", "nowhere"))
    assert addresses(image, {"API_TOKEN": "other", "MAIL_KEY": "value"}) == {
        "PORTABLE_SECRET_API_TOKEN": f"file:{tmp_path}/api-token",
        "PORTABLE_SECRET_MAIL_KEY": "env:MAIL_KEY",
        "PORTABLE_SECRET_NOWHERE": f"file:{tmp_path}/nowhere",  # it may be mounted later
    }
    assert "PORTABLE_SECRET_API_TOKEN" not in addresses(image, {"PORTABLE_SECRET_API_TOKEN": "env:TOKEN"})
