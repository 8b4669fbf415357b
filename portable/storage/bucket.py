"""The declaration `Bucket` and its trigger. Its event is `event.StoredObject`, its clients are in `clients`."""

from __future__ import annotations

from portable.base.values import Value, check_name, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar, Literal


class Bucket(Value):
    """A bucket of objects: bytes under keys, with a content type and metadata. Declaring it calls no service.

    `name` has 2 to 40 characters: a lower case letter, then lower case letters, digits or `-`. Raises DeclarationError.
    A key has 1 to 1,024 bytes of UTF-8 without control characters, and no empty, `.` or `..` segment. Metadata has at
    most 2 KB.
    """

    kind: ClassVar[str] = "bucket"
    pillar: ClassVar[str] = "storage"
    name: str

    def __check__(self) -> None:
        check_name("bucket", self.name)

    def created(self, prefix: str = "", suffix: str = "") -> ObjectTrigger:
        """Call the function for each created or replaced object whose key has this `prefix` and `suffix`."""
        return ObjectTrigger(self, "created", prefix, suffix)

    def deleted(self, prefix: str = "", suffix: str = "") -> ObjectTrigger:
        """Call the function for each deleted object whose key has this `prefix` and `suffix`."""
        return ObjectTrigger(self, "deleted", prefix, suffix)


class ObjectTrigger(Value):
    """Calls the function for each object that is created in a bucket or deleted from it."""

    kind: ClassVar[str] = "object"
    bucket: Bucket
    event: Literal["created", "deleted"]
    prefix: str = ""
    suffix: str = ""

    def __check__(self) -> None:
        if self.event not in ("created", "deleted"):
            raise wrong(f'the event of a bucket must be "created" or "deleted", not {self.event!r}')
        for what in ("prefix", "suffix"):
            text = getattr(self, what)
            if not isinstance(text, str) or any(character < " " or character == "\x7f" for character in text):
                raise wrong(f"{what}={text!r} must be text without control characters")

    def describe(self) -> str:
        """Return the trigger as text for people, such as: objects created in photos as "originals/*.jpg"."""
        pattern = f' as "{self.prefix}*{self.suffix}"' if self.prefix or self.suffix else ""
        return f"objects {self.event} in {self.bucket.name}{pattern}"
