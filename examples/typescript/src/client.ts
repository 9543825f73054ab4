// The API as its description has it: every path, parameter, body and answer is typed.
import createClient, { type Client, type Middleware } from "openapi-fetch";

import type { components, paths } from "./openapi.js";

export type Image = components["schemas"]["Image"];
export type Relation = components["schemas"]["Relation"];
export type Problem = components["schemas"]["Problem"];
export type GalleryApi = Client<paths>;

/** What the API refused; branch on `problem.code`. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }
}

/** Log in at a site; return its API with the token, and a fresh Idempotency-Key in every POST. */
export async function logIn(site: string, email: string, password: string): Promise<GalleryApi> {
  const api = createClient<paths>({ baseUrl: site });
  const { access } = said(await api.POST("/api/v1/token/pair/", { body: { email, password } }));
  const sign: Middleware = {
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${access}`);
      if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
    },
  };
  api.use(sign);
  return api;
}

/** Return what was answered; throw what was refused. */
export function said<Data>(answer: { data?: Data; error?: unknown }): Data {
  if (answer.error !== undefined) throw new Refused(answer.error as Problem);
  return answer.data as Data;
}

/** Write a body as a form: for the `bodySerializer` of requests that bring files. */
export function asForm(body: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    if (value instanceof Blob) form.append(name, value);
    else form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  return form;
}
