"""An honest server of Cloud Storage's XML API in memory, as far as obstore speaks it; no packaged fake serves that.

Preconditions are checked and changed under one lock, parts are checked for size, order and etag, listings page, signed
URLs are verified (V4, RSA) when a public key is given. `failures` holds statuses to answer next, one a request;
`delay` is the seconds that every answer takes.
"""

from __future__ import annotations

import base64
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from servers.gcs_objects import Objects, Stored
from servers.gcs_signed import SignedRequest, refusal

KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language")


class GcsServer(ThreadingHTTPServer):
    """Buckets, the size of a listing's page, statuses to fail with, and the PEM key that signed URLs are checked by."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *buckets: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.buckets = {name: Objects() for name in buckets}
        self.page_size = 1000
        self.failures: list[int] = []
        self.delay = 0.0
        self.requests: list[str] = []
        self.public_key: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def gcs_server(*buckets: str) -> Iterator[GcsServer]:
    """Serve buckets until the block ends."""
    server = GcsServer(*buckets)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: GcsServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing: `server.requests` is the record."""

    def any_method(self) -> None:
        """Read the request, answer it."""
        url = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(f"{self.command} {self.path}")
        time.sleep(self.server.delay)
        if self.server.failures:
            self.fail(self.server.failures.pop(0), "InjectedFailure")
            return
        if "X-Goog-Signature" in self.query:
            request = SignedRequest(self.command, url.path, url.query, dict(self.headers.items()))
            reason = refusal(request, self.server.public_key)
            if reason is not None:
                self.fail(403, reason)
                return
        _, bucket, *rest = url.path.split("/", 2)
        found = self.server.buckets.get(unquote(bucket))
        if found is None:
            self.fail(404, "NoSuchBucket")
            return
        self.bucket, self.key = found, unquote(rest[0]) if rest else ""
        if not self.key:
            self.list_objects(unquote(bucket))
            return
        {"GET": self.get, "HEAD": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete}[self.command]()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = any_method  # noqa: N815

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Answer; nothing is locked here, so a slow reader holds up nobody."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def xml(self, body: str, headers: dict[str, str] | None = None, status: int = 200) -> None:
        """Answer with an XML document."""
        text = f"<?xml version='1.0' encoding='UTF-8'?>{body}".encode()
        self.reply(status, text, {"Content-Type": "application/xml; charset=UTF-8", **(headers or {})})

    def fail(self, status: int, code: str) -> None:
        """Answer with an error."""
        self.xml(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>", status=status)

    def kept(self) -> dict[str, str]:
        """Return the headers that are stored with the object."""
        names = {name.lower(): value for name, value in self.headers.items()}
        return {name: value for name, value in names.items() if name in KEPT or name.startswith("x-goog-meta-")}

    def put(self) -> None:
        """Store an object, a part or a copy."""
        if "uploadId" in self.query:
            etag = self.bucket.part(self.query["uploadId"], int(self.query["partNumber"]), self.body)
            self.reply(200, b"", {"ETag": etag}) if etag else self.fail(404, "NoSuchUpload")
            return
        source = self.headers.get("x-goog-copy-source")
        with self.bucket.lock:
            if not self.bucket.holds(self.key, self.headers.get("x-goog-if-generation-match")):
                stored: Stored | str = "PreconditionFailed"
            elif source is None:
                stored = self.bucket.put(self.key, self.body, self.kept())
            else:
                name, key = unquote(source).lstrip("/").split("/", 1)
                found = self.server.buckets[name].stored.get(key)
                stored = self.bucket.put(self.key, found.data, found.headers) if found else "NoSuchKey"
        if isinstance(stored, str):
            self.fail(412 if stored == "PreconditionFailed" else 404, stored)
        elif source is None:
            self.reply(200, b"", described(stored))
        else:
            self.xml(f"<CopyObjectResult><ETag>{escape(stored.etag)}</ETag></CopyObjectResult>", described(stored))

    def post(self) -> None:
        """Begin an upload in parts, or complete it."""
        if "uploads" in self.query:
            name = self.bucket.begin(self.key, self.kept())
            self.xml(
                f"<InitiateMultipartUploadResult><Key>{escape(self.key)}</Key>"
                f"<UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
            )
            return
        wanted = []
        for part in ET.fromstring(self.body):
            fields = {child.tag.rpartition("}")[2]: child.text or "" for child in part}
            wanted.append((int(fields["PartNumber"]), fields["ETag"].strip()))
        stored = self.bucket.complete(self.query["uploadId"], wanted)
        if isinstance(stored, str):
            self.fail(404 if stored == "NoSuchUpload" else 400, stored)
        else:
            etag = f"<ETag>{escape(stored.etag)}</ETag>"
            self.xml(f"<CompleteMultipartUploadResult>{etag}</CompleteMultipartUploadResult>", described(stored))

    def delete(self) -> None:
        """Delete an object, or give up an upload."""
        with self.bucket.lock:
            if "uploadId" in self.query:
                gone: object = self.bucket.uploads.pop(self.query["uploadId"], None)
            else:
                gone = self.bucket.stored.pop(self.key, None)
        self.reply(204) if gone else self.fail(404, "NoSuchKey")

    def get(self) -> None:
        """Answer with an object, or with a range of it."""
        stored = self.bucket.stored.get(self.key)
        if stored is None:
            self.fail(404, "NoSuchKey")
            return
        match = self.headers.get("If-Match")
        if match not in (None, "*") and stored.etag not in [etag.strip() for etag in match.split(",")]:
            self.fail(412, "PreconditionFailed")
            return
        size, headers = len(stored.data), {**described(stored), **stored.headers}
        first, _, last = (self.headers.get("Range") or "").removeprefix("bytes=").partition("-")
        if not first and not last:
            self.reply(200, stored.data, {**headers, "Content-Length": str(size)})
            return
        start = int(first) if first else max(0, size - int(last))
        end = min(int(last), size - 1) if first and last else size - 1
        if start >= size:
            self.fail(416, "InvalidRange")
            return
        data = stored.data[start : end + 1]
        headers |= {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(len(data))}
        self.reply(206, data, headers)

    def list_objects(self, name: str) -> None:
        """Answer with one page of a listing."""
        after, token = self.query.get("start-after", ""), self.query.get("continuation-token")
        if token:
            after = base64.urlsafe_b64decode(token).decode()
        most = min(int(self.query.get("max-keys", "1000")), self.server.page_size)
        delimiter = self.query.get("delimiter", "")
        found, more = self.bucket.page(self.query.get("prefix", ""), delimiter, after, most)
        body = "".join(listed(key, stored) for key, stored in found)
        if more:
            following = base64.urlsafe_b64encode(found[-1][0].encode()).decode()
            body += f"<NextContinuationToken>{following}</NextContinuationToken>"
        body += f"<Name>{name}</Name><IsTruncated>{str(more).lower()}</IsTruncated>"
        self.xml(f"<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>{body}</ListBucketResult>")


def described(stored: Stored) -> dict[str, str]:
    """Return the headers that describe an object."""
    modified = formatdate(stored.modified, usegmt=True)
    return {"ETag": stored.etag, "x-goog-generation": str(stored.generation), "Last-Modified": modified}


def listed(key: str, stored: Stored | None) -> str:
    """Return an entry of a listing."""
    if stored is None:
        return f"<CommonPrefixes><Prefix>{escape(key)}</Prefix></CommonPrefixes>"
    modified = datetime.fromtimestamp(stored.modified, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified>"
        f"<ETag>{escape(stored.etag)}</ETag><Size>{len(stored.data)}</Size></Contents>"
    )
