import subprocess
import sys

import pytest

from portable.errors import DeclarationError
from portable.storage.async_clients import (
    AsyncBucketReader,
    AsyncBucketReadWriter,
    AsyncBucketSigner,
    AsyncBucketWriter,
)
from portable.storage.bucket import Bucket, ObjectTrigger
from portable.storage.clients import BucketReader, BucketReadWriter, BucketSigner, BucketWriter
from portable.storage.event import StoredObject


def test_buckets_of_one_name_are_equal() -> None:
    assert Bucket("photos") == Bucket("photos")
    assert Bucket("photos") != Bucket("photo")
    assert len({Bucket("photos"), Bucket("photos")}) == 1


@pytest.mark.parametrize("name", ["", "a", "Photos", "1photos", "photos_x", "p" * 41, None])
def test_a_name_that_some_store_refuses_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="bucket name"):
        Bucket(name)


def test_triggers_are_values_that_describe_themselves() -> None:
    photos = Bucket("photos")
    assert photos.created(suffix=".jpg") == ObjectTrigger(photos, "created", "", ".jpg")
    assert photos.created().describe() == "objects created in photos"
    assert photos.deleted("a/", ".jpg").describe() == 'objects deleted in photos as "a/*.jpg"'
    assert photos.deleted().kind == "object"


def test_a_trigger_refuses_what_is_no_text_or_no_event() -> None:
    with pytest.raises(DeclarationError, match="prefix"):
        Bucket("photos").created(prefix="a\n")
    with pytest.raises(DeclarationError, match="suffix"):
        Bucket("photos").deleted(suffix=5)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match="created"):
        ObjectTrigger(Bucket("photos"), "changed")  # type: ignore[arg-type]


def test_the_event_of_a_deletion_needs_no_size() -> None:
    event = StoredObject("photos", "a.jpg", id="1")
    assert (event.size, event.etag) == (None, None)
    assert event == StoredObject("photos", "a.jpg", None, None, "1")
    assert "a.jpg" in repr(event)


def test_a_client_and_its_twin_grant_the_same() -> None:
    pairs = (
        (BucketReader, AsyncBucketReader, ("get", "list")),
        (BucketWriter, AsyncBucketWriter, ("put", "delete")),
        (BucketReadWriter, AsyncBucketReadWriter, ("get", "list", "put", "delete")),
        (BucketSigner, AsyncBucketSigner, ("sign",)),
    )
    for one, twin, actions in pairs:
        assert one.actions == twin.actions == actions
        assert (one.kind, one.asynchronous, twin.asynchronous) == ("bucket", False, True)
        methods = {name for name in dir(one) if not name.startswith("_")}
        assert methods == {name for name in dir(twin) if not name.startswith("_")}


def test_declaring_a_bucket_and_a_client_loads_the_light_modules_only() -> None:
    code = (
        "import sys; before = set(sys.modules); import portable.storage.bucket, portable.storage.clients;"
        "import portable.storage.event; print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) - {"__future__"} == {
        "portable",
        "portable.base",
        "portable.base.client",
        "portable.errors",
        "portable.storage",
        "portable.storage.bucket",
        "portable.storage.clients",
        "portable.storage.event",
        "portable.base.values",
    }
