"""A target whose test kit needs a package that is not here: the error names what installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import ConfigurationError
from portable.tooling.run.wired import kit_of
from portable.tooling.targets import installable

TARGET = """
class Needy:
    def testing(self):
        import a_module_that_nobody_has


target = Needy()
"""


def install(folder: Path, metadata: str = "") -> None:
    (folder / "needy_cloud.py").write_text(TARGET)
    info = folder / "portable_needy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: portable-needy\nVersion: 1.0\n{metadata}")
    (info / "entry_points.txt").write_text("[portable.targets]\nneedy = needy_cloud:target\n")


@pytest.mark.parametrize(
    ("metadata", "said"), [("", "portable-needy"), ("Provides-Extra: needy\n", "portable-needy[needy]")]
)
def test_the_error_names_the_distribution_of_a_strangers_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: str, said: str
) -> None:
    install(tmp_path, metadata)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        kit_of("needy")
    assert str(raised.value) == (
        "the test kit of the target needy needs a_module_that_nobody_has, which is not installed. "
        f'Run: pip install "{said}"'
    )


def test_a_target_of_ours_is_installed_with_its_extra() -> None:
    assert installable("gcp") == "portable-functions[gcp]"
