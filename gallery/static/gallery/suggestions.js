// Asking the server where crops of an image might centre.
import { gettext } from "./words.js";

/**
 * Ask for a suggestion; nothing is changed by that.
 *
 * @param {string} url where to
 * @param {HTMLFormElement|null} form the one with the token that Django wants to see
 * @returns {Promise<{point?: {x: number, y: number}, error?: string}>} fractions, or what went wrong
 */
export async function askForPoint(url, form) {
  const token = form?.elements.csrfmiddlewaretoken?.value ?? "";
  const failed = gettext("There is no suggestion just now.");
  try {
    const response = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    const answer = await response.json();
    if (!response.ok) return { error: answer.detail || failed };
    return { point: answer.focal_point };
  } catch {
    return { error: failed };
  }
}
