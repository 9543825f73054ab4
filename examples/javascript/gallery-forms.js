// How files and filters are written into requests.
import { GalleryError } from "./gallery-requests.js";

/**
 * @import { Requests } from "./gallery-requests.js"
 * @import { BulkUploadResult, SendOptions, UploadOptions } from "./gallery-types.d.ts"
 */

/**
 * @param {Requests} requests
 * @param {string} path
 * @param {File} file
 * @param {UploadOptions<object>} [options]
 * @returns {Promise<any>}
 */
export async function sendFile(requests, path, file, { fields = {}, ...options } = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  form.append("file", file, file.name);
  return (await requests.send("POST", path, { ...options, form, total: file.size })).data;
}

/**
 * @param {Requests} requests
 * @param {string} path
 * @param {Iterable<File>} files
 * @param {SendOptions} [options]
 * @returns {Promise<BulkUploadResult>}
 */
export async function sendFiles(requests, path, files, options) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  try {
    return (await requests.send("POST", path, { ...options, form })).data;
  } catch (error) {
    // None was stored, and the answer says why for each.
    if (error instanceof GalleryError && Array.isArray(error.body?.images)) return error.body;
    throw error;
  }
}

/** @param {object} parameters */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `?${new URLSearchParams(given)}`;
}
