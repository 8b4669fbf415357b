"""The examples of the page on buckets; they run from top to bottom."""

# --- Bucket
from typing import Annotated

from portable import Bucket, StoredObject, function

photos = Bucket("photos")


@function(photos.created(suffix=".jpg"))
def index(photo: StoredObject) -> None:
    print(photo.key)


# --- BucketWriter
from portable import BucketWriter, Response, http
from portable.testing import memory


@function(http.put("/photos/{name}"))
def upload(name: str, body: bytes, store: Annotated[BucketWriter, photos]) -> Response:
    info = store.put(name, body, content_type="image/jpeg", if_absent=True)
    return Response.json({"key": info.key, "etag": info.etag}, status=201)


store = memory(photos)  # may do everything
assert upload("cat.jpg", b"meow", store).status == 201

# --- BucketReader
from portable import BucketReader


@function(http.get("/photos"))
def browse(store: Annotated[BucketReader, photos], page: str | None = None) -> dict[str, object]:
    found = store.list(limit=100, page=page)
    return {"keys": [item.key for item in found], "next": found.next}


assert browse(store) == {"keys": ["cat.jpg"], "next": None}
assert store.get("cat.jpg", range=(0, 2)) == b"me"
with store.open("cat.jpg") as file:
    assert file.read() == b"meow"

# --- BucketReadWriter
from portable import BucketReadWriter


@function(http.post("/photos/{name}/archive"))
def archive(name: str, store: Annotated[BucketReadWriter, photos]) -> None:
    store.copy(name, f"archive/{name}")
    store.delete(name)


archive("cat.jpg", store)
assert store.keys() == ["archive/cat.jpg"]

# --- BucketSigner
from portable import BucketSigner


@function(http.get("/photos/{name}/link"))
def link(name: str, signer: Annotated[BucketSigner, photos]) -> dict[str, str]:
    return {"url": signer.signed_url(name, expires=300)}


# --- AsyncBucketWriter
import asyncio

from portable import AsyncBucketWriter
from portable.testing import async_memory


@function(http.put("/raw/{name}"))
async def take(name: str, body: bytes, store: Annotated[AsyncBucketWriter, photos]) -> None:
    async with store.writer(name, content_type="image/jpeg") as file:
        await file.write(body)


waiting = async_memory(photos)
asyncio.run(take("dog.jpg", b"woof", waiting))

# --- AsyncBucketReader
from portable import AsyncBucketReader


@function(http.get("/raw/{name}"))
async def give(name: str, store: Annotated[AsyncBucketReader, photos]) -> bytes:
    return await store.get(name)


assert asyncio.run(give("dog.jpg", waiting)) == b"woof"

# --- AsyncBucketReadWriter
from portable import AsyncBucketReadWriter


@function(http.post("/raw/{name}/copy"))
async def copy(name: str, store: Annotated[AsyncBucketReadWriter, photos]) -> None:
    await store.copy(name, f"copy/{name}")


asyncio.run(copy("dog.jpg", waiting))

# --- AsyncBucketSigner
from portable import AsyncBucketSigner


@function(http.post("/raw/{name}/link"))
async def upload_link(name: str, signer: Annotated[AsyncBucketSigner, photos]) -> dict[str, str]:
    return {"url": await signer.signed_upload_url(name, expires=300)}
