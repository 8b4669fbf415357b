"""Mistakes with objects: trusted events, missing copies, overwritten indexes."""

from __future__ import annotations

from mutants.form import PLAIN, mistake

INDEX = """
files = Bucket("files")
names = Table("names", key="name")

@function(files.created(prefix="in/"))
def created(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, names]) -> None:
    rows.put({"name": found.key})
    if not bucket.exists(found.key):  # it was deleted meanwhile, and that event may have been handled before our row
        rows.delete(found.key)

@function(files.deleted(prefix="in/"))
def deleted(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, names]) -> None:
    if not bucket.exists(found.key):
        rows.delete(found.key)
"""


@mistake(
    "The code trusts the event that an object was created, although the object may be deleted by now.",
    right="Check what exists now.",
    app=INDEX,
    change={
        '    rows.put({"name": found.key})\n    if not bucket.exists(found.key):': (
            '    rows.put({"name": found.key})\n    if False and not bucket.exists(found.key):'
        )
    },
)
def a_deleted_file_has_no_row(cloud, app):
    for key in ("in/a", "in/b"):
        cloud.bucket(app.files).put(key, b"x")
    cloud.bucket(app.files).delete("in/a")
    cloud.settle()
    assert [row["name"] for row in cloud.table(app.names).rows()] == ["in/b"]


@mistake(
    "The code trusts the event that an object was deleted, although the object may exist again.",
    right="Check what exists now.",
    app=INDEX,
    change={"    if not bucket.exists(found.key):\n        rows.delete(found.key)\n": "    rows.delete(found.key)\n"},
)
def a_file_that_is_back_has_its_row(cloud, app):
    bucket = cloud.bucket(app.files)
    bucket.put("in/a", b"x")
    bucket.delete("in/a")
    bucket.put("in/a", b"y")
    cloud.settle()
    assert [row["name"] for row in cloud.table(app.names).rows()] == ["in/a"]


MOVE = """
files = Bucket("files")
moves = Queue("moves")

@function(moves.messages())
def move(message: Message[list[str]], bucket: Annotated[BucketReadWriter, files]) -> None:
    source, target = message.payload
    if bucket.exists(source):
        bucket.copy(source, target)
        bucket.delete(source)
    elif not bucket.exists(target):
        raise NotFound(source)
"""


@mistake(
    "A file is deleted before it was copied.",
    right="Copy first, delete last.",
    app=MOVE,
    change={
        """        bucket.copy(source, target)
        bucket.delete(source)
""": """        content = bucket.get(source)
        bucket.delete(source)
        bucket.put(target, content)
"""
    },
)
def a_file_that_moves_is_not_lost(cloud, app):
    cloud.bucket(app.files).put("old", b"content")
    cloud.queue(app.moves).send(["old", "new"])
    cloud.settle()
    assert cloud.bucket(app.files).keys() == ["new"]
    assert cloud.bucket(app.files).get("new") == b"content"


@mistake(
    "A missing file is treated as empty, although an earlier delivery has moved it.",
    right="If the file is missing and its copy exists, it was moved already.",
    app=MOVE,
    change={
        "    elif not bucket.exists(target):\n        raise NotFound(source)\n": '    else:\n        bucket.put(target, b"")\n'
    },
)
def a_file_that_moves_keeps_its_content(cloud, app):
    cloud.bucket(app.files).put("old", b"content")
    cloud.queue(app.moves).send(["old", "new"])
    cloud.settle()
    assert cloud.bucket(app.files).get("new") == b"content"


LOG = """
files = Bucket("files")
lines = Queue("lines")

@function(lines.messages(), retry=Retry(attempts=6))
def append(message: Message[str], bucket: Annotated[BucketReadWriter, files]) -> None:
    try:
        there, info = json.loads(bucket.get("log")), bucket.head("log")
    except NotFound:
        bucket.put("log", json.dumps([message.payload]).encode(), if_absent=True)
        return
    if message.payload in there:
        return
    bucket.put("log", json.dumps([*there, message.payload]).encode(), if_match=info.etag)
"""


@mistake(
    "An object is read, changed and written back without a check of its etag.",
    right="Put it with if_match: after a Conflict the message is delivered again.",
    app=LOG.replace(
        'there, info = json.loads(bucket.get("log")), bucket.head("log")',
        'info, there = bucket.head("log"), json.loads(bucket.get("log"))',
    ),
    change={", if_match=info.etag)": ")"},
)
def every_line_is_in_the_log(cloud, app):
    cloud.bucket(app.files).put("log", b'["first"]')
    for line in ("a", "b", "c"):
        cloud.queue(app.lines).send(line)
    cloud.settle()
    assert sorted(cloud.bucket(app.files).get("log").decode()) == sorted('["first", "a", "b", "c"]')


@mistake(
    "The etag is read after the content, so it may belong to newer content.",
    right="Read the etag first: if the content is newer, the write is refused.",
    app=LOG.replace(
        'there, info = json.loads(bucket.get("log")), bucket.head("log")',
        'info, there = bucket.head("log"), json.loads(bucket.get("log"))',
    ),
    change={
        'info, there = bucket.head("log"), json.loads(bucket.get("log"))': (
            'there, info = json.loads(bucket.get("log")), bucket.head("log")'
        )
    },
)
def no_line_is_overwritten(cloud, app):
    cloud.bucket(app.files).put("log", b'["first"]')
    for line in ("a", "b", "c"):
        cloud.queue(app.lines).send(line)
    cloud.settle()
    assert sorted(cloud.bucket(app.files).get("log").decode()) == sorted('["first", "a", "b", "c"]')


@mistake(
    "If there is no object, the handler puts one without if_absent.",
    right="Use put(…, if_absent=True): a Conflict means that another handler was first.",
    app="""
files = Bucket("files")
owners = Table("owners", key="name")
claims = Queue("claims")

@function(claims.messages())
def claim(
    message: Message[str], bucket: Annotated[BucketReadWriter, files], rows: Annotated[TableWriter, owners]
) -> None:
    if not bucket.exists("lock"):
        try:
            bucket.put("lock", message.payload.encode(), if_absent=True)
        except Conflict:
            pass
    rows.put({"name": message.payload, "owner": bucket.get("lock").decode() == message.payload})
""",
    change={"message.payload.encode(), if_absent=True)": "message.payload.encode())"},
)
def a_lock_has_one_owner(cloud, app):
    for who in ("ada", "bob"):
        cloud.queue(app.claims).send(who)
    cloud.settle()
    assert len([row for row in cloud.table(app.owners).rows() if row["owner"]]) == 1


@mistake(
    "An upload is deleted before its result is stored.",
    right="Delete last.",
    app="""
files = Bucket("files")
words = Table("words", key="file")

@function(files.created(prefix="in/"))
def count(found: StoredObject, bucket: Annotated[BucketReadWriter, files], rows: Annotated[TableWriter, words]) -> None:
    try:
        content = bucket.get(found.key)
    except NotFound:
        return  # it was counted
    rows.put({"file": found.key, "words": len(content.split())})
    bucket.delete(found.key)
""",
    change={
        """    rows.put({"file": found.key, "words": len(content.split())})
    bucket.delete(found.key)
""": """    bucket.delete(found.key)
    rows.put({"file": found.key, "words": len(content.split())})
"""
    },
)
def every_upload_is_counted(cloud, app):
    cloud.bucket(app.files).put("in/a", b"one two")
    cloud.settle()
    assert cloud.table(app.words).get("in/a")["words"] == 2


@mistake(
    "The size and the etag of an event are stored, although the object may have changed.",
    right="Read them from the object: head(key).",
    app="""
files = Bucket("files")
sizes = Table("sizes", key="name")

@function(files.created())
def measure(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, sizes]) -> None:
    info = bucket.head(found.key)
    newer = ~field("at").exists() | (field("at") <= info.modified_at)
    try:
        rows.update(found.key, set={"size": info.size, "at": info.modified_at}, condition=newer)
    except Conflict:
        return
""",
    change={'"size": info.size,': '"size": found.size,'},
)
def a_size_is_that_of_the_newest_content(cloud, app):
    cloud.bucket(app.files).put("a", b"x")
    cloud.bucket(app.files).put("a", b"longer")
    cloud.settle()
    assert cloud.table(app.sizes).get("a")["size"] == 6


@mistake(
    "A key is decoded a second time.",
    right="Use the key as it is.",
    app="""
files = Bucket("files")
sizes = Table("sizes", key="name")

@function(files.created())
def measure(found: StoredObject, bucket: Annotated[BucketReader, files], rows: Annotated[TableWriter, sizes]) -> None:
    key = found.key
    rows.put({"name": key, "size": bucket.head(key).size})
""",
    change={"    key = found.key\n": '    key = found.key.replace("+", " ")\n'},
    found_by=PLAIN,
)
def a_name_may_hold_anything(cloud, app):
    names = ["50%/a&b.txt", "one+two three.txt", "ümlaut.txt"]
    for name in names:
        cloud.bucket(app.files).put(name, b"xyz")
    cloud.settle()
    assert sorted(row["name"] for row in cloud.table(app.sizes).rows()) == names


@mistake(
    "A manifest is read, extended by one name and written back.",
    right="Make the manifest from the existing objects.",
    app="""
files = Bucket("files")

@function(files.created(prefix="in/"), retry=Retry(attempts=6))
def manifest(found: StoredObject, bucket: Annotated[BucketReadWriter, files]) -> None:
    names = sorted(item.key for item in bucket.list("in/").items)
    bucket.put("manifest", "\\n".join(names).encode())
""",
    change={
        '    names = sorted(item.key for item in bucket.list("in/").items)\n': """    try:
        names = bucket.get("manifest").decode().split()
    except NotFound:
        names = []
    names = sorted({*names, found.key})
"""
    },
)
def the_manifest_names_every_file(cloud, app):
    for name in ("in/a", "in/b", "in/c"):
        cloud.bucket(app.files).put(name, b"")
    cloud.settle()
    assert cloud.bucket(app.files).get("manifest").decode().split() == ["in/a", "in/b", "in/c"]
