"""What the commands over data hide is not lost: neither in octets that are no UTF-8, nor in a row that is put back."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from processes.tooling.dev.conftest import Portable
from unit.tooling.dev.dashboard.market_here import SECRET


def test_a_secret_is_hidden_in_an_object_that_is_no_utf_8(portable: Portable, tmp_path: Path) -> None:
    for number, encoding in enumerate(("latin-1", "utf-16", "utf-16-be", "utf-32")):
        (tmp_path / "s").write_bytes(f"é {SECRET}".encode(encoding) + b"\xff\x00")
        portable(f"bucket files put odd/{number} {tmp_path / 's'}")
        found = json.loads(portable(f"bucket files cat odd/{number} --json").out)
        assert base64.b64decode(found["body"]) == "é ***".encode(encoding) + b"\xff\x00", encoding


def test_a_row_that_was_shown_is_put_back_with_its_secret(portable: Portable) -> None:
    portable("table notes put {row}", row=json.dumps({"id": "back", "text": SECRET, "n": 1}))
    shown = portable("table notes get back --json").lines[0]
    assert shown["text"] == "***"
    assert portable("table notes put {row}", row=json.dumps({**shown, "n": 2})).code == 0
    assert portable('table notes query --where "n == 2" --json').lines == [{**shown, "n": 2}]
    for wrong in ({**shown, "id": "elsewhere"}, {**shown, "other": "***"}, {**shown, "text": "was ***"}):
        refused = portable("table notes put {row}", row=json.dumps(wrong))
        assert refused.code == 1
        assert "Write the value itself" in refused.err
    assert portable("table notes put --literal {row}", row='{"id": "stars", "text": "***"}').code == 0
