"""A posted form of three fields as a class, with a constraint, beside a path and a query parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from portable import function, http


@dataclass
class Signup:
    """Who signs up."""

    name: str
    age: Annotated[int, Meta(ge=18)]
    news: bool = False


@function(http.post("/lists/{number}/signups"))
def sign_up(number: int, form: Annotated[Signup, http.Form], size: int = 10) -> dict[str, object]:
    """Take a form."""
    return {"list": number, "name": form.name, "age": form.age, "news": form.news, "size": size}
