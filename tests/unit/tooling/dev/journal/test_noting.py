"""A call that waits for the journal is noted once; what changes when it was read is read again."""

from __future__ import annotations

from pathlib import Path

from portable.eventing.request import Request
from portable.tooling.dev.journal.model import Details
from portable.tooling.dev.journal.reading import Journal
from portable.tooling.dev.journal.writing import Recorder
from portable.tooling.dev.live import Live


def test_a_call_that_changes_while_it_is_read_is_read_once_more(tmp_path: Path) -> None:
    class EndsWhileItIsRead(Live):
        """A call that ends just after it was looked at."""

        def details(self) -> Details:
            found = super().details()
            if found.outcome == "running":
                self.ended("done")
                recorder.note(self)
            return found

    told: list[str] = []
    file = tmp_path / "journal.sqlite"
    recorder = Recorder(file, tuple, print, lambda found: told.extend(each.outcome for each in found))
    call = EndsWhileItIsRead("http", "hello", Request("GET", "/"), None)
    for _ in range(3):
        recorder.note(call)
    recorder.settle()
    recorder.settle()
    recorder.close()
    assert told == ["running", "done"]
    assert [found.outcome for found in Journal(file).recent()] == ["done"]
