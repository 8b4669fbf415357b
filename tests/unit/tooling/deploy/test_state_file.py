"""What the files of an engine say of its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from portable.tooling.deploy.state_file import holds_nothing, state_version, takes_over


def test_a_state_is_known_by_lineage_and_serial() -> None:
    assert state_version('{"lineage": "a", "serial": 4}') == ("a", 4)
    assert [state_version(text) for text in ("", "{}", "[]", '{"lineage": "a", "serial": "x"}')] == [None] * 4


def test_a_state_holds_nothing_only_if_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "terraform.tfstate"
    assert holds_nothing(file)
    for text, nothing in (
        ("", True),
        ('{"resources": []}', True),
        ('{"resources": [{}]}', False),
        ("{}", False),
        ('{"res', False),
    ):
        file.write_text(text)
        assert holds_nothing(file) is nothing


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        ("own.tf", "import {\n  to = aws_s3_bucket.a\n}", True),
        ("own.tf", "  import{", True),
        ("own.tf.json", '{"import": [{"to": "aws_s3_bucket.a"}]}', True),
        ("own.tofu", "import {", True),
        ("own.tf", "imported = {}", False),
        ("own.tf.json", '{"import_mode": true}', False),
        ("note.txt", "import {", False),
    ],
)
def test_what_takes_over_what_is_there_is_seen(tmp_path: Path, name: str, text: str, taken: bool) -> None:
    (tmp_path / name).write_text(text)
    assert takes_over(tmp_path) is taken
