"""A small FastAPI app: a typed body, a parameter of the path, and a startup."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel


class Order(BaseModel):
    """What is sent."""

    sku: str
    count: int = 1


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    """Greet in one language."""
    yield {"greeting": "Hello"}


app = FastAPI(lifespan=lifespan)


@app.get("/hello/{name}")
async def hello(name: str) -> dict[str, str]:
    """Greet somebody."""
    return {"message": f"Hello {name}"}


@app.get("/waiting/{name}")
def waiting(name: str) -> dict[str, str]:
    """Greet somebody from a thread."""
    return {"message": f"Hello {name}"}


@app.post("/orders", status_code=201)
async def order(body: Order) -> Order:
    """Take an order."""
    return body
