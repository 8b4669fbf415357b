"""`portable dev`: an app in, the whole of it served on this machine until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from portable.tooling.cli.options import App

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from portable.tooling.app.settings import Settings
    from portable.tooling.dev.certificate import Certificate
    from portable.tooling.dev.channel import Failed, Serving


def dev(
    context: typer.Context,
    app: App = Path(),
    host: Annotated[
        str, typer.Option("--host", help="The address to listen on; 0.0.0.0 for other machines.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=1, max=65_535, help="The port to listen on.")] = 8000,
    wire: Annotated[
        str, typer.Option("--wire", help="Send every event through the encoding of this target: aws, azure, gcp, …")
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Delete the data of earlier runs first, after asking.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --fresh: do not ask.")] = False,
    schedules: Annotated[bool, typer.Option("--schedules/--no-schedules", help="Fire schedules.")] = True,
    debug: Annotated[bool, typer.Option("--debug", help="Wait for a debugger (debugpy).")] = False,
    debug_port: Annotated[
        int, typer.Option("--debug-port", min=1, max=65_535, help="With --debug: the port of the debugger.")
    ] = 5678,
    https: Annotated[
        bool, typer.Option("--https", help="Serve HTTPS, with a certificate that is made on this machine.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the app in the browser.")] = False,
) -> None:
    """Serve the whole app on this machine: HTTP, queues, topics, streams, buckets and schedules. It reloads when you save.

    Data is kept in .portable/local. Settings and secrets are read from .portable.env, again when it changes.
    """
    from portable.tooling.app.settings import load_settings
    from portable.tooling.depend.environment import interpreter_for
    from portable.tooling.dev import state
    from portable.tooling.dev.channel import Order
    from portable.tooling.dev.ports import names_of
    from portable.tooling.dev.supervising import Supervisor
    from portable.tooling.targets import here_said, load_target, target_names

    settings = load_settings(app, None, target_names())
    if wire:
        load_target(wire)
    if fresh:
        drop(settings, yes)
    state.check(settings.project, lambda said: typer.echo(f"portable: {said}"))
    listener = listen(host, port)
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104 - compared only
    origin = f"{'https' if https else 'http'}://{shown}:{listener.getsockname()[1]}"
    names = names_of(host)
    certificate = made(settings, names) if https else None
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    order = Order(
        app=str(app.resolve()),
        origin=origin,
        targets=list(target_names()),
        here=here_said(),
        wire=wire,
        schedules=schedules,
        color=color,
        debug=debug_port if debug else 0,
        token=os.urandom(32).hex(),
        hosts=names,
        certificate=str(certificate.key) if certificate else "",
    )
    signal.signal(signal.SIGTERM, _interrupt)
    if debug:
        typer.echo(f"waiting for a debugger on 127.0.0.1:{debug_port}")
    screen = Terminal(settings.name, origin, open_browser, certificate)
    find = partial(interpreter_for, settings, screen.note)
    supervisor = Supervisor(settings, order, listener, find, screen, context.obj)
    with state.used(settings.project):
        ended = supervisor.run()
    raise typer.Exit(ended)


def made(settings: Settings, names: list[str]) -> Certificate:
    """Return the certificate of a project, for names beside those of loopback. Few starts need what makes one."""
    from portable.tooling.dev.certificate import certificate_of
    from portable.tooling.dev.front import front_of

    return certificate_of(settings.project, [*names, *front_of(settings).hosts])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def drop(settings: Settings, yes: bool) -> None:
    """Delete the data of earlier runs when the user agrees. Raises PortableError when there is nobody to ask."""
    from portable.tooling.cli.stored import agree
    from portable.tooling.dev import state

    held = state.size(settings.project)
    if not held:
        return
    folder = settings.project / state.FOLDER
    agree(f"Delete the data in {folder} ({held})?", yes, f"Agree to delete {folder} with --fresh --yes")
    state.drop(settings.project)


def listen(host: str, port: int) -> socket:
    """Return a listening socket. Where the port is in use and somebody can answer, the next free one is offered."""
    from portable.tooling.dev.ports import PortInUse, listening

    try:
        return listening(host, port, sys.argv[1:])
    except PortInUse as error:
        if error.free is None or not sys.stdin.isatty():
            raise
        typer.echo(str(error).partition(". ")[0], err=True)
        if not typer.confirm(f"Use port {error.free}?", default=True, err=True):
            raise
        return listening(host, error.free)


class Terminal:
    """What `portable dev` shows."""

    def __init__(self, name: str, origin: str, open_browser: bool, certificate: Certificate | None = None) -> None:
        self._name = name
        self._origin = origin
        self._open = open_browser
        self._certificate = certificate

    def serving(self, serving: Serving, seconds: float, again: bool) -> None:
        """Show routes and triggers at first, and later that the app was loaded again."""
        if again:
            self.echo(f"reloaded in {seconds * 1000:.0f} ms\n")
            return
        rows = [*serving.functions, *([("other paths", serving.beside)] if serving.beside else [])]
        width = max((len(name) for name, _ in rows), default=0)
        heading = [f"{self._name} on {self._origin}", f"dashboard on {self._origin}/_portable"]
        if self._certificate is not None:
            from portable.tooling.dev.trusting import said

            heading += said(self._certificate, self._origin, sys.platform)
        lines = [f"  {name:{width}}  {what}" for name, what in rows]
        self.echo("\n".join([*heading, *lines, "Ctrl-C ends it.", ""]))
        if self._open:
            import webbrowser

            webbrowser.open(self._origin)

    def failed(self, failed: Failed, goes_on: bool) -> None:
        """Show why the app does not load."""
        if failed.traceback:
            self.echo(failed.traceback if failed.traceback.endswith("\n") else f"{failed.traceback}\n")
        place = f"{failed.where}: " if failed.where else ""
        after = "the last version that loaded goes on" if goes_on else "save a file to try again"
        self.echo(f"portable: {place}{failed.error}\n" + (f"portable: {after}\n" if goes_on or not failed.ends else ""))

    def note(self, text: str) -> None:
        """Show a sentence."""
        self.echo(f"portable: {text}\n")

    def echo(self, text: str) -> None:
        """Pass on what a process wrote."""
        sys.stdout.write(text)
        sys.stdout.flush()
