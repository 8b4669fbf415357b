"""The examples of the page on shared code; they run from top to bottom."""

# --- Depends
from typing import Annotated

from portable import Depends, HTTPError, Secret, function, http


def caller(key: Annotated[str, http.Header("x-api-key")], keys: Annotated[str, Secret("api-keys")]) -> str:
    names = dict(line.split(":") for line in keys.splitlines())
    found = next((name for name, value in names.items() if value == key), None)
    if found is None:
        raise HTTPError(401, "authentication is required")
    return found


@function(http.get("/me"))
def me(caller: Annotated[str, Depends(caller)]) -> dict[str, str]:
    return {"caller": caller}


# A test calls both as they are written.
assert me("ada") == {"caller": "ada"}
assert caller("s3cr3t", "ada:s3cr3t") == "ada"

# --- around
import logging
import time
from typing import TypeVar

from portable import Call, around

T = TypeVar("T")


@around
def timed(call: Call[T]) -> T:
    began = time.perf_counter()
    try:
        return call()
    finally:
        logging.info("%s took %.0f ms", call.function, 1000 * (time.perf_counter() - began))


# --- Call
from portable import Message, Queue, Unavailable

jobs = Queue("jobs")


def twice(call: Call[T]) -> T:
    try:
        return call()
    except Unavailable:
        return call()


@function(jobs.messages(), around=[twice])
def work(message: Message[bytes]) -> None:
    print(len(message.payload))


# --- AsyncCall
import asyncio

from portable import AsyncCall


async def patient(call: AsyncCall[T]) -> T:
    async with asyncio.timeout(call.context.remaining() - 1):
        return await call()


@function(http.get("/slow"), around=[patient])
async def slow() -> str:
    await asyncio.sleep(0)
    return "done"
