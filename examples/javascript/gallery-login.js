// Who asks: with a session of the site, or with tokens that are renewed in time.
import { Requests } from "./gallery-requests.js";

/** @import { ClientOptions } from "./gallery-types.d.ts" */

const EARLY = 30; // seconds before a token runs out, for clocks that differ

/**
 * Return Django's CSRF token from its cookie, for pages of the same site: `{ csrfToken:
 * csrfFromCookie }`. The view of such a page sets it by `@ensure_csrf_cookie`.
 *
 * @returns {string}
 */
export function csrfFromCookie() {
  return /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/**
 * Log in; return a `getToken` for GalleryClient, which renews the token before it runs out.
 *
 * @param {Omit<ClientOptions, "organization"> & { email: string, password: string }} options
 * @returns {Promise<() => Promise<string>>}
 */
export async function logIn({ email, password, ...options }) {
  const requests = new Requests(options);
  /** @param {string} path @param {object} json */
  const post = async (path, json) => (await requests.send("POST", path, { json })).data;

  let { access, refresh } = await post("token/pair", { email, password });
  /** @type {Promise<void> | null} one for all that ask meanwhile */
  let renewal = null;

  const renew = async () => {
    ({ access } = await post("token/refresh", { refresh }));
  };
  return async () => {
    if (expiryOf(access) - EARLY < Date.now() / 1000) {
      renewal ??= renew().finally(() => (renewal = null));
      await renewal;
    }
    return access;
  };
}

/**
 * Read when a JSON Web Token runs out, in seconds since 1970.
 *
 * @param {string} token
 * @returns {number}
 */
function expiryOf(token) {
  const [, payload = ""] = token.split(".");
  return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))).exp;
}
