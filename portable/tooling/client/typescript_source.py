"""Takes an OpenAPI document; returns a client in TypeScript: one module that needs only `fetch`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from portable.tooling.app.openapi.sources import ANY
from portable.tooling.client.operations import Body, Operation, Parameter, Schema, camel, free, is_file, operations

_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_NAME = re.compile(r"[A-Za-z_$][0-9A-Za-z_$]*")
_CLASSES = ("ApiError", "Client", "Options")
_WORDS = frozenset(
    (
        "body",
        "options",
        "constructor",
        "default",
        "delete",
        "function",
        "new",
        "class",
        "import",
        "export",
        "in",
        "return",
    )
)
_HEAD = """/** A client of {title}, version {version}. Made by portable from its OpenAPI document; make it again when that changes. */
"""
_CLIENT = """
/**
 * An answer that is an error. `detail` says what went wrong, `at` is the place in the request, and `retryAfter` are the
 * seconds after which to try again, such as for a 429.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: unknown;
  readonly at: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, detail: unknown, at?: string, retryAfter?: number) {
    super(`${status}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
    this.status = status;
    this.detail = detail;
    this.at = at;
    this.retryAfter = retryAfter;
  }
}

/** `headers` are sent with each request. `fetch` replaces the global one. */
export interface Options {
  headers?: Record<string, string>;
  fetch?: typeof fetch;
}

/** Calls the API at a URL. Each method throws an ApiError for an answer that is an error. */
export class Client {
  readonly #url: string;
  readonly #options: Options;

  constructor(url: string, options: Options = {}) {
    this.#url = url.replace(/\\/+$/, "");
    this.#options = options;
  }
"""
_SEND = """
  async #send(
    method: string,
    path: string,
    query: Record<string, unknown>,
    headers: Record<string, unknown>,
    body?: BodyInit,
    mediaType?: string,
  ): Promise<any> {
    const pairs = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== undefined && each !== null) pairs.append(name, String(each));
      }
    }
    const sent = new Headers(this.#options.headers);
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && value !== null) sent.set(name, String(value));
    }
    if (body !== undefined && mediaType) sent.set("content-type", mediaType);
    const search = pairs.toString();
    const call = this.#options.fetch ?? fetch;
    const answer = await call(`${this.#url}${path}${search ? `?${search}` : ""}`, { method, headers: sent, body });
    const kind = (answer.headers.get("content-type") ?? "").split(";")[0].trim();
    const json = kind === "application/json" || kind.endsWith("+json");
    if (!answer.ok) {
      const told = json ? await answer.json() : { detail: await answer.text() };
      const wait = answer.headers.get("retry-after") ?? "";
      throw new ApiError(answer.status, told?.detail, told?.at, /^\\d+$/.test(wait) ? Number(wait) : undefined);
    }
    if (answer.status === 204 || !kind) return undefined;
    return json ? answer.json() : kind.startsWith("text/") ? answer.text() : answer.blob();
  }
}
"""
_FORM = """
/** Returns a form as the body of a request. */
function form(body: object | undefined): FormData | undefined {
  if (body === undefined) return undefined;
  const made = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) made.append(name, each instanceof Blob ? each : String(each));
    }
  }
  return made;
}
"""


def source(document: Schema) -> str:
    """Return the module."""
    names = type_names(document)
    info = document["info"]
    text = _HEAD.format(title=_comment(info["title"]), version=_comment(info["version"]))
    for name, schema in document["components"]["schemas"].items():
        text += "\n" + "\n".join(_declared(names[name], schema, names)) + "\n"
    text += _CLIENT
    taken: set[str] = {"constructor"}
    for each in operations(document):
        name = free(camel(each.name), taken)
        taken.add(name)
        text += "\n" + "\n".join(f"  {line}" for line in _method(name, each, names)) + "\n"
    forms = any(each.body is not None and each.body.is_form for each in operations(document))
    return text + _SEND + (_FORM if forms else "")


def type_names(document: Schema) -> dict[str, str]:
    """Return the name of the type of each schema of a document."""
    taken = set(_CLASSES)
    found: dict[str, str] = {}
    for name in document["components"]["schemas"]:
        made = re.sub(r"[^0-9A-Za-z_$]", "_", name)
        found[name] = free(f"_{made}" if made[:1].isdigit() else made, taken)
        taken.add(found[name])
    return found


def _declared(name: str, schema: Schema, names: Mapping[str, str]) -> Iterator[str]:
    if schema.get("description"):
        yield f"/** {_comment(schema['description'])} */"
    properties = schema.get("properties")
    if not properties:
        yield f"export type {name} = {kind(schema, names)};"
        return
    yield f"export interface {name} {{"
    for key, part in properties.items():
        if part.get("description"):
            yield f"  /** {_comment(part['description'])} */"
        yield f"  {_key(key)}{'' if key in schema.get('required', ()) else '?'}: {kind(part, names)};"
    yield "}"


def kind(schema: Schema, names: Mapping[str, str]) -> str:
    """Return the TypeScript type of what a schema describes."""
    if "$ref" in schema:
        return names[str(schema["$ref"]).rpartition("/")[2]]
    if "const" in schema or "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _union([kind(part, names) for part in schema[several]])
    if is_file(schema):
        return "Blob"
    given = schema.get("type")
    if isinstance(given, list):
        return _union([kind({**schema, "type": each}, names) for each in given])
    if given == "array":
        item = kind(schema.get("items") or {}, names)
        return f"({item})[]" if " " in item else f"{item}[]"
    if given == "object":
        rest = schema.get("additionalProperties")
        return f"Record<string, {kind(rest, names) if isinstance(rest, Mapping) else 'unknown'}>"
    return _SCALARS.get(str(given), "unknown")


def _union(parts: list[str]) -> str:
    return "unknown" if "unknown" in parts or not parts else " | ".join(dict.fromkeys(parts))


def _method(name: str, operation: Operation, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a method: path parameters one by one, the body, then all others as one object."""
    taken = set(_WORDS)
    called: dict[tuple[str, str], str] = {}
    for each in operation.parameters:
        called[each.place, each.name] = free(camel(each.name), taken)
        taken.add(called[each.place, each.name])
    in_path = [each for each in operation.parameters if each.place == "path"]
    named = [each for each in operation.parameters if each.place in ("query", "header")]  # a page cannot set cookies
    arguments = [f"{called['path', each.name]}: {kind(each.schema, names)}" for each in in_path]
    body, needed = operation.body, any(each.required for each in named)
    if body is not None:
        must = body.required or needed
        arguments.append(
            f"body{'' if must else '?'}: {_sent(body, names)}{'' if body.required or not must else ' | undefined'}"
        )
    if named:
        arguments.append(_options(named, called, names, needed))
    yield f"/** {_comment(operation.says or f'Send {operation.method} {operation.path}.')} */"
    replies = [_reply(media_type, schema, names) for media_type, schema in operation.replies]
    yield f"async {name}({', '.join(arguments)}): Promise<{_union(replies)}> {{"
    path = operation.path.replace("`", "\\`").replace("${", "\\${")
    for each in in_path:
        text = f"encodeURIComponent(String({called['path', each.name]}))"
        text = f'{text}.replaceAll("%2F", "/")' if each.whole else text
        path = path.replace(f"{{{each.name}}}", f"${{{text}}}")
    held = {
        place: "{ "
        + ", ".join(
            f"{json.dumps(each.name)}: options.{called[place, each.name]}" for each in named if each.place == place
        )
        + " }"
        for place in ("query", "header")
    }
    given = [
        json.dumps(operation.method),
        f"`{path}`",
        *(text if "options" in text else "{}" for text in held.values()),
    ]
    yield f"  return this.#send({', '.join([*given, *_bytes(body)])});"
    yield "}"


def _options(
    named: list[Parameter], called: Mapping[tuple[str, str], str], names: Mapping[str, str], needed: bool
) -> str:
    fields = [
        f"{called[each.place, each.name]}{'' if each.required else '?'}: {kind(each.schema, names)}" for each in named
    ]
    return f"options: {{ {'; '.join(fields)} }}{'' if needed else ' = {}'}"


def _sent(body: Body, names: Mapping[str, str]) -> str:
    if body.is_form:
        return kind(body.schema, names)
    return {"application/json": kind(body.schema, names), "text/plain": "string"}.get(body.media_type, "BodyInit")


def _bytes(body: Body | None) -> list[str]:
    """Return the expressions of a body as `fetch` takes it, and of its media type."""
    if body is None:
        return []
    if body.is_form:
        return ["form(body)"]  # `fetch` sets the media type, which has the boundary
    if body.media_type != "application/json":
        return ["body", json.dumps(body.media_type)]
    made = "JSON.stringify(body)"
    return [made if body.required else f"body === undefined ? undefined : {made}", json.dumps(body.media_type)]


def _reply(media_type: str, schema: Schema, names: Mapping[str, str]) -> str:
    if not media_type:
        return "void"
    if media_type == ANY:
        return "unknown"
    if media_type == "application/json":
        return kind(schema, names)
    return "string" if media_type.startswith("text/") else "Blob"


def _key(name: str) -> str:
    return name if _NAME.fullmatch(name) else json.dumps(name)


def _comment(text: str) -> str:
    """Return a text as it stands in a comment."""
    return "\n * ".join(text.replace("*/", "* /").splitlines())
