"""What `portable dev` serves beside functions is named in [tool.portable.dev]."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.app.settings import SettingsError, load_settings, tables_of
from portable.tooling.dev import front
from portable.tooling.dev.front import Front, Upstream, front_of


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    (folder / "app.py").touch()
    return folder


def test_the_folder_and_the_server_are_named_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    project(tmp_path, '[tool.portable.dev]\nstatic = "web"\nproxy = "http://localhost:5173/"\nhosts = ["shop.test"]\n')
    place = f"{tmp_path / 'pyproject.toml'}:3"
    upstream = Upstream("http", "localhost", 5173, place)
    assert front_of(load_settings(tmp_path)) == Front(tmp_path / "web", upstream, ("shop.test",))
    assert tables_of(tmp_path) == frozenset()


def test_an_app_without_the_table_has_no_front_end(tmp_path: Path) -> None:
    assert front_of(load_settings(project(tmp_path, "[tool.portable]\n"))) == Front()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://[::1]:5173", "http://[::1]:5173"),
        ("https://vite.localhost", "https://vite.localhost:443"),
        ("http://vite", "http://vite:80"),
    ],
)
def test_a_server_may_be_at_any_address(tmp_path: Path, address: str, found: str) -> None:
    proxy = front_of(load_settings(project(tmp_path, f'[tool.portable.dev]\nproxy = "{address}"\n'))).proxy
    assert proxy is not None
    assert proxy.address == found


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('static = "web"', "must name a folder"),
        ('statics = "web"', "has no 'statics'; it may hold static, proxy and hosts"),
        ("proxy = 5173", "proxy must be an address"),
        ('proxy = "localhost:5173"', "proxy must be an address"),
        ('proxy = "http://localhost:x"', "proxy must be an address"),
        ('proxy = "http://localhost:5173/app"', "proxy must be an address"),
        ('proxy = "http://me@localhost:5173"', "proxy must be an address"),
        ('proxy = "ws://localhost:5173"', "proxy must be an address"),
        ('hosts = "shop.test"', "hosts must be names without a port"),
        ('hosts = ["shop.test:8000"]', "hosts must be names without a port"),
    ],
)
def test_what_is_wrong_in_the_settings_is_told_with_its_line(tmp_path: Path, table: str, said: str) -> None:
    settings = load_settings(project(tmp_path, f"[tool.portable.dev]\n{table}\n"))
    with pytest.raises(SettingsError, match=said) as raised:
        front_of(settings)
    assert "pyproject.toml:2: " in str(raised.value)


def test_what_is_not_installed_is_told_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "NEEDS", ("httpcore", "websockets_of_nobody"))
    settings = load_settings(project(tmp_path, '[tool.portable.dev]\nproxy = "http://localhost:5173"\n'))
    with pytest.raises(SettingsError, match=r'needs websockets_of_nobody: run pip install "portable-functions\[dev\]"'):
        front_of(settings)
