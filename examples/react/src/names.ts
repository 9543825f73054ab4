import type { Relation } from "../../javascript/gallery-types";

/** What to call an image where people talk about it. */
export function nameOf({ title, image }: Relation): string {
  return title || image.file_name;
}
