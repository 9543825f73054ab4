// Choosing images that are in the organisation's library already.
import { fill, gettext, ngettext } from "./words.js";

const AT_ONCE = 24;
const PATIENCE = 250; // milliseconds without another key

/** The dialog: search, pages, several at once. */
export class Library {
  /**
   * @param {HTMLElement} root of the gallery
   * @param {function(): string} endpoint of the organisation
   * @param {function(): Set<number>} present the ids that are in the gallery
   * @param {function(object[]): void} add takes what was chosen
   */
  constructor(root, { endpoint, present, add }) {
    this.dialog = root.querySelector(".gallery-library");
    this.template = root.querySelector(".gallery-result-template");
    Object.assign(this, { endpoint, present, add, chosen: new Map() });
    this.search = this.find("search input");
    this.results = this.find("results");
    this.search.addEventListener("input", () => this.searchSoon());
    this.dialog.addEventListener("keydown", (event) => {
      // Which would save the page.
      if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    });
    this.find("more").addEventListener("click", () => this.load(this.next));
    this.find("add").addEventListener("click", () => this.finish());
    const close = this.dialog.querySelector(".gallery-dialog-close");
    close.addEventListener("click", () => this.dialog.close());
  }

  find(part) {
    return this.dialog.querySelector(`.gallery-library-${part}`);
  }

  open() {
    this.chosen.clear();
    this.search.value = "";
    // Of the last time, when other images were in the gallery.
    this.results.replaceChildren();
    this.find("more").hidden = true;
    this.say("");
    this.summarize();
    this.dialog.showModal();
    this.search.focus();
    return this.begin();
  }

  finish() {
    this.dialog.close();
    this.add([...this.chosen.values()]);
  }

  searchSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), PATIENCE);
  }

  begin() {
    const url = new URL(`${this.endpoint()}images/`, document.baseURI);
    url.searchParams.set("limit", AT_ONCE);
    const words = this.search.value.trim();
    if (words) url.searchParams.set("search", words);
    return this.load(url, { isNew: true });
  }

  async load(url, { isNew = false } = {}) {
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    const more = this.find("more");
    more.disabled = true;
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" }, signal });
      const page = await response.json();
      if (!response.ok) throw new Error(page.detail);
      this.show(page, isNew);
    } catch (error) {
      if (!signal.aborted) this.say(error.message);
    } finally {
      if (!signal.aborted) more.disabled = false; // else it is another request's
    }
  }

  show(page, isNew) {
    const items = page.results.map((image) => this.itemOf(image));
    if (isNew) this.results.replaceChildren(...items);
    else this.results.append(...items);
    // Whoever asked for more goes on with the first of those.
    if (!isNew) items[0]?.querySelector("input").focus();
    this.next = page.next;
    this.find("more").hidden = !page.next;
    const found = ngettext("%(count)s image", "%(count)s images", page.count);
    this.say(fill(found, { count: page.count }));
  }

  itemOf(image) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const box = item.querySelector("input");
    const isPresent = this.present().has(image.id);
    item.querySelector("img").src = image.variants.thumb ?? image.variants.original;
    item.querySelector(".gallery-result-name").textContent = image.title || image.file_name;
    item.querySelector(".gallery-result-facts").textContent = isPresent
      ? gettext("In the gallery")
      : `${image.width} × ${image.height}`;
    item.classList.toggle("is-present", isPresent);
    box.disabled = isPresent;
    box.checked = this.chosen.has(image.id);
    box.addEventListener("change", () => {
      if (box.checked) this.chosen.set(image.id, image);
      else this.chosen.delete(image.id);
      this.summarize();
    });
    return item;
  }

  summarize() {
    const count = this.chosen.size;
    const add = this.find("add");
    add.disabled = count === 0;
    const words = ngettext("Add %(count)s image", "Add %(count)s images", count);
    add.textContent = count ? fill(words, { count }) : gettext("Add");
  }

  say(words) {
    this.find("status").textContent = words;
  }
}
