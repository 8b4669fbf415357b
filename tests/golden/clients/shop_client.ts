/** A client of written, version 0. Made by portable from its OpenAPI document; make it again when that changes. */

export type Colour = "blue" | "red";

/** What went wrong, and where in the request. */
export interface ErrorReply {
  /** What went wrong. */
  detail: unknown;
  /** The place in the request, such as query.size or body.items[0].price. */
  at?: string;
  /** All faults of a request that does not fit, the first of them included. */
  errors?: (Record<string, unknown>)[];
}

export interface Line {
  sku: string;
  count?: number;
}

export interface Order {
  id: string;
  lines?: Line[];
  "x-kind"?: Colour;
}

export interface Signup {
  name: string;
  tags?: string[];
  photo?: Blob | null;
}

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
    this.#url = url.replace(/\/+$/, "");
    this.#options = options;
  }

  /** Show "one" order.
 * 
 * Also * / this and \ that. */
  async show(orderId: string, options: { colour?: Colour; tag?: string[]; dry?: boolean; xAgent?: string } = {}): Promise<Record<string, unknown>> {
    return this.#send("GET", `/orders/${encodeURIComponent(String(orderId))}`, { "colour": options.colour, "tag": options.tag, "dry": options.dry }, { "x-agent": options.xAgent });
  }

  /** Send POST /orders. */
  async create(body: Order): Promise<Order> {
    return this.#send("POST", `/orders`, {}, {}, JSON.stringify(body), "application/json");
  }

  /** Send POST /numbers. */
  async numbers(body?: number[]): Promise<number[] | void> {
    return this.#send("POST", `/numbers`, {}, {}, body === undefined ? undefined : JSON.stringify(body), "application/json");
  }

  /** Send PUT /files/{name}. */
  async store(name: string, body?: BodyInit): Promise<string> {
    return this.#send("PUT", `/files/${encodeURIComponent(String(name)).replaceAll("%2F", "/")}`, {}, {}, body, "application/octet-stream");
  }

  /** Send GET /class. */
  async class(options: { default_?: number; self?: string } = {}): Promise<Blob> {
    return this.#send("GET", `/class`, { "default": options.default_, "self": options.self }, {});
  }

  /** Send DELETE /lines/{id}. */
  async remove(id: number): Promise<void> {
    return this.#send("DELETE", `/lines/${encodeURIComponent(String(id))}`, {}, {});
  }

  /** Send POST /signups. */
  async signUp(body: Signup): Promise<unknown[]> {
    return this.#send("POST", `/signups`, {}, {}, form(body));
  }

  /** Send POST /notes. */
  async note(body: Record<string, unknown>): Promise<unknown[]> {
    return this.#send("POST", `/notes`, {}, {}, form(body));
  }

  /** Send POST /text. */
  async text(body?: string): Promise<string> {
    return this.#send("POST", `/text`, {}, {}, body, "text/plain");
  }

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
      throw new ApiError(answer.status, told?.detail, told?.at, /^\d+$/.test(wait) ? Number(wait) : undefined);
    }
    if (answer.status === 204 || !kind) return undefined;
    return json ? answer.json() : kind.startsWith("text/") ? answer.text() : answer.blob();
  }
}

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
