// What direct uploads are made of: one transfer with progress, errors, and when to try again.

const ATTEMPTS = 5;
const FIRST_PAUSE = 500; // milliseconds, as all of these; each pause is twice the one before
const LONGEST_PAUSE = 60_000;
const STALLED_AFTER = 60_000; // without a byte on its way

/**
 * What went wrong: `message` for people, `code` for programs, `status` of HTTP (0 without an
 * answer), and `problem`, the whole answer of the API where it gave one (docs/api.md).
 *
 * Codes besides those of the API: "network", "aborted", "empty", "storage_refused" (the bucket said
 * no), "unexpected_answer".
 */
export class UploadError extends Error {
  constructor(message, { code, status = 0, problem = null, retryAfter = null, cause } = {}) {
    super(message, { cause });
    this.name = code === "aborted" ? "AbortError" : "UploadError";
    Object.assign(this, { code, status, problem, retryAfter });
  }

  /** Whether the same request may succeed a little later. */
  get mayPass() {
    if (this.code === "network" || this.code === "idempotency_key_in_use") return true;
    return [408, 425, 429].includes(this.status) || this.status >= 500;
  }

  /** Whether the server has said its last word on this file: not on who asks, nor when. */
  get isFinal() {
    return this.status >= 400 && ![401, 403, 409].includes(this.status) && !this.mayPass;
  }
}

export function connectionFailed(cause) {
  return new UploadError("The connection failed.", { code: "network", cause });
}

export function aborted() {
  return new UploadError("The upload was cancelled.", { code: "aborted" });
}

/** Return the error for an answer that is none of success: a problem of the API, or a bucket's. */
export function refusal(status, said, retryAfter) {
  const seconds = Number.parseInt(retryAfter ?? "", 10);
  const more = { status, retryAfter: Number.isNaN(seconds) ? null : seconds * 1000 };
  if (typeof said?.code === "string") {
    const errors = said.errors?.map((each) => `${each.field}: ${each.message}`) ?? [];
    const message = errors.join(" ") || said.detail || said.title || said.code;
    return new UploadError(message, { ...more, code: said.code, problem: said });
  }
  return new UploadError(`The server answered with status ${status}.`, {
    ...more,
    code: "unexpected_answer",
  });
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Send a body to where the upload said. By XMLHttpRequest, which alone tells how far it is; without
 * headers of ours and without credentials for another origin.
 */
export function transfer({ method, url, headers = {}, body, signal, onSent }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let timer;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, STALLED_AFTER);
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      watch();
      onSent(loaded);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(transferRefused(request));
    };
    request.onerror = () => reject(connectionFailed());
    request.onabort = () => reject(signal?.aborted ? aborted() : connectionFailed());
    request.onloadend = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort);
    watch();
    request.send(body);
  });
}

function transferRefused(request) {
  const { status, responseText } = request;
  const said = parsed(responseText);
  if (said) return refusal(status, said, request.getResponseHeader("Retry-After"));
  const reason = /<Code>(\w+)<\/Code>/.exec(responseText)?.[1] ?? `status ${status}`;
  return new UploadError(`The storage refused the file: ${reason}.`, {
    code: "storage_refused",
    status,
  });
}

/** Return how long to wait before the next attempt, null where none may help. */
export function pauseAfter(error, count) {
  if (!error.mayPass || count === ATTEMPTS || error.retryAfter > LONGEST_PAUSE) return null;
  // With a little chance, so that those who failed together do not come back together.
  return error.retryAfter ?? FIRST_PAUSE * 2 ** (count - 1) * (1 + Math.random() / 2);
}

export function sleep(milliseconds, signal) {
  if (signal?.aborted) return Promise.reject(aborted());
  return new Promise((resolve, reject) => {
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
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}
