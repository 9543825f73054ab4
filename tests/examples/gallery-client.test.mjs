// The JavaScript client in Node.js, against the site that SITE names.
import assert from "node:assert/strict";
import { test } from "node:test";

import { GalleryClient, GalleryError } from "../../examples/javascript/gallery-client.js";
import { logIn } from "../../examples/javascript/gallery-login.js";

const { SITE, EMAIL: email, PASSWORD: password } = process.env;
const baseUrl = `${SITE}/api/v1/`;
const getToken = await logIn({ baseUrl, email, password });
const client = new GalleryClient({ baseUrl, organization: "acme", getToken });

// One pixel.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const picture = (name) => new File([PNG], name, { type: "image/png" });

/** A client whose requests get other answers first; it notes the keys they were sent with. */
function disturbed(...disturbances) {
  const keys = [];
  const send = async (url, init) => {
    keys.push(init.headers["Idempotency-Key"]);
    const disturb = disturbances.shift();
    return disturb ? disturb(() => fetch(url, init)) : fetch(url, init);
  };
  const options = { baseUrl, organization: "acme", getToken, fetch: send, retry: { pause: 10 } };
  return { client: new GalleryClient(options), keys };
}

const lost = async (go) => {
  await go();
  throw new TypeError("fetch failed");
};
const answered = (status, body = {}, headers = {}) => async () =>
  new Response(JSON.stringify(body), { status, headers });

test("upload and change an image, unless somebody else did", async () => {
  const seen = [];
  const uploaded = await client.upload(picture("a.png"), {
    fields: { title: "A", focal_point: { x: 0.1, y: 0.2 } },
    onProgress: (progress) => seen.push(progress),
  });
  assert.deepEqual(uploaded.focal_point, { x: 0.1, y: 0.2 });
  assert.deepEqual(seen, [
    { sent: 0, total: PNG.length, phase: "sending" },
    { sent: PNG.length, total: PNG.length, phase: "done" },
  ]);

  const [mine, theirs] = [client.image(uploaded.id), client.image(uploaded.id)];
  await mine.get();
  await theirs.get();
  const moved = await theirs.update({ focal_point: { x: 0.7, y: 0.3 } });
  assert.deepEqual(moved.focal_point, { x: 0.7, y: 0.3 });
  await theirs.update({ title: "Once more" });
  await assert.rejects(mine.update({ title: "Mine" }), { status: 412, code: "precondition_failed" });
  await mine.get();
  await mine.delete();
  await assert.rejects(mine.get(), { status: 404, code: "not_found" });
});

test("many files, page by page", async () => {
  const files = ["p1.png", "p2.png", "p3.png"].map(picture);
  const outcomes = await client.uploadMany([...files, new File(["text"], "p4.png")], {
    concurrency: 2,
    fields: { title: "Paged" },
  });
  assert.deepEqual(
    outcomes.map(({ image, error }) => image?.file_name ?? error.code),
    ["p1.png", "p2.png", "p3.png", "unsupported_format"],
  );

  const page = await client.images({ search: "Paged", limit: 1, offset: 1 });
  assert.equal(page.count, 3);
  assert.equal(page.results.length, 1);
  const all = [];
  for await (const image of client.allImages({ search: "Paged", limit: 2 })) all.push(image.id);
  assert.deepEqual(all.sort(), outcomes.flatMap(({ image }) => image?.id ?? []).sort());
});

test("an answer that is lost: one image, by one key", async () => {
  const { client: unlucky, keys } = disturbed(lost, answered(502), answered(504));
  const image = await unlucky.upload(picture("lost.png"));
  assert.equal(keys.length, 4);
  assert.equal(new Set(keys).size, 1);
  const { results } = await client.images({ search: "lost.png" });
  assert.deepEqual(results.map(({ id }) => id), [image.id]);
});

test("what is deleted by an attempt whose answer is lost is deleted", async () => {
  const { id } = await client.upload(picture("deleted.png"));
  await disturbed(lost).client.image(id).delete();
  await assert.rejects(client.image(id).get(), { status: 404 });
});

test("a change with If-Match that may be done is not sent again", async () => {
  const { id } = await client.upload(picture("matched.png"));
  const { client: unlucky, keys } = disturbed(undefined, lost);
  const image = unlucky.image(id);
  await image.get();
  await assert.rejects(image.update({ title: "Changed" }), { code: "network" });
  assert.equal(keys.length, 2);
});

test("waits as long as it is asked to, while the first request still runs too", async () => {
  const running = answered(409, { code: "idempotency_key_in_use" }, { "Retry-After": "1" });
  const { client: waiting } = disturbed(running);
  const before = performance.now();
  await waiting.upload(picture("running.png"));
  assert.ok(performance.now() - before >= 1000);
});

test("does not wait longer than it would like to", async () => {
  const { client: refused, keys } = disturbed(answered(503, {}, { "Retry-After": "3600" }));
  await assert.rejects(refused.images(), { status: 503, retryAfter: 3600 });
  assert.equal(keys.length, 1);
});

test("refusals are errors at once", async () => {
  const { client: refused, keys } = disturbed();
  const fields = { visibility: "secret" };
  await assert.rejects(refused.upload(picture("a.png"), { fields }), (error) => {
    assert.ok(error instanceof GalleryError);
    assert.equal(error.code, "invalid_input");
    assert.equal(error.errors[0].field, "visibility");
    return true;
  });
  await assert.rejects(refused.gallery("orgs", "organization", 999_999).list(), { status: 404 });
  assert.equal(keys.length, 2);
});

test("gives up after some attempts", async () => {
  const { client: unlucky, keys } = disturbed(...Array(5).fill(answered(503)));
  await assert.rejects(unlucky.images(), { status: 503, code: "unexpected_answer" });
  assert.equal(keys.length, 5);
});

test("ends when it is aborted, also while it waits", async () => {
  const before = performance.now();
  const controller = new AbortController();
  const { client: waiting } = disturbed(answered(503, {}, { "Retry-After": "30" }));
  const sent = waiting.upload(picture("a.png"), {
    signal: controller.signal,
    onProgress: ({ phase }) => phase === "waiting" && controller.abort(),
  });
  await assert.rejects(sent, { name: "AbortError", code: "aborted" });
  assert.ok(performance.now() - before < 10_000);
});
