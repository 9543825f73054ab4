// The order of cards: by mouse and touch with SortableJS, by keyboard on each card's handle.
import Sortable from "./vendor/sortable/sortable.esm.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/**
 * Let people arrange the cards of a list.
 *
 * @param {HTMLElement} list
 * @param {function(HTMLElement): void} moved told of each card that has another place now
 */
export function arrangeable(list, moved) {
  Sortable.create(list, {
    handle: ".gallery-card-handle, .gallery-card-picture img",
    draggable: ".gallery-card",
    filter: ".is-upload, .is-removed",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    // Not the browser's own drag and drop, which touch screens do not have.
    forceFallback: true,
    fallbackTolerance: 4,
    delay: 200, // so that a finger can scroll
    delayOnTouchOnly: true,
    ghostClass: "is-ghost",
    dragClass: "is-dragged",
    onEnd: ({ item, oldIndex, newIndex }) => {
      if (oldIndex !== newIndex) moved(item);
    },
  });
  list.addEventListener("keydown", (event) => {
    const handle = event.target.closest(".gallery-card-handle");
    if (!handle) return;
    const card = handle.closest(".gallery-card");
    if (!move(list, card, event.key)) return;
    event.preventDefault();
    // Which it lost by being moved.
    handle.focus();
    moved(card);
  });
}

function move(list, card, key) {
  if (key === "Home") list.prepend(card);
  else if (key === "End") list.append(card);
  else if (STEPS[key] === -1) card.previousElementSibling?.before(card);
  else if (STEPS[key] === 1) card.nextElementSibling?.after(card);
  else return false;
  return true;
}
