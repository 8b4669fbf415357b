"""The shape of a manifest that nobody trusts, and the size of an artifact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portable.errors import PortableError, TooLarge
from portable.tooling.bundle.manifest import read_manifest
from portable.tooling.bundle.sizes import check_size

GOOD = {"schema": 2, "target": "aws", "python": "3.12", "sha256": "0" * 64, "files": {}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 1}, "its schema is 1, not 2; package again with portable package --target aws"),
        ({"schema": True}, "its schema is True, not 2"),
        ({"target": "--help"}, "its target is '--help'"),
        ({"target": "../aws"}, "its target is '../aws'"),
        ({"python": "3.12; rm"}, "its python is"),
        ({"python": 3.12}, r"its python is 3\.12"),
        ({"sha256": "x"}, "its sha256 is 'x'"),
        ({"files": ["a"]}, "its files are not a table of hashes"),
        ({"provided": ["--index-url=https://example.com"]}, "its provided is"),
        ({"provided": ["a b"]}, "its provided is"),
        ({"provided": "boto3"}, "its provided is 'boto3'"),
        ({"loads": ["os; x"]}, "its loads is"),
        ({"brings": ["-r /etc/passwd"]}, "its brings is"),
    ],
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, change: dict[str, object], told: str) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(GOOD | change))
    with pytest.raises(PortableError, match=rf"manifest\.json is not a manifest of portable: {told}"):
        read_manifest(tmp_path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "provided", "x"]), inner),
        max_leaves=8,
    )
)
def test_any_json_is_a_manifest_or_is_refused(tmp_path_factory: pytest.TempPathFactory, data: object) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "manifest.json").write_text(json.dumps(data))
    with pytest.raises(PortableError):
        read_manifest(folder)


def test_an_artifact_that_is_too_large_names_the_ten_largest_distributions() -> None:
    files = {"app.py": b"x" * 50}
    for number in range(12):
        name = f"lib{number}"
        record = f"{name}/__init__.py,,\n{name}/__pycache__/__init__.cpython-312.pyc,,\n".encode()
        files |= {
            f"{name}/__init__.py": b"x" * (100 + number),
            f"{name}/__pycache__/__init__.cpython-312.pyc": b"y" * 1000,
            f"{name}-1.dist-info/METADATA": f"Name: {name}\nVersion: 1\n\n".encode(),
            f"{name}-1.dist-info/RECORD": record,
        }
    check_size(files, None, "Lambda")
    check_size(files, sum(map(len, files.values())), "Lambda")
    with pytest.raises(TooLarge, match=r"bytes unpacked, but Lambda allows 262: .* The largest: lib11 1 1,") as told:
        check_size(files, 262, "Lambda")
    assert str(told.value).count(" bytes,") + str(told.value).endswith(" bytes") >= 9
    assert "lib1 1" not in str(told.value)
