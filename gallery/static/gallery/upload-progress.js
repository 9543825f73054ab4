// What pages of the admin show of a file that is on its way.
import { fill, gettext } from "./words.js";

/** Words for each phase that `uploadImage` reports. */
export const PHASES = {
  starting: () => gettext("Starting"),
  sending: (percent) => fill(gettext("Sending, %(percent)s %"), { percent }),
  waiting: () => gettext("Interrupted, trying again"),
  checking: () => gettext("Making the image"),
  done: () => gettext("In the library"),
};

/** Put a chosen file into `picture`; hide that if the browser cannot read the file. */
export function showFile(picture, file) {
  const url = URL.createObjectURL(file);
  picture.onload = () => URL.revokeObjectURL(url);
  picture.onerror = () => {
    // No picture, or one of a format that only the server reads.
    URL.revokeObjectURL(url);
    picture.hidden = true;
  };
  picture.src = url;
}

/** Tell `area` of files that are dropped anywhere on the page, where a miss would replace it. */
export function acceptDrops(area, take) {
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const isOver = kind !== "drop" && (kind !== "dragleave" || event.relatedTarget !== null);
      area.classList.toggle("is-over", isOver);
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
}
