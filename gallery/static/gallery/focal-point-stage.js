// Moving a focal point on its picture: mouse, finger, pen and keys.
import { pointFromFractions } from "./geometry.js";

const STEPS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const EDGES = { Home: "x", End: "x", PageUp: "y", PageDown: "y" };

const inside = (value, most) => Math.min(Math.max(value, 0), most);

/**
 * Let people move a point about `stage` by its `dot`.
 *
 * @param {{stage: HTMLElement, dot: HTMLElement}} parts
 * @param {object} moves
 * @param {function(): {x: number, y: number}} moves.point where it is, in percent
 * @param {function({x: number, y: number}): void} moves.move called for every step
 * @param {function(): void} moves.done called when the pointer or the key was let go
 * @param {function(): void} moves.undo called when the gesture was taken away
 */
export function letMove({ stage, dot }, moves) {
  let grip = null; // how far from the middle of the dot it was taken

  const follow = (event) => {
    const { left, top, width, height } = stage.getBoundingClientRect();
    const x = inside(event.clientX - grip.x - left, width) / width;
    const y = inside(event.clientY - grip.y - top, height) / height;
    moves.move(pointFromFractions(x, y));
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault(); // or the browser drags the picture, and takes the focus away again
    dot.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const isOnDot = dot.contains(event.target);
    const { left, top, width, height } = dot.getBoundingClientRect();
    grip = isOnDot
      ? { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 }
      : { x: 0, y: 0 };
    if (!isOnDot) follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (grip && event.isPrimary) follow(event);
  });
  stage.addEventListener("pointerup", (event) => {
    if (!grip || !event.isPrimary) return;
    grip = null;
    moves.done();
  });
  stage.addEventListener("pointercancel", () => {
    if (!grip) return;
    grip = null;
    moves.undo();
  });
  dot.addEventListener("keydown", (event) => {
    const next = afterKey(event, moves.point());
    if (!next) return;
    event.preventDefault();
    moves.move(next);
  });
  // One change for as long as a key is held.
  for (const type of ["keyup", "blur"]) dot.addEventListener(type, () => moves.done());
}

function afterKey(event, point) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.key in STEPS) {
    const [across, down] = STEPS[event.key].map((step) => step * (event.shiftKey ? 10 : 1));
    return { x: inside(point.x + across, 100), y: inside(point.y + down, 100) };
  }
  if (!(event.key in EDGES)) return null;
  return { ...point, [EDGES[event.key]]: ["Home", "PageUp"].includes(event.key) ? 0 : 100 };
}
