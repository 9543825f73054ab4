// What `{% picture … style=False %}` says about an image and its style may not: by script it may.

import { blurOf } from "./thumbhash.js";

for (const img of document.querySelectorAll("picture > img")) {
  const { focalPoint = "50% 50%", placeholderColor, thumbhash } = img.dataset;
  img.style.objectPosition = focalPoint;
  if (img.complete || !placeholderColor) continue;
  const blur = thumbhash ? `url(${blurOf(thumbhash)}) ` : "";
  img.style.background = `${blur}${focalPoint} / cover ${placeholderColor}`;
  img.addEventListener("load", () => uncover(img), { once: true });
}

/** Take away what would shine through a transparent picture, when there is something to see. */
async function uncover(img) {
  await img.decode().catch(() => {});
  img.style.removeProperty("background");
}
