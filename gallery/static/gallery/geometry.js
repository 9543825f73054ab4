// Where a picture is cut: the server's arithmetic (gallery/imaging/geometry.py), to the pixel.
//
// Sizes are `{ width, height }` in whole pixels, points `{ x, y }` in whole percent from the top
// left, boxes `{ left, top, right, bottom }` with `right` and `bottom` just outside.

const NUMBER = "(\\d+(?:\\.\\d*)?|\\.\\d+)";
// Python's idea of a space in ASCII, which is narrower than JavaScript's.
const SPACE = "[ \\t\\n\\r\\f\\v]*";
const PPOI = new RegExp(`^${SPACE}${NUMBER}${SPACE}x${SPACE}${NUMBER}${SPACE}$`);
const MAX_PPOI_LENGTH = 64;

/** The middle of a picture. */
export const CENTER = Object.freeze({ x: 50, y: 50 });

/** Return the size of `original` scaled to lie inside `box`; nothing is ever enlarged. */
export function fit(original, box) {
  if (original.width <= box.width && original.height <= box.height) return { ...original };
  if (original.width * box.height >= original.height * box.width) {
    return { width: box.width, height: scaled(original.height, box.width, original.width) };
  }
  return { width: scaled(original.width, box.height, original.height), height: box.height };
}

/** Return the size of the picture that fills `box`, as far as `original` has pixels for it. */
export function crop(original, box) {
  return fit(box, original);
}

/** Return the region of `original` that a crop to `box` around `point` shows. */
export function cropBox(original, box, point) {
  if (original.width * box.height >= original.height * box.width) {
    const width = scaled(box.width, original.height, box.height);
    const left = start(original.width, width, point.x);
    return { left, top: 0, right: left + width, bottom: original.height };
  }
  const height = scaled(box.height, original.width, box.width);
  const top = start(original.height, height, point.y);
  return { left: 0, top, right: original.width, bottom: top + height };
}

function scaled(length, numerator, denominator) {
  return Math.max(1, Math.floor((2 * length * numerator + denominator) / (2 * denominator)));
}

function start(whole, part, percent) {
  const twiceHundred = Math.max(0, 2 * whole * percent - 100 * part + 100);
  return Math.min(Math.floor(twiceHundred / 200), whole - part);
}

/** Return the point that fractions 0..1 mean, rounded half up to whole percent. */
export function pointFromFractions(x, y) {
  return { x: percent(x), y: percent(y) };
}

function percent(fraction) {
  // The ninth digit swallows binary noise: 0.145 × 100 is 14.499999999999998, and means 15.
  return Math.floor(Number((fraction * 100).toFixed(9)) + 0.5);
}

/** Read `"0.3x0.7"`; null for anything that is no point. */
export function parsePoint(text) {
  const match = text.length > MAX_PPOI_LENGTH ? null : PPOI.exec(text);
  if (!match) return null;
  const [x, y] = [Number(match[1]), Number(match[2])];
  return x <= 1 && y <= 1 ? pointFromFractions(x, y) : null;
}

/** Write a point as forms send it: `"0.3x0.7"`, `"0.0x1.0"`. */
export function formatPoint({ x, y }) {
  return `${fraction(x)}x${fraction(y)}`;
}

function fraction(whole) {
  return Number.isInteger(whole / 100) ? (whole / 100).toFixed(1) : String(whole / 100);
}
