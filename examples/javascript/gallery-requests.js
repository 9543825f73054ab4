// What GalleryClient is made of: one request, its errors, and when it is sent again.

/** @import { ClientOptions, Problem, Progress, RetryPolicy } from "./gallery-types.d.ts" */

const RETRIED = new Set([429, 502, 503, 504]);
// With these the server says that it has done nothing.
const NOTHING_DONE = new Set([429, 503]);
const RETRY = { attempts: 5, pause: 500, longest: 60_000 };
const TIMEOUT = 120_000; // milliseconds

/**
 * What went wrong: `message` and `detail` for people, `code` for programs (docs/api.md).
 *
 * Codes besides those of the API: "network", "aborted", "unexpected_answer".
 */
export class GalleryError extends Error {
  /**
   * @param {string} message
   * @param {object} facts
   * @param {string} facts.code
   * @param {number} [facts.status] of HTTP; 0 without an answer
   * @param {any} [facts.body] the answer, where it was JSON
   * @param {number | null} [facts.retryAfter] seconds
   * @param {unknown} [facts.cause]
   */
  constructor(message, { code, status = 0, body = null, retryAfter = null, cause }) {
    super(message, { cause });
    this.name = code === "aborted" ? "AbortError" : "GalleryError";
    this.code = code;
    this.status = status;
    this.detail = /** @type {string} */ (body?.detail ?? message);
    /** What is invalid, with the code `invalid_input`. */
    this.errors = /** @type {NonNullable<Problem["errors"]>} */ (body?.errors ?? []);
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {object} Answer
 * @property {any} data what was answered, null where that is nothing
 * @property {string | null} etag
 *
 * @typedef {object} Request
 * @property {unknown} [json]
 * @property {FormData} [form]
 * @property {string} [key] of idempotency; a random one for each POST unless given
 * @property {string | null} [ifMatch] the ETag that must still hold
 * @property {AbortSignal} [signal]
 * @property {number} [total] bytes of the file, for progress
 * @property {(progress: Progress) => void} [onProgress]
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {string} text
 * @property {(name: string) => string | null} header
 *
 * @typedef {{ method: string, url: URL, headers: Record<string, string>, signal: AbortSignal | undefined }} Envelope
 * @typedef {Envelope & { body: FormData, timeout: number, onSent: (bytes: number) => void }} Parcel
 */

/** Sends requests to the API, each again while that may help. */
export class Requests {
  /** @param {Omit<ClientOptions, "organization">} options */
  constructor(options) {
    this.options = options;
    this.base = new URL(options.baseUrl ?? "/api/v1/", globalThis.document?.baseURI);
    if (!this.base.pathname.endsWith("/")) this.base.pathname += "/";
    this.policy = { ...RETRY, ...options.retry };
    this.timeout = options.timeout ?? TIMEOUT;
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.usesXhr = !options.fetch && typeof XMLHttpRequest !== "undefined";
  }

  /**
   * Return the headers that say who asks.
   *
   * @returns {Promise<Record<string, string>>}
   */
  async headers() {
    const { token, getToken, csrfToken } = this.options;
    const access = getToken ? await getToken() : token;
    if (access) return { Authorization: `Bearer ${access}` };
    const csrf = typeof csrfToken === "function" ? csrfToken() : csrfToken;
    return csrf ? { "X-CSRFToken": csrf } : {};
  }

  /**
   * @param {string} method
   * @param {string} path below the base
   * @param {Request} [request]
   * @returns {Promise<Answer>}
   */
  async send(method, path, request = {}) {
    // One name for all attempts: the server carries them out once.
    const key = method === "POST" ? (request.key ?? randomKey()) : undefined;
    const { signal, total = 0, onProgress } = request;
    for (let count = 1; ; count += 1) {
      if (signal?.aborted) throw aborted();
      try {
        const answer = await this.attempt(method, path, { ...request, key });
        onProgress?.({ sent: total, total, phase: "done" });
        return answer;
      } catch (error) {
        if (!(error instanceof GalleryError)) throw error;
        // It is gone, by an attempt whose answer was lost.
        if (method === "DELETE" && count > 1 && error.status === 404) {
          return { data: null, etag: null };
        }
        const pause = pauseAfter(error, count, this.policy, Boolean(request.ifMatch));
        if (pause === null) throw error;
        onProgress?.({ sent: 0, total, phase: "waiting" });
        await sleep(pause, signal);
      }
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Request} request
   * @returns {Promise<Answer>}
   */
  async attempt(method, path, { json, form, key, ifMatch, signal, total = 0, onProgress }) {
    const headers = await this.headers();
    headers["Accept"] = "application/json";
    if (json !== undefined) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    if (ifMatch) headers["If-Match"] = ifMatch;
    const envelope = { method, url: new URL(path, this.base), headers, signal };
    /** @param {number} bytes */
    const onSent = (bytes) => {
      // A form is a little larger than its file.
      onProgress?.({ sent: Math.min(bytes, total), total, phase: "sending" });
    };
    const { timeout } = this;
    if (form) onSent(0);
    const reply =
      form && this.usesXhr
        ? await sendForm({ ...envelope, body: form, timeout, onSent })
        : await this.ask(envelope, form ?? (json === undefined ? undefined : JSON.stringify(json)));
    return read(reply);
  }

  /**
   * @param {Envelope} envelope
   * @param {BodyInit | undefined} body
   * @returns {Promise<Reply>}
   */
  async ask({ method, url, headers, signal }, body) {
    const limit = AbortSignal.timeout(this.timeout);
    const init = { method, headers, body, signal: signal ? AbortSignal.any([signal, limit]) : limit };
    try {
      const response = await this.fetch(url, { ...init, credentials: "same-origin" });
      const text = await response.text();
      return { status: response.status, text, header: (name) => response.headers.get(name) };
    } catch (cause) {
      throw signal?.aborted ? aborted() : connectionFailed(cause);
    }
  }
}

/**
 * Send a form by XMLHttpRequest, which alone tells how far it is.
 *
 * @param {Parcel} parcel
 * @returns {Promise<Reply>}
 */
function sendForm({ method, url, headers, body, signal, timeout, onSent }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer = setTimeout(abort, timeout);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer);
      timer = setTimeout(abort, timeout);
      onSent(loaded);
    };
    request.onload = () => {
      const { status, responseText: text } = request;
      resolve({ status, text, header: (name) => request.getResponseHeader(name) });
    };
    request.onerror = () => reject(connectionFailed());
    request.onabort = () => reject(signal?.aborted ? aborted() : connectionFailed());
    request.onloadend = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort);
    request.send(body);
  });
}

/**
 * Return what a reply says, or throw it.
 *
 * @param {Reply} reply
 * @returns {Answer}
 */
function read({ status, text, header }) {
  const data = parsed(text);
  if (status >= 200 && status < 300 && (data !== null || status === 204)) {
    return { data, etag: header("ETag") };
  }
  const facts = { status, body: data, retryAfter: secondsOf(header("Retry-After")) };
  if (typeof data?.code !== "string") {
    const message = `The server answered with status ${status}.`;
    throw new GalleryError(message, { ...facts, code: "unexpected_answer" });
  }
  const problem = /** @type {Problem} */ (data);
  const said = problem.errors?.map(({ field, message }) => (field ? `${field}: ${message}` : message)) ?? [];
  throw new GalleryError(said.join(" ") || problem.detail, { ...facts, code: problem.code });
}

/**
 * @param {string} text
 * @returns {any}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Read `Retry-After`: seconds, or a date.
 *
 * @param {string | null} value
 */
function secondsOf(value) {
  if (value === null) return null;
  if (/^\s*\d+\s*$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}

/**
 * Return how many milliseconds to wait before the next attempt, null where none may help.
 *
 * A change with If-Match that may have been carried out is not sent again: it would be refused for
 * what it did itself.
 *
 * @param {GalleryError} error
 * @param {number} count attempts so far
 * @param {Required<RetryPolicy>} policy
 * @param {boolean} isConditional
 */
function pauseAfter(error, count, policy, isConditional) {
  const mayPass = isConditional
    ? NOTHING_DONE.has(error.status)
    : RETRIED.has(error.status) || ["network", "idempotency_key_in_use"].includes(error.code);
  if (!mayPass || count >= policy.attempts) return null;
  const asked = (error.retryAfter ?? 0) * 1000;
  if (asked > policy.longest) return null;
  // With a little chance, so that those who failed together do not come back together.
  const half = Math.min(policy.pause * 2 ** (count - 1), policy.longest) / 2;
  return Math.max(asked, half) + Math.random() * half;
}

/** @param {unknown} [cause] */
function connectionFailed(cause) {
  return new GalleryError("The connection failed.", { code: "network", cause });
}

function aborted() {
  return new GalleryError("The request was cancelled.", { code: "aborted" });
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(); // by whoever was told of the pause
    const wake = () => {
      clearTimeout(timer);
      reject(aborted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", wake);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", wake);
  });
}

/** Return a name that nobody else gives; `crypto.randomUUID` is missing on plain HTTP. */
function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}
