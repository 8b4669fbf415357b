"""What an app asks to be installed, and what uv answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.errors import PortableError
from portable.tooling.app.settings import Settings
from portable.tooling.depend.lock import Wanted, explain, read_lock
from portable.tooling.depend.requirements import declared, distribution

LOCK = """annotated-types==0.8.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via pydantic
boto3==1.44.8 \\
    --hash=sha256:bb
    # via -r requirements.in
botocore==1.44.8 \\
    --hash=sha256:cc
    # via
    #   boto3
    #   s3transfer
pydantic[email]==2.14.4 \\
    --hash=sha256:dd
    # via -r requirements.in
python-dateutil==2.9.0 \\
    --hash=sha256:ee
    # via botocore
s3transfer==0.19.3 \\
    --hash=sha256:ff
    # via boto3
six==1.17.0 \\
    --hash=sha256:00
    # via
    #   -r requirements.in
    #   python-dateutil
"""
PROVIDED = frozenset(("boto3", "botocore", "s3transfer"))


def settings(folder: Path, dependencies: tuple[str, ...] | None = None) -> Settings:
    return Settings(folder, folder, "app", ("app",), dependencies=dependencies)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Portable_Functions[aws]>=1", "portable-functions"),
        ("pydantic ; python_version > '3.8'", "pydantic"),
        ("a @ https://example.com/a.whl", "a"),
        ("https://example.com/a.whl", None),
        ("-e .", None),
        ("./library", None),
    ],
)
def test_the_distribution_of_a_requirement(line: str, name: str | None) -> None:
    assert distribution(line) == name


def test_our_own_distribution_is_not_a_requirement(tmp_path: Path) -> None:
    assert declared(settings(tmp_path, ("portable-functions[all]", "httpx>=0.27"))) == ("httpx>=0.27",)


def test_requirements_txt_is_read_when_the_project_lists_none(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("idna\n-r requirements.txt\n")
    (tmp_path / "requirements.txt").write_text(
        "# what we need\n-r base.txt\nhttpx==0.27.0 \\\n    --hash=sha256:aa  # pinned\n"
        "-c limits.txt\n-e .\nportable_functions\n\n"
    )
    assert declared(settings(tmp_path)) == ("idna", "httpx==0.27.0      --hash=sha256:aa", f"-c {tmp_path}/limits.txt")
    assert declared(settings(tmp_path, ())) == ()
    (tmp_path / "requirements.txt").write_text("-r missing.txt\n")
    with pytest.raises(PortableError, match=r"missing\.txt cannot be read"):
        declared(settings(tmp_path))


def test_what_the_host_provides_and_only_that_needs_is_not_locked() -> None:
    locked = read_lock(LOCK, PROVIDED)
    assert [item.name for item in locked.requirements] == ["annotated-types", "pydantic", "six"]
    assert locked.requirements[0].hashes == ("sha256:aa", "sha256:ab")
    assert locked.requirements[1].version == "2.14.4"
    assert locked.provided == ("boto3", "botocore", "s3transfer")
    assert locked.text.startswith("annotated-types==0.8.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\n")
    assert "boto" not in locked.text


def test_nothing_provided_leaves_the_lock_whole() -> None:
    assert len(read_lock(LOCK, frozenset()).requirements) == 7
    assert read_lock("", PROVIDED).requirements == ()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "error: No solution found when resolving dependencies\n  cause: Because mysqlclient==2.2.4 has no usable "
            "wheels and you require mysqlclient==2.2.4, we can conclude that your requirements are unsatisfiable.",
            "dependency mysqlclient==2.2.4 has no wheel for linux, Python 3.12: ",
        ),
        (
            "  × No solution found when resolving dependencies:\n  ╰─▶ Because nosuch was not found in the package "  # noqa: RUF001
            "registry and you require nosuch, we can conclude that your requirements are unsatisfiable.",
            "dependency nosuch was not found: ",
        ),
        (
            "  cause: Because there is no version of idna==99 and you require idna==99, we can conclude …",
            "dependency idna==99 has no such version: ",
        ),
        ("error: Failed to fetch: timed out", "the dependencies cannot be resolved for linux, Python 3.12: Failed to"),
    ],
)
def test_what_uv_said_becomes_one_message_that_names_the_dependency(said: str, told: str) -> None:
    assert explain(said, Wanted((), "linux", "3.12")).startswith(told)
