"""The examples of the page on secrets and settings; they run from top to bottom."""

# --- Secret
from typing import Annotated

from portable import Secret, function, http


@function(http.get("/rates"))
def rates(token: Annotated[str, Secret("api-token")]) -> dict[str, bool]:
    return {"signed": bool(token)}


assert rates("a value for the test") == {"signed": True}

# --- Setting
from portable import Setting


@function(http.get("/level"))
def level(level: Annotated[str, Setting("log-level", default="info")]) -> str:
    return level


assert level("debug") == "debug"
