"""`Desk`: what every page has in common: the engine, the templates, the token of forms, and notices after a form was sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portable.errors import NotFound, PortableError
from portable.tooling.app.kinds.registry import title
from portable.tooling.dev import words
from portable.tooling.dev.dashboard import links
from portable.tooling.dev.dashboard.hiding import Hiding
from portable.tooling.dev.dashboard.posted import Form, read_form
from portable.tooling.dev.engine import Engine
from portable.tooling.dev.secrets import misread

SECTIONS = (
    ("Map", ()),
    ("Invocations", ("invocations",)),
    ("Fire", ("fire",)),
    ("API", ("api",)),
    ("Resources", ("resources",)),
    ("Schedules", ("schedules",)),
    ("Permissions", ("permissions",)),
    ("Check", ("check",)),
)
"""The pages of the navigation: their titles and paths."""

Show = Callable[["Desk", Request], Response]
Do = Callable[["Desk", Request, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(PortableError):
    """A form that did not come from one of our pages, or not from those of this run."""


class Desk:
    """What every page needs. One serves all requests of a dashboard."""

    def __init__(self, engine: Engine, token: str) -> None:
        self.engine = engine
        self.token = token
        self.hide = Hiding(engine)
        self._load = secrets.token_hex(8)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=self.hide,
        )
        self._templates.globals |= {"url": links.address, "of": links, "token": token, "fixed": links.fixed}
        self._templates.filters |= {
            "duration": words.duration,
            "bytes": words.size,
            "clock": words.clock,
            "iso": words.iso,
            "pretty": words.pretty,
            "short": words.short,
            "cell": words.cell,
            "counted": words.counted,
            "day": words.day,
            "in_zone": words.in_zone,
            "until": words.until,
            "title_of": title,
        }

    def page(
        self, template: str, request: Request, status: int = 200, problem: str = "", **values: Any
    ) -> HTMLResponse:
        """Return a page. `problem` says why what was asked for was not done; its status is 400."""
        notice, tone = self._notice(request.query_params)
        path = request.url.path.removeprefix(links.ROOT).strip("/").partition("/")[0]
        shown = self._templates.get_template(template).render(
            app=self.engine.app,
            broken=self.engine.broken,
            misread=misread(self.engine.settings.project),
            state=self.state(),
            place=self.engine.journal.since(-1)[0],
            notice=notice,
            tone=tone,
            problem=problem,
            sections=[(name, links.fixed(*parts), path == "".join(parts)) for name, parts in SECTIONS],
            **values,
        )
        return HTMLResponse(shown, 400 if problem else status)

    def state(self) -> str:
        """Return a text that is another one when the code that serves, or what is broken in the last edits, has changed."""
        broken = self.engine.broken
        told = f"{self._load} {broken.where} {broken.error}" if broken is not None else self._load
        told += misread(self.engine.settings.project)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def fault(self, request: Request, error: PortableError) -> Response:
        """Return the page that tells an error."""
        status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, Refused) else 400
        return self.page("fault.html", request, status, error=str(error))

    def view(self, show: Show) -> Endpoint:
        """Return the endpoint of a page, which is made in a thread of its own."""

        async def endpoint(request: Request) -> Response:
            try:
                return await run_in_threadpool(show, self, request)
            except PortableError as error:
                return await run_in_threadpool(self.fault, request, error)

        return endpoint

    def action(self, do: Do) -> Endpoint:
        """Return the endpoint of a form, which must bring the token."""

        async def endpoint(request: Request) -> Response:
            try:
                form = await read_form(request)
                if not secrets.compare_digest(form.text("token").encode(), self.token.encode()):
                    raise Refused(
                        "this form is of an earlier run of portable dev, or of another page. Go back, load the page "
                        "again and send the form once more"
                    )
                return await run_in_threadpool(do, self, request, form)
            except PortableError as error:
                return await run_in_threadpool(self.fault, request, error)

        return endpoint

    def told(self, text: str, *parts: str, tone: str = "", **query: object) -> Response:
        """Return the way to a page that shows a notice. Its `tone` is "warn" or "bad" for what did not go well."""
        shown = {"tone": tone} if tone else {}
        address = links.address(*parts, **query, **shown, notice=text, seal=self.seal(f"{tone}{text}"))
        return RedirectResponse(address, 303)

    def called(self, text: str, made: str, also: str = "") -> Response:
        """Return the way to an invocation. Its notice says how the call ended where it did not end well, else the text.

        What stands in `also` goes after either.
        """
        found = self.engine.journal.one(made)
        if found is None or (found.outcome == "done" and (found.status or 0) < 400):
            return self.told(f"{text}{also}", "invocations", made)
        tone = "warn" if found.status and 400 <= found.status < 500 else "bad"
        said = f"The call was answered with {found.status}." if found.status else "The call failed."
        if found.status in (401, 403):
            said = f"{said} Who may call this route is asked under Auth of its form."
        return self.told(f"{said}{also}", "invocations", made, tone=tone)

    def seal(self, text: str) -> str:
        """Return what proves that a text is ours, or the same. It holds beyond this process, as the token does."""
        return hmac.new(self.token.encode(), text.encode(), "sha256").hexdigest()[:32]

    def _notice(self, query: Mapping[str, str]) -> tuple[str, str]:
        text, tone = query.get("notice", ""), query.get("tone", "")
        ours = hmac.compare_digest(query.get("seal", "").encode(), self.seal(f"{tone}{text}").encode())
        return (text, tone) if ours else ("", "")

    def function(self, name: str) -> Any:
        """Return the declared function of a name. Raises NotFound."""
        for function in self.engine.app.functions:
            if function.name == name:
                return function
        raise NotFound(f"the app has no function {name}")
