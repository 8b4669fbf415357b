"""requires-python, read for a provider's Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from portable.tooling.app.requires import fits
from portable.tooling.app.settings import SettingsError, load_settings
from portable.tooling.choose import choose
from portable.tooling.depend.interpreters import RUNNING
from portable.tooling.targets import load_target


@pytest.mark.parametrize(
    ("requires", "fitting"),
    [
        ("", "3.11 3.12 3.13"),
        (">=3.11", "3.11 3.12 3.13"),
        (">=3.12,<3.13", "3.12"),
        (">=3.12, <4", "3.12 3.13"),
        (">3.11", "3.11 3.12 3.13"),
        ("<=3.12", "3.11 3.12"),
        ("<3.12.4", "3.11 3.12"),
        ("<3.12.0", "3.11"),
        ("==3.12.*", "3.12"),
        ("==3.*", "3.11 3.12 3.13"),
        ("==3.12.4", "3.12"),
        ("!=3.12.*", "3.11 3.13"),
        ("!=3.12.1", "3.11 3.12 3.13"),
        ("~=3.12", "3.12 3.13"),
        ("~=3.12.1", "3.12"),
        (">=3", "3.11 3.12 3.13"),
        (">=3.99", ""),
    ],
)
def test_a_specifier_admits_the_pythons_of_which_some_release_fits(requires: str, fitting: str) -> None:
    assert [python for python in ("3.11", "3.12", "3.13") if fits(requires, python)] == fitting.split()


def test_what_is_no_specifier_is_refused_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nrequires-python = "3.12"\n')
    with pytest.raises(SettingsError, match=r"pyproject.toml: requires-python must be a specifier such as"):
        load_settings(tmp_path)


def test_the_python_chosen_is_one_the_project_admits(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    settings = load_settings(tmp_path)
    target = load_target("aws")
    newest = target.platform.pythons[-1]
    assert choose(replace(settings, requires_python=f">={newest}"), target).python == newest
    assert choose(replace(settings, requires_python=f"=={RUNNING}.*"), target).python == RUNNING
    with pytest.raises(SettingsError, match="none of which fits"):
        choose(replace(settings, requires_python=">=3.99"), target)
    with pytest.raises(SettingsError, match="does not fit requires-python"):
        choose(replace(settings, requires_python=f">={newest}", python=target.platform.pythons[0]), target)
