"""An app whose imports weigh: pydantic and fastapi."""

from __future__ import annotations

import fastapi
import pydantic

from portable import function, http


class Reply(pydantic.BaseModel):
    """What is answered."""

    message: str
    version: str


@function(http.get("/hello/{name}"))
def hello(name: str) -> dict[str, str]:
    """Greet somebody."""
    return Reply(message=f"Hello {name}", version=fastapi.__version__).model_dump()
