"""[tool.portable.http]: what holds for all routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portable.tooling.app.http_settings import HttpSettingsError, http_settings
from portable.tooling.app.settings import load_settings


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"auht": "app:x"}, r"place of auht: \[tool.portable.http\] has no 'auht'; it may hold auth"),
        ({"auth": True}, "place of auth: auth in .* must be a string, not True"),
        ({"auth": "app"}, 'must be "module:name"'),
        ({"auth": "app:x.y"}, 'must be "module:name"'),
        ({"auth": ":x"}, 'must be "module:name"'),
        ({"domain": "https://api.example.com"}, 'must be a name such as "api.example.com"'),
        ({"domain": "API.example.com"}, "must be a name such as"),
        ({"domain": "localhost"}, "must be a name such as"),
        ({"domain": "*.example.com"}, "must be a name such as"),
        ({"domain": "a." * 130 + "com"}, "must be a name such as"),
        ({"invalid_status": 200}, "place of invalid_status: invalid_status in .* must be 400 or 422, not 200"),
        ({"invalid_status": "422"}, "place of invalid_status: invalid_status in .* must be a whole number, not '422'"),
    ],
)
def test_wrong_settings_are_refused_with_their_place(table: dict[str, Any], said: str) -> None:
    with pytest.raises(HttpSettingsError, match=said):
        http_settings(table, lambda key: f"place of {key}")
    assert http_settings({"auth": "app.auth:tokens"}, str).auth == "app.auth:tokens"
    assert http_settings({"domain": "a-1.xn--zoe-yla.example"}, str).domain == "a-1.xn--zoe-yla.example"
    assert http_settings({"invalid_status": 422}, str).invalid_status == 422


def test_they_are_settings_of_the_app_and_no_target(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.portable]\nname = "shop"\n\n[tool.portable.http]\nauth = "app:tokens"\n')
    assert load_settings(tmp_path, "aws", ["aws"]).http.auth == "app:tokens"
    file.write_text('[tool.portable]\nname = "shop"\n\n[tool.portable.http]\n\nauht = "app:tokens"\n')
    with pytest.raises(HttpSettingsError, match=r"pyproject.toml:6: \[tool.portable.http\] has no 'auht'"):
        load_settings(tmp_path)
