// The shapes that the API sends and GalleryClient takes; docs/openapi.yaml has all of them.

/** Fractions from the top left of the upright image, kept to two decimals. */
export interface FocalPoint {
  x: number;
  y: number;
}

export interface Rendition {
  url: string;
  width: number;
  height: number;
  bytes: number;
  content_type: string;
}

export interface Image {
  id: number;
  organization: string;
  creator: number | null;
  status: "pending" | "ready" | "failed";
  url: string;
  /** `original`, and one URL for each rendition; what is not made yet has the original's. */
  variants: { original: string; [rendition: string]: string };
  renditions: Record<string, Rendition>;
  width: number;
  height: number;
  focal_point: FocalPoint;
  placeholder: { color: string; thumbhash: string };
  title: string;
  alt_text: string;
  description: string;
  decorative: boolean;
  visibility: "public" | "private";
  file_name: string;
  content_type: string;
  file_size: number;
  created_at: string;
  updated_at: string;
}

/** An image in the gallery of an object. Its words and variants are those that count there. */
export interface Relation {
  id: number;
  image: Image;
  app_label: string;
  model: string;
  object_id: string;
  is_cover: boolean;
  order: number;
  /** For this use alone; null is the image's own. */
  focal_point: FocalPoint | null;
  custom_title: string;
  custom_alt_text: string;
  custom_description: string;
  custom_decorative: boolean | null;
  title: string;
  alt_text: string;
  description: string;
  decorative: boolean;
  variants: { original: string; [rendition: string]: string };
  created_at: string;
}

export type ImageChanges = Partial<
  Pick<
    Image,
    "title" | "alt_text" | "description" | "decorative" | "visibility" | "focal_point"
  >
>;

export type RelationChanges = Partial<
  Pick<
    Relation,
    | "custom_title"
    | "custom_alt_text"
    | "custom_description"
    | "custom_decorative"
    | "focal_point"
    | "is_cover"
    | "order"
  >
>;

export interface Page<Item> {
  count: number;
  next: string | null;
  previous: string | null;
  results: Item[];
}

export interface BulkUploadResult {
  uploaded: number;
  images: Image[];
  errors: { index: number; file: string; code: string; message: string }[];
}

/** An error of the API, as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** For people: it may change. */
  detail: string;
  instance: string;
  code: string;
  errors?: { field: string | null; code: string; message: string }[];
}

/** Bytes of the file. `waiting` is before it is tried again. */
export interface Progress {
  sent: number;
  total: number;
  phase: "sending" | "waiting" | "done";
}

export interface SendOptions {
  signal?: AbortSignal;
  /** The Idempotency-Key. Keep it to try again after an error, perhaps after a reload. */
  key?: string;
}

export interface UploadOptions<Fields> extends SendOptions {
  fields?: Fields;
  onProgress?: (progress: Progress) => void;
}

export interface UploadManyOptions {
  /** Said about each of the images. */
  fields?: ImageChanges;
  /** Files on their way at once; 3 unless given. */
  concurrency?: number;
  onProgress?: (progress: Progress & { index: number; file: File }) => void;
  signal?: AbortSignal;
}

/** What became of one file: an image or an error. */
export type Outcome =
  | { file: File; image: Image; error: null }
  | { file: File; image: null; error: Error };

export interface ImageFilters {
  search?: string;
  limit?: number;
  offset?: number;
  ordering?: string;
  content_type?: string;
  visibility?: Image["visibility"];
  status?: Image["status"];
  creator?: number;
  attached?: boolean;
  missing_alt?: boolean;
  created_after?: string;
  created_before?: string;
}

export interface ClientOptions {
  /** Of the API: absolute, or in a page relative to it; `/api/v1/` unless given. */
  baseUrl?: string;
  /** The slug of the organisation whose images these are. */
  organization: string;
  /** An access token, */
  token?: string;
  /** or a function that returns one, async or not, and is asked before each attempt, */
  getToken?: () => string | Promise<string>;
  /** or, with a session of the site, its CSRF token; a function is asked before each attempt. */
  csrfToken?: string | (() => string);
  /** Instead of the global one. With it, uploads do not use XMLHttpRequest. */
  fetch?: typeof globalThis.fetch;
  retry?: RetryPolicy;
  /** Milliseconds without a sign of life before an attempt counts as failed; two minutes. */
  timeout?: number;
}

export interface RetryPolicy {
  /** How often a request is sent at most; 5. */
  attempts?: number;
  /** Milliseconds before the second attempt, doubled for each one more; 500. */
  pause?: number;
  /** Milliseconds: longer ones are not waited for; 60,000. */
  longest?: number;
}
