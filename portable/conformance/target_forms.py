"""Forms, constraints, and all faults of a request in one reply."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

from hashlib import sha256
from typing import Any

from portable.conformance.target_cases import TargetTests, World

LARGE = bytes(range(256)) * 5000  # 1.28 MB, which is held in a temporary file


class FormTests(TargetTests):
    """A form becomes the declared type, and every fault of a request is told."""

    kind = "http"

    def faults(self, answer: Any, status: int = 400) -> list[str]:
        """Return the places of a reply's faults."""
        found = answer.expect(status).json()
        assert {"at": found["at"], "message": found["detail"]} == found["errors"][0]
        return sorted(each["at"] for each in found["errors"])

    def test_a_form_with_a_file_becomes_its_type(self, world: World) -> None:
        fields = {"name": "Zoë", "number": "7", "tags": ["a", "ü"]}
        files = {"photo": ("grüße.png", b"\x00\xff\r\n--", "image/png")}
        assert world.cloud.http.post("/entries", data=fields, files=files).expect(200).json() == {
            "name": "Zoë",
            "number": 7,
            "tags": ["a", "ü"],
            "photo": ["grüße.png", "image/png", 6],
        }

    def test_a_form_without_files_is_urlencoded(self, world: World) -> None:
        answer = world.cloud.http.post("/entries", data={"name": "a & b=c"}).expect(200)
        assert answer.json() == {"name": "a & b=c", "number": 1, "tags": []}

    def test_the_bytes_of_small_and_large_files_arrive_unchanged(self, world: World) -> None:
        contents = [LARGE, b""]
        files = [("file", (f"{index}.bin", content, "a/b")) for index, content in enumerate(contents)]
        answer = world.cloud.http.post("/entries/3/files", data={"title": "both"}, files=files).expect(200)
        found = answer.json()
        assert (found["number"], found["title"], found["size"]) == (3, "both", 10)
        assert found["hashes"] == [sha256(content).hexdigest() for content in contents]

    def test_all_faults_of_a_form_are_in_one_reply(self, world: World) -> None:
        fields = {"name": "a", "number": "x", "at": "2026-01-02T03:04:05", "photo": "text"}
        assert self.faults(world.cloud.http.post("/entries", data=fields)) == [
            "body.at",
            "body.name",
            "body.number",
            "body.photo",
        ]

    def test_constraints_hold_in_every_part_of_a_request(self, world: World) -> None:
        files = [("file", ("x", b"", "a/b"))] * 3
        answer = world.cloud.http.post(
            "/entries/0/files?size=101&at=2026-01-02T03:04:05", files=files, headers={"x-key": "12345"}
        )
        assert self.faults(answer) == ["body.file", "header.x-key", "path.number", "query.at", "query.size"]

    def test_a_form_over_its_limits_is_413_and_another_body_415(self, world: World) -> None:
        files = {"photo": ("x", LARGE + LARGE[:800_000], "a/b")}
        answer = world.cloud.http.post("/entries", data={"name": "ab"}, files=files)
        assert self.faults(answer, 413) == ["body.photo"]
        assert self.faults(world.cloud.http.post("/entries", json={"name": "ab"}), 415) == ["body"]
