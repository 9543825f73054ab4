// A client of the gallery API for browsers and Node.js, without dependencies or a build step.
import { query, sendFile, sendFiles } from "./gallery-forms.js";
import { ObjectGallery } from "./gallery-object.js";
import { Requests } from "./gallery-requests.js";

export { GalleryError } from "./gallery-requests.js";

/**
 * @import {
 *   BulkUploadResult, ClientOptions, Image, ImageChanges, ImageFilters, Outcome, Page, SendOptions,
 *   UploadManyOptions, UploadOptions,
 * } from "./gallery-types.d.ts"
 */

/**
 * The images of one organisation.
 *
 *     const client = new GalleryClient({ organization: "acme", csrfToken: csrfFromCookie });
 *     const image = await client.upload(file, { fields: { title: "Harbour" } });
 *     await client.gallery("catalog", "product", 7).attach([image.id]);
 *
 * Every POST has an Idempotency-Key, so that it may be sent again when its answer is lost: network
 * failures, 429, 502, 503, 504 and the 409 of a request that still runs are tried again, after a
 * pause. All other refusals, and what never gets through, are a GalleryError.
 */
export class GalleryClient {
  /** @param {ClientOptions} options */
  constructor({ organization, ...options }) {
    this.requests = new Requests(options);
    this.path = `images/orgs/${encodeURIComponent(organization)}/`;
    /** For `uploadImage` of the site's direct-upload.js, beside `headers`. */
    this.endpoint = new URL(this.path, this.requests.base).href;
  }

  /** Return the headers that say who asks. */
  headers() {
    return this.requests.headers();
  }

  /**
   * Upload one image to the library.
   *
   * @param {File} file
   * @param {UploadOptions<ImageChanges>} [options]
   * @returns {Promise<Image>}
   */
  upload(file, options) {
    return sendFile(this.requests, `${this.path}images/`, file, options);
  }

  /**
   * Upload several images, each by a request of its own; return what became of each, in order.
   *
   * @param {Iterable<File>} files
   * @param {UploadManyOptions} [options]
   * @returns {Promise<Outcome[]>}
   */
  async uploadMany(files, { concurrency = 3, onProgress, ...options } = {}) {
    const all = [...files];
    /** @type {Outcome[]} */
    const outcomes = new Array(all.length);
    const waiting = all.entries();
    const lane = async () => {
      for (const [index, file] of waiting) {
        const image = this.upload(file, {
          ...options,
          onProgress: (progress) => onProgress?.({ ...progress, index, file }),
        });
        outcomes[index] = await image.then(
          (image) => ({ file, image, error: null }),
          (error) => ({ file, image: null, error }),
        );
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return outcomes;
  }

  /**
   * Upload several images by one request; each stands alone, and `errors` says what was refused.
   *
   * @param {Iterable<File>} files
   * @param {SendOptions} [options]
   * @returns {Promise<BulkUploadResult>}
   */
  bulkUpload(files, options) {
    return sendFiles(this.requests, `${this.path}bulk-upload/`, files, options);
  }

  /**
   * Return one page of the library.
   *
   * @param {ImageFilters} [filters]
   * @returns {Promise<Page<Image>>}
   */
  async images(filters = {}) {
    return (await this.requests.send("GET", `${this.path}images/${query(filters)}`)).data;
  }

  /**
   * Go through all pages of the library: `for await (const image of client.allImages())`.
   *
   * @param {Omit<ImageFilters, "offset">} [filters]
   * @returns {AsyncGenerator<Image, void>}
   */
  async *allImages(filters = {}) {
    // By cursor, with which the last page costs no more than the first.
    let search = query({ ...filters, cursor: "" });
    while (search) {
      const { data } = await this.requests.send("GET", `${this.path}images/${search}`);
      yield* data.results;
      // Not the whole URL: behind a proxy of the page's origin it may name another host.
      search = data.next ? new URL(data.next, this.requests.base).search : "";
    }
  }

  /** @param {number} id */
  image(id) {
    return new ImageResource(this.requests, `${this.path}images/${id}/`);
  }

  /**
   * Return the gallery of an object, such as `gallery("catalog", "product", 7)`.
   *
   * @param {string} appLabel
   * @param {string} model
   * @param {string | number} id
   */
  gallery(appLabel, model, id) {
    const path = [appLabel, model, id].map(encodeURIComponent).join("/");
    return new ObjectGallery(this, `${this.path}images/${path}/`);
  }
}

/** One image of the library. It remembers the ETag of what it showed last. */
class ImageResource {
  /**
   * @param {Requests} requests
   * @param {string} path
   */
  constructor(requests, path) {
    this.requests = requests;
    this.path = path;
    /** @type {string | null} */
    this.etag = null;
  }

  /** @returns {Promise<Image>} */
  async get() {
    return this.seen(await this.requests.send("GET", this.path));
  }

  /**
   * Change it, unless somebody else did since it was shown here: that is status 412.
   *
   * @param {ImageChanges} changes
   * @returns {Promise<Image>}
   */
  async update(changes) {
    const request = { json: changes, ifMatch: this.etag };
    return this.seen(await this.requests.send("PATCH", this.path, request));
  }

  /**
   * Delete it. While it is in a gallery that is status 409, unless forced.
   *
   * @param {{ force?: boolean }} [options]
   */
  async delete({ force = false } = {}) {
    const path = force ? `${this.path}?force=true` : this.path;
    await this.requests.send("DELETE", path, { ifMatch: this.etag });
  }

  /**
   * @param {{ data: Image, etag: string | null }} answer
   * @returns {Image}
   */
  seen({ data, etag }) {
    this.etag = etag;
    return data;
  }
}
