"""What passes between a command and the child process that imports an app for it: a request, and its reply."""

from __future__ import annotations

import msgspec

from portable.tooling.app.http_settings import PLAIN, HttpSettings
from portable.tooling.app.model import AppModel

ADVICE = "portable imports your app to find its functions: read settings in the handler, or declare a Setting"


class Request(msgspec.Struct):
    """What to import: the app's name, folder and modules, and the file for the reply.

    `apart` are patterns of the sources whose functions are left out on purpose, `http` is what holds for all routes.
    `document` asks for the app's OpenAPI document.
    """

    name: str
    folder: str
    modules: list[str]
    reply: str
    apart: list[str] = []
    http: HttpSettings = PLAIN
    document: bool = False
    version: str = ""


class Reply(msgspec.Struct):
    """The app, or what went wrong: a message, where, and the user's own traceback when their code raised.

    `document` is the app's OpenAPI document as JSON, "" if it was not asked for.
    """

    app: AppModel | None = None
    document: str = ""
    error: str = ""
    where: str | None = None
    traceback: str = ""
