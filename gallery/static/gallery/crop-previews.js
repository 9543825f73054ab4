// What every crop will show, drawn as the server cuts it.
import { crop, cropBox } from "./geometry.js";

const LARGEST_SOURCE = 1024; // pixels a side: a whole photo would take long with every step

/** Small pictures of all crops of a set, each as many pixels as it will have. */
export class CropPreviews {
  /** @param {HTMLElement} place where they go */
  constructor(place) {
    this.place = place;
    this.previews = [];
    this.frame = 0;
  }

  /**
   * Show these crops of an original of this size.
   *
   * @param {{name: string, width: number, height: number}[]} crops names and boxes
   * @param {{width: number, height: number}} original its upright size in pixels
   */
  reset(crops, original) {
    this.original = original;
    this.previews = crops.map((box) => makePreview(box, crop(original, box)));
    this.place.replaceChildren(...this.previews.map(({ figure }) => figure));
  }

  /**
   * Draw all of them around a point, with the next frame of the page.
   *
   * @param {HTMLImageElement|ImageBitmap} source the whole picture at some scale
   * @param {{x: number, y: number}} point in percent
   */
  draw(source, point) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      for (const { canvas, box } of this.previews) {
        this.paint(canvas, cropBox(this.original, box, point), source);
      }
    });
  }

  paint(canvas, region, source) {
    const size = sizeOf(source);
    const across = size.width / this.original.width;
    const down = size.height / this.original.height;
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(
      source,
      region.left * across,
      region.top * down,
      (region.right - region.left) * across,
      (region.bottom - region.top) * down,
      0,
      0,
      canvas.width,
      canvas.height,
    );
  }
}

function makePreview(box, size) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  Object.assign(canvas, size);
  // Its caption says what there is to say.
  canvas.setAttribute("aria-hidden", "true");
  const name = document.createElement("b");
  name.textContent = box.name;
  caption.append(name, ` ${size.width} × ${size.height}`);
  figure.append(canvas, caption);
  return { figure, canvas, box };
}

function sizeOf(source) {
  const { naturalWidth: width, naturalHeight: height } = source;
  return width ? { width, height } : { width: source.width, height: source.height };
}

/** Return a picture of the same in fewer pixels, if it has many. */
export async function smaller(image) {
  const { width, height } = sizeOf(image);
  const scale = LARGEST_SOURCE / Math.max(width, height);
  if (scale >= 1) return image;
  return createImageBitmap(image, {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "high",
  }).catch(() => image);
}
