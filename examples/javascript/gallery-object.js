// The gallery of one object: its images, their order, its cover.
import { query, sendFile, sendFiles } from "./gallery-forms.js";

/**
 * @import { GalleryClient } from "./gallery-client.js"
 * @import {
 *   BulkUploadResult, ImageChanges, Outcome, Relation, RelationChanges, SendOptions,
 *   UploadManyOptions, UploadOptions,
 * } from "./gallery-types.d.ts"
 */

/** The gallery of one object. */
export class ObjectGallery {
  /**
   * @param {GalleryClient} client whose library the images are from
   * @param {string} path
   */
  constructor(client, path) {
    this.client = client;
    this.requests = client.requests;
    this.path = path;
  }

  /**
   * Return all of it, in order.
   *
   * @returns {Promise<Relation[]>}
   */
  async list() {
    /** @type {Relation[]} */
    const relations = [];
    for (let search = query({ limit: 200 }); search; ) {
      const { data } = await this.requests.send("GET", `${this.path}${search}`);
      relations.push(...data.results);
      search = data.next ? new URL(data.next, this.requests.base).search : "";
    }
    return relations;
  }

  /**
   * Attach images of the library, all or none; what is attached already stays where it is.
   *
   * @param {number[]} imageIds
   * @returns {Promise<Relation[]>}
   */
  attach(imageIds) {
    return this.post("", { image_ids: imageIds });
  }

  /**
   * Detach images, all or none; they stay in the library.
   *
   * @param {number[]} imageIds
   * @returns {Promise<{ detached: number[] }>}
   */
  detach(imageIds) {
    return this.post("bulk_detach/", { image_ids: imageIds });
  }

  /**
   * @param {File} file
   * @param {UploadOptions<ImageChanges & RelationChanges>} [options]
   * @returns {Promise<Relation>}
   */
  uploadAndAttach(file, options) {
    return sendFile(this.requests, this.path, file, options);
  }

  /**
   * Upload several images as GalleryClient does, then attach them in the order of the files.
   *
   * @param {Iterable<File>} files
   * @param {UploadManyOptions} [options]
   * @returns {Promise<Outcome[]>}
   */
  async uploadMany(files, options) {
    const outcomes = await this.client.uploadMany(files, options);
    const ids = outcomes.flatMap(({ image }) => (image ? [image.id] : []));
    if (ids.length > 0) await this.attach(ids);
    return outcomes;
  }

  /**
   * @param {Iterable<File>} files
   * @param {SendOptions} [options]
   * @returns {Promise<BulkUploadResult>}
   */
  bulkUpload(files, options) {
    return sendFiles(this.requests, `${this.path}bulk_upload/`, files, options);
  }

  /**
   * Put all images into a new order. Status 400, `order_mismatch`: they are not what is attached.
   *
   * @param {number[]} imageIds
   * @returns {Promise<Relation[]>}
   */
  reorder(imageIds) {
    return this.post("reorder/", { image_ids: imageIds });
  }

  /** @param {number} imageId */
  async setCover(imageId) {
    await this.post("set_cover/", { image_id: imageId });
  }

  async unsetCover() {
    await this.post("unset_cover/", {});
  }

  /**
   * Say something about an image that counts in this gallery alone.
   *
   * @param {number} imageId
   * @param {RelationChanges} changes
   * @returns {Promise<Relation>}
   */
  async update(imageId, changes) {
    const path = `${this.path}${imageId}/`;
    return (await this.requests.send("PATCH", path, { json: changes })).data;
  }

  /**
   * @param {string} path
   * @param {object} json
   * @returns {Promise<any>}
   */
  async post(path, json) {
    return (await this.requests.send("POST", `${this.path}${path}`, { json })).data;
  }
}
