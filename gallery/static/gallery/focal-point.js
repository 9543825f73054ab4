// <focal-point-picker>: a text field like `0.3x0.7` as a point on its picture, with live crops.
//
// The text field inside stays what forms send; a picker is made of it when it comes into view.
import { CropPreviews, smaller } from "./crop-previews.js";
import { inWords, makeParts } from "./focal-point-parts.js";
import { letMove } from "./focal-point-stage.js";
import { CENTER, formatPoint, parsePoint, pointFromFractions } from "./geometry.js";
import { askForPoint } from "./suggestions.js";
import { gettext } from "./words.js";

const isSame = (one, other) => one?.x === other?.x && one?.y === other?.y;

// One for all: a page may have hundreds of pickers, most of them out of sight.
const sight = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      target.enhance();
    }
  },
  { rootMargin: "200px" },
);

/** A focal point on a picture. See docs/focal-points.md for its attributes. */
export class FocalPointPicker extends HTMLElement {
  connectedCallback() {
    // Rows that Django's inlines are cloned from stay as they are.
    if (this.closest(".empty-form")) return;
    this.input = this.querySelector("input:not([type=number])");
    if (!this.isListening) {
      this.isListening = true;
      this.querySelector(".focal-point-editor")?.remove(); // of a picker this one was cloned from
      this.input.addEventListener("input", () => this.isWriting || this.render());
      this.files = this.findFiles();
      this.files?.addEventListener("change", () => this.showChosen());
      if (this.files?.files.length) this.showChosen();
    }
    this.wake();
  }

  disconnectedCallback() {
    sight.unobserve(this);
  }

  /** The point that counts, `{ x, y }` in whole percent: its own, else the inherited one. */
  get point() {
    return this.own ?? this.inherited ?? CENTER;
  }

  set point(point) {
    this.input.value = point ? formatPoint(point) : "";
    this.committed = this.input.value;
    this.render();
  }

  /** The point in the field; null where it is empty. */
  get own() {
    return parsePoint(this.input.value);
  }

  get inherited() {
    return parsePoint(this.dataset.inherited ?? "");
  }

  /**
   * Point at another image; the text in the field stays.
   *
   * @param {object} picture
   * @param {string} picture.src some whole picture of it
   * @param {number} picture.width pixels across of its upright original
   * @param {number} picture.height pixels down
   * @param {{name: string, width: number, height: number}[]} [picture.crops] what follows the point
   * @param {{x: number, y: number}} [picture.inherited] what counts while the field is empty
   * @param {string} [picture.suggestUrl] where to ask for a suggestion
   */
  show({ src, width, height, crops = [], inherited = null, suggestUrl = "" }) {
    const facts = {
      src,
      width,
      height,
      crops: JSON.stringify(crops),
      inherited: inherited ? formatPoint(inherited) : "",
      suggestUrl,
    };
    for (const [name, value] of Object.entries(facts)) {
      if (value) this.dataset[name] = value;
      else delete this.dataset[name];
    }
    this.isTouched = false;
    if (this.parts) this.load();
    else this.wake();
  }

  wake() {
    if (!this.parts && (this.dataset.src || this.chosen)) sight.observe(this);
  }

  findFiles() {
    const { fileInput } = this.dataset;
    const named = fileInput && document.getElementById(fileInput);
    return named || this.closest(".focal-image")?.querySelector("input[type=file]");
  }

  /** Make the picker; called when it comes into view. */
  enhance() {
    if (this.parts) return;
    this.parts = makeParts();
    const { editor, x, y, centre, own, suggest, accept, previews } = this.parts;
    this.previews = new CropPreviews(previews);
    letMove(this.parts, {
      point: () => this.point,
      move: (point) => this.choose(point),
      done: () => this.commit(),
      undo: () => this.write(this.committed),
    });
    // What happens to the field is told by the field alone.
    for (const type of ["input", "change"]) {
      editor.addEventListener(type, (event) => event.stopPropagation());
    }
    for (const number of [x, y]) {
      number.addEventListener("input", () => this.readNumbers());
      number.addEventListener("change", () => {
        this.commit({ isAnnounced: true });
        this.render();
      });
    }
    centre.addEventListener("click", () => this.pick(CENTER));
    own.addEventListener("click", () => this.pick(null));
    suggest.addEventListener("click", () => this.suggest());
    accept.addEventListener("click", () => this.pick(this.suggested));
    this.committed = this.input.value;
    this.append(editor);
    this.classList.add("is-enhanced");
    this.load();
  }

  /** Show the picture: the chosen file's, else the saved one. */
  async load() {
    const { image, stage, message } = this.parts;
    const src = this.chosen ?? this.dataset.src ?? "";
    this.offer(null);
    this.source = null;
    this.parts.editor.hidden = !src;
    this.loading = src;
    if (!src) return;
    let isShown = true;
    image.src = src;
    await image.decode().catch(() => (isShown = false));
    const source = isShown ? await smaller(image) : null;
    if (this.loading !== src) return; // another picture was quicker
    stage.hidden = !isShown;
    message.hidden = isShown;
    message.textContent = isShown
      ? ""
      : gettext("This browser cannot show the picture. Set the point by its numbers.");
    const natural = { width: image.naturalWidth, height: image.naturalHeight };
    const recorded = { width: Number(this.dataset.width), height: Number(this.dataset.height) };
    const original = !this.chosen && recorded.width ? recorded : natural;
    this.source = source;
    this.previews.reset(isShown ? JSON.parse(this.dataset.crops || "[]") : [], original);
    this.render();
  }

  /** Show a file that was chosen and is not saved yet; without one, what is saved. */
  showChosen() {
    const [file] = this.files.files;
    if (this.chosen) URL.revokeObjectURL(this.chosen);
    else this.saved = this.input.value;
    this.chosen = file ? URL.createObjectURL(file) : null;
    this.isTouched = false;
    // A point is of a picture: another one begins in its middle.
    this.write(file ? formatPoint(CENTER) : this.saved);
    this.commit();
    if (this.parts) this.load();
    else this.wake();
  }

  /** Write a text into the field, and tell those who listen. */
  write(text, options) {
    if (this.input.value !== text) {
      this.input.value = text;
      this.tell("input");
    }
    this.render(options);
  }

  tell(type) {
    this.isWriting = true;
    this.input.dispatchEvent(new Event(type, { bubbles: true }));
    this.isWriting = false;
  }

  /** Take a point that somebody chose; null for the inherited one. */
  choose(point, options) {
    this.isTouched = true;
    this.write(point ? formatPoint(point) : "", options);
  }

  /** Say that the choice is made, if it changed anything. */
  commit({ isAnnounced = false } = {}) {
    if (this.input.value === this.committed) return;
    this.committed = this.input.value;
    this.tell("change");
    if (isAnnounced) this.announce(inWords(this.point));
  }

  pick(point) {
    this.choose(point);
    this.offer(null);
    this.commit({ isAnnounced: true });
  }

  readNumbers() {
    const { x, y } = this.parts;
    const values = [x, y].map((each) => (each.value === "" ? NaN : Number(each.value)));
    if (values.every((value) => Number.isInteger(value) && value >= 0 && value <= 100)) {
      // Not under the hands of somebody who is typing: "05" is 5 when it is done.
      this.choose({ x: values[0], y: values[1] }, { isTyped: true });
    }
  }

  async suggest() {
    const { suggest } = this.parts;
    const { src, suggestUrl } = this.dataset;
    suggest.disabled = true;
    const { point, error } = await askForPoint(suggestUrl, this.input.form);
    suggest.disabled = false;
    if (this.loading !== src) return; // it is about another picture
    this.parts.message.hidden = !error;
    this.parts.message.textContent = error ?? "";
    if (error) {
      this.announce(error);
      return;
    }
    const found = pointFromFractions(point.x, point.y);
    const isChosen = this.isTouched || (this.own && !isSame(this.own, this.inherited ?? CENTER));
    if (isSame(found, this.point)) {
      this.announce(gettext("The suggestion is where the point is."));
    } else if (isChosen) {
      this.offer(found);
      this.announce(`${gettext("Suggestion")}: ${inWords(found)}`);
    } else {
      this.write(formatPoint(found));
      this.commit({ isAnnounced: true });
    }
  }

  /** Show a suggestion beside the point that somebody chose; null takes it away. */
  offer(point) {
    this.suggested = point;
    this.render();
  }

  announce(words) {
    this.parts.status.textContent = words;
  }

  render({ isTyped = false } = {}) {
    if (!this.parts) return;
    const { point, inherited, suggested } = this;
    const { dot, ring, x, y, centre, own, suggest, accept, stage } = this.parts;
    place(dot, point);
    dot.setAttribute("aria-valuenow", point.x);
    dot.setAttribute("aria-valuetext", inWords(point));
    ring.hidden = !suggested;
    if (suggested) place(ring, suggested);
    const isBound = Boolean(inherited) && !this.chosen;
    this.classList.toggle("is-inherited", isBound && !this.own);
    if (!isTyped) {
      x.value = point.x;
      y.value = point.y;
    }
    centre.disabled = isSame(this.own, CENTER);
    own.hidden = !isBound;
    own.disabled = !this.own;
    suggest.hidden = !this.dataset.suggestUrl || Boolean(this.chosen) || stage.hidden;
    accept.hidden = !suggested;
    if (!this.source) return;
    this.previews.draw(this.source, point);
  }
}

function place(element, { x, y }) {
  element.style.left = `${x}%`;
  element.style.top = `${y}%`;
}

customElements.define("focal-point-picker", FocalPointPicker);
