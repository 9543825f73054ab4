// Direct uploads for any page: one function, without dependencies or a build step.
import { Memory } from "./direct-upload-memory.js";
import {
  aborted,
  connectionFailed,
  parsed,
  pauseAfter,
  randomKey,
  refusal,
  sleep,
  transfer,
  UploadError,
} from "./direct-upload-requests.js";

/**
 * Send an image straight to where it is stored, with progress, and go on where it stopped.
 * Pages get it from the URL that `{% static 'gallery/direct-upload.js' %}` names.
 *
 *     const image = await uploadImage(file, {
 *       endpoint: "/api/v1/images/orgs/acme/",
 *       fields: { title: "Harbour", focal_point: { x: 0.3, y: 0.7 } },
 *       headers: { "X-CSRFToken": token },
 *       onProgress: ({ sent, total, phase }) => { bar.max = total; bar.value = sent; },
 *       signal: controller.signal,
 *     });
 *
 * Options:
 *   endpoint     of the organisation; what is relative is so to the page
 *   fields       what is said about the image: title, alt_text, description, decorative,
 *                visibility, focal_point
 *   headers      of requests to the API, never of those to a bucket: `X-CSRFToken` with a session,
 *                or `Authorization: Bearer …`; or a function, async or not, that returns them and is
 *                asked before each request, so that a token that expires can be renewed
 *   credentials  as `fetch` takes it, for the API; "same-origin" unless given
 *   onProgress   called with bytes and a phase: "starting", "sending", "waiting" (before it is
 *                tried again), "checking" (the server makes the image), "done"
 *   signal       an AbortSignal: ends the upload here and on the server. An image that the server
 *                is making by then is made all the same, and returned
 *   resume       true unless given: an upload that broke off is remembered in localStorage by the
 *                file's name, size and time, and the next attempt with the same endpoint and fields
 *                sends only what has not arrived
 *
 * Returns the image, as `GET images/{id}/` shows it. Throws an UploadError.
 */
export async function uploadImage(file, options) {
  const upload = new Upload(file, options);
  try {
    return await upload.run();
  } catch (error) {
    await upload.fail(error);
    throw error;
  } finally {
    upload.memory.close();
  }
}

export { UploadError };

const PARTS_AT_ONCE = 3;
const ROUNDS = 3; // of asking what is missing and sending that
const TYPES_BY_ENDING = { heic: "image/heic", heif: "image/heic", avif: "image/avif" };
const MISSING = new Set(["upload_incomplete", "storage_refused", "not_found"]);

/** One file on its way. */
class Upload {
  constructor(file, options) {
    this.file = file;
    this.options = { fields: {}, headers: {}, credentials: "same-origin", ...options };
    this.endpoint = new URL(options.endpoint.replace(/\/*$/, "/"), document.baseURI);
    this.body = { ...this.options.fields, ...factsOf(file) };
    this.memory = new Memory(file, this.endpoint, options.resume ?? true);
    this.sent = 0;
  }

  async run() {
    this.report("starting");
    if (this.file.size === 0) throw new UploadError("The file is empty.", { code: "empty" });
    let how = await this.begin();
    for (let round = 1; ; round += 1) {
      try {
        await this.send(how);
        const image = await this.complete(how.id);
        this.memory.forget();
        this.report("done", this.file.size);
        return image;
      } catch (error) {
        // A URL ran out on the way, or something did not arrive after all: ask, and send that.
        if (round === ROUNDS || !MISSING.has(error.code)) throw error;
        how = await this.ask("GET", `uploads/${how.id}/`);
      }
    }
  }

  /** Return how to send the file: as an earlier attempt was told, or anew. */
  async begin() {
    const fields = JSON.stringify(this.body);
    let known = this.memory.read();
    if (known && known.fields !== fields) {
      // Something else is said about the image now; the server keeps to what was said first.
      if (known.id) await this.remove(known.id);
      known = null;
    }
    if (known?.id) {
      try {
        return await this.show(known.id);
      } catch (error) {
        if (error.status !== 404) throw error;
        known = null;
      }
    }
    // With a key, so that an answer that gets lost, even with the page, is no second upload.
    const key = known?.key ?? randomKey();
    this.memory.write({ key, fields });
    const how = await this.ask("POST", "uploads/", { body: this.body, key });
    this.memory.write({ key, fields, id: how.id, expires: how.expires_at });
    this.id = how.id;
    // An answer that is given again may be hours old, and its URLs with it.
    return known ? this.show(how.id) : how;
  }

  async show(id) {
    const how = await this.ask("GET", `uploads/${id}/`);
    this.id = id;
    return how;
  }

  async send(how) {
    if (how.image !== null) return; // only the answer was lost
    if (how.parts.length > 0) {
      await this.sendParts(how.parts);
    } else if (how.url !== null) {
      const body = how.method === "POST" ? formOf(how.fields, this.file) : this.file;
      await this.transfer({ ...how, body }, (sent) => this.report("sending", sent));
    }
  }

  /** Send the parts that have not arrived, in any order; what arrives beside a failure counts. */
  async sendParts(parts) {
    const sent = new Map(parts.map((part) => [part.number, part.has_arrived ? part.size : 0]));
    const missing = parts.filter((part) => !part.has_arrived);
    const note = (part, bytes) => {
      sent.set(part.number, Math.min(bytes, part.size));
      this.report("sending", [...sent.values()].reduce((sum, each) => sum + each, 0));
    };
    const lane = async () => {
      for (let part = missing.shift(); part; part = missing.shift()) {
        const { first, size, url } = part;
        const body = this.file.slice(first, first + size);
        try {
          await this.transfer({ method: "PUT", url, body }, (bytes) => note(part, bytes));
        } catch (error) {
          missing.length = 0;
          throw error;
        }
        note(part, size);
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, lane));
    const failed = lanes.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  complete(id) {
    // With a key the reason of a refusal survives a lost answer: the upload itself is gone by then.
    const key = randomKey();
    return this.ask("POST", `uploads/${id}/complete/`, { key, phase: "checking" });
  }

  /** End what was begun when it was aborted; forget what the server has refused. */
  async fail(error) {
    if (error.code === "aborted") {
      const id = this.id ?? this.memory.read()?.id;
      this.memory.forget();
      if (id) await this.remove(id);
    } else if (error.isFinal) {
      this.memory.forget();
    }
  }

  /** End an upload. If the server does not hear of it, it does so itself when the time is over. */
  async remove(id) {
    await this.request("DELETE", `uploads/${id}/`, { keepalive: true }).catch(() => {});
  }

  /** Ask the API, again where that may help. */
  ask(method, path, { phase, ...more } = {}) {
    return this.again(() => {
      if (phase) this.report(phase, this.file.size);
      return this.request(method, path, more);
    });
  }

  async request(method, path, { body, key, keepalive = false } = {}) {
    const { headers: given, credentials } = this.options;
    const headers = new Headers(typeof given === "function" ? await given() : given);
    headers.set("Accept", "application/json");
    if (key) headers.set("Idempotency-Key", key);
    if (body) headers.set("Content-Type", "application/json");
    const init = { method, headers, credentials, keepalive, body: body && JSON.stringify(body) };
    let response, text;
    try {
      response = await fetch(new URL(path, this.endpoint), init);
      text = await response.text();
    } catch (cause) {
      throw connectionFailed(cause);
    }
    const said = parsed(text);
    if (!response.ok) throw refusal(response.status, said, response.headers.get("Retry-After"));
    if (said === null && response.status !== 204) {
      const { status } = response;
      throw new UploadError("The server gave no answer.", { code: "unexpected_answer", status });
    }
    return said;
  }

  transfer({ method, url, headers, body }, onSent) {
    const target = new URL(url, this.endpoint);
    return this.again(() => {
      onSent(0);
      return transfer({ method, url: target, headers, body, signal: this.options.signal, onSent });
    });
  }

  async again(attempt) {
    const { signal } = this.options;
    for (let count = 1; ; count += 1) {
      if (signal?.aborted) throw aborted();
      try {
        return await attempt();
      } catch (error) {
        const pause = pauseAfter(error, count);
        if (pause === null) throw error;
        this.report("waiting");
        await sleep(pause, signal);
      }
    }
  }

  report(phase, sent = this.sent) {
    const total = this.file.size;
    this.sent = Math.min(sent, total); // a form is a little larger than its file
    this.options.onProgress?.({ sent: this.sent, total, phase });
  }
}

/** What the server is told of a file. */
function factsOf(file) {
  const ending = file.name.split(".").pop().toLowerCase();
  // Browsers on most systems know no HEIC, and some call it by its container.
  const known = file.type === "image/heif" ? "image/heic" : file.type;
  const type = known || TYPES_BY_ENDING[ending] || "";
  return {
    file_name: file.name,
    // Longer ones the API would not even read, and its refusal would say so.
    content_type: type.length > 0 && type.length <= 32 ? type : "application/octet-stream",
    file_size: file.size,
  };
}

function formOf(fields, file) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file); // last: S3 reads no further
  return form;
}
