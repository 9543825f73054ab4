import Sortable from "sortablejs";
import { useEffect, type RefObject } from "react";

/** Let people drag the items of a list by mouse and touch. */
export function useSortable(
  list: RefObject<HTMLElement | null>,
  move: (from: number, to: number) => void,
) {
  useEffect(() => {
    if (!list.current) return undefined;
    const sortable = Sortable.create(list.current, {
      handle: ".gallery-picture",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
      // Not the browser's own drag and drop, which touch screens do not have.
      forceFallback: true,
      fallbackTolerance: 4,
      delay: 200, // so that a finger can scroll
      delayOnTouchOnly: true,
      ghostClass: "is-ghost",
      onEnd: ({ item, from, oldIndex, newIndex }) => {
        if (oldIndex === undefined || newIndex === undefined || oldIndex === newIndex) return;
        // React moves its nodes itself, and must find them where it left them.
        item.remove();
        from.insertBefore(item, from.children[oldIndex] ?? null);
        move(oldIndex, newIndex);
      },
    });
    return () => sortable.destroy();
  }, [list, move]);
}
