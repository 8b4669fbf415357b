"""The check: what `portable check` says of the app. It takes a second, so its page comes first.

It looks at the targets that `portable check` looks at, and when asked at every one that is installed.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.check.examine import Report, examine, examine_installed
from portable.tooling.check.formats.plain import counted
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.targets import target_names


class Checker:
    """Examines the app once, however many pages ask at the same time."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lock = Lock()
        self.reports: dict[bool, Report] = {}

    def examined(self, every: bool, fresh: bool) -> Report:
        """Return the report, of every installed target or of those that the app is for."""
        with self._lock:
            if fresh:
                self.reports.clear()
            if every not in self.reports:
                project, look = self._engine.settings.project, examine if every else examine_installed
                self.reports[every] = look(project, target_names(), project / "dist", lambda _line: None)
            return self.reports[every]


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the check."""
    checker = Checker(desk.engine)

    def page(desk: Desk, request: Request, every: bool, report: Report | None) -> Response:
        asked = request.query_params.get("target", "")
        found = [each for each in report.findings if each.rule != "meaning"] if report is not None else []
        targets = report.targets if report is not None else ()
        summaries = [(name, [each for each in found if name in each.targets]) for name in targets]
        return desk.page(
            "check.html",
            request,
            report=report,
            every=1 if every else None,
            others=[name for name in target_names() if name not in targets],
            asked=asked,
            findings=[each for each in found if not asked or asked in each.targets],
            summaries=[(name, mine, any(each.level == "error" for each in mine)) for name, mine in summaries],
            counted=counted,
        )

    def show(desk: Desk, request: Request) -> Response:
        """Show the report if it is there, else that it is being made."""
        return page(desk, request, False, checker.reports.get(False))

    def show_report(desk: Desk, request: Request) -> Response:
        """Make the report and show it."""
        every = "every" in request.query_params
        return page(desk, request, every, checker.examined(every, "again" in request.query_params))

    return [Route("/check", desk.view(show)), Route("/check/report", desk.view(show_report))]
