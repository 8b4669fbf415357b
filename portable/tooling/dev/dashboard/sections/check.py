"""The check: what `portable check` says of the app for every installed target. It takes a second, so its page comes first."""

from __future__ import annotations

from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from portable.tooling.check.examine import Report, examine
from portable.tooling.check.formats.plain import counted
from portable.tooling.dev.dashboard.desk import Desk
from portable.tooling.targets import target_names


class Checker:
    """Examines the app once, however many pages ask at the same time."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._lock = Lock()
        self.report: Report | None = None

    def examined(self, fresh: bool) -> Report:
        """Return the report."""
        with self._lock:
            if self.report is None or fresh:
                settings = self._engine.settings
                self.report = examine(settings.project, target_names(), settings.project / "dist", lambda _line: None)
            return self.report


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the check."""
    checker = Checker(desk.engine)

    def page(desk: Desk, request: Request, report: Report | None) -> Response:
        asked = request.query_params.get("target", "")
        found = [each for each in report.findings if each.rule != "meaning"] if report is not None else []
        summaries = [(name, [each for each in found if name in each.targets]) for name in target_names()]
        return desk.page(
            "check.html",
            request,
            report=report,
            targets=target_names(),
            asked=asked,
            findings=[each for each in found if not asked or asked in each.targets],
            summaries=[(name, mine, any(each.level == "error" for each in mine)) for name, mine in summaries],
            counted=counted,
        )

    def show(desk: Desk, request: Request) -> Response:
        """Show the report if it is there, else that it is being made."""
        return page(desk, request, checker.report)

    def show_report(desk: Desk, request: Request) -> Response:
        """Make the report and show it."""
        return page(desk, request, checker.examined("again" in request.query_params))

    return [Route("/check", desk.view(show)), Route("/check/report", desk.view(show_report))]
