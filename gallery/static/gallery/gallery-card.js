// One card of a gallery in the admin: an image, what is said about it here, and its place.
import "./focal-point.js";
import { cropBox, parsePoint } from "./geometry.js";
import { fill, gettext } from "./words.js";

const THUMBNAIL = { width: 160, height: 160 };
const LARGEST_PREVIEW = 1024; // pixels across

/** A card that is in the gallery, or will be when the page is saved. */
export class Card {
  /**
   * @param {HTMLElement} line the card's element
   * @param {{page: object, editor: HTMLTemplateElement, changed: function(Card): void}} gallery
   */
  constructor(line, gallery) {
    this.line = line;
    this.gallery = gallery;
    this.isNew = false;
    line.querySelector(".gallery-card-edit").addEventListener("click", () => this.edit());
    line.querySelector(".gallery-card-remove").addEventListener("click", () => this.remove());
    line.querySelector(".gallery-card-undo").addEventListener("click", () => this.keep());
    line.addEventListener("input", () => this.refresh());
    this.picker = line.querySelector("focal-point-picker");
    this.point = this.field("focal_point").value;
    this.refresh();
  }

  /** Return the field of this name. */
  field(name) {
    return this.line.querySelector(`[name="${this.line.dataset.prefix}-${name}"]`);
  }

  get id() {
    return Number(this.line.dataset.image || this.field("image_id")?.value || 0);
  }

  get name() {
    return this.field("custom_title").value || this.line.dataset.file;
  }

  get isRemoved() {
    return this.field("DELETE").checked;
  }

  get cover() {
    return this.field("is_cover");
  }

  get isDecorative() {
    const here = this.field("custom_decorative").value;
    if (here !== "unknown") return here === "true";
    return "decorative" in this.line.dataset && !this.field("custom_alt_text").value.trim();
  }

  /** Make this the card of an image of the library, as the API shows it. */
  become(image) {
    const { dataset } = this.line;
    dataset.image = image.id;
    dataset.file = image.title || image.file_name;
    dataset.alt = image.alt_text;
    if (image.decorative) dataset.decorative = "";
    this.field("image_id").value = image.id;
    const picture = this.line.querySelector("img");
    picture.hidden = false;
    picture.src = image.variants.thumb ?? image.variants.original;
    this.isNew = true;
    this.show(image);
    this.refresh();
  }

  /** Point the picker at the image; it does not exist before its module has arrived. */
  async show(image) {
    await customElements.whenDefined("focal-point-picker");
    const { page } = this.gallery;
    const { x, y } = image.focal_point;
    this.picker.show({
      src: previewOf(image),
      width: image.width,
      height: image.height,
      crops: page.crops,
      inherited: { x: Math.round(x * 100), y: Math.round(y * 100) },
      suggestUrl: page.suggestUrl.replace("/0/", `/${image.id}/`),
    });
  }

  /** Write what the fields say onto the card. */
  refresh() {
    const find = (part) => this.line.querySelector(`.gallery-${part}`);
    const { dataset } = this.line;
    const alt = this.field("custom_alt_text").value.trim() || dataset.alt;
    find("badge-alt").hidden = this.isDecorative || Boolean(alt);
    find("badge-decorative").hidden = !this.isDecorative;
    find("badge-new").hidden = !this.isNew;
    for (const what of this.line.querySelectorAll(".gallery-card-what")) {
      what.textContent = this.name;
    }
    find("card-name").textContent = this.name;
    this.field("custom_alt_text").placeholder = dataset.alt;
    this.field("custom_title").placeholder = dataset.file;
    this.line.classList.toggle("is-removed", this.isRemoved);
    find("card-edit").hidden = this.isRemoved;
    find("card-remove").hidden = this.isRemoved;
    find("card-undo").hidden = !this.isRemoved;
    this.cover.disabled = this.isRemoved;
    find("card-handle").hidden = this.isRemoved;
    this.showCrop();
  }

  /** Show the crop that a moved focal point will give, before it is made. */
  showCrop() {
    const text = this.field("focal_point").value;
    if (text === this.point || !this.picker?.dataset.src) return;
    this.point = text;
    const { src, width, height, inherited } = this.picker.dataset;
    const point = parsePoint(text) ?? parsePoint(inherited ?? "");
    if (!point) return;
    const whole = { width: Number(width), height: Number(height) };
    const box = cropBox(whole, THUMBNAIL, point);
    const part = (start, length, all) => (all > length ? (100 * start) / (all - length) : 50);
    const x = part(box.left, box.right - box.left, whole.width);
    const y = part(box.top, box.bottom - box.top, whole.height);
    const picture = this.line.querySelector(".gallery-card-picture img");
    picture.src = src;
    picture.style.objectPosition = `${x}% ${y}%`;
  }

  /** Open what is said about the image here. */
  edit() {
    this.dialog ??= this.makeDialog();
    this.dialog.querySelector("h3").textContent = this.name;
    const link = this.dialog.querySelector(".gallery-editor-link");
    link.href = this.gallery.page.changeUrl.replace("/0/", `/${this.id}/`);
    this.dialog.showModal();
  }

  makeDialog() {
    const dialog = this.gallery.editor.content.firstElementChild.cloneNode(true);
    const heading = dialog.querySelector("h3");
    heading.id = `${this.line.dataset.prefix}-heading`;
    dialog.setAttribute("aria-labelledby", heading.id);
    dialog
      .querySelector(".gallery-dialog-body")
      .append(this.line.querySelector(".gallery-card-fields"));
    const done = dialog.querySelector(".gallery-dialog-close");
    done.addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      // Which would save the whole page.
      if (event.key === "Enter" && event.target.matches("input:not([type=checkbox])")) {
        event.preventDefault();
        dialog.close();
      }
    });
    this.line.append(dialog);
    return dialog;
  }

  remove() {
    this.field("DELETE").checked = true;
    this.refresh();
    this.line.querySelector(".gallery-card-undo").focus();
    this.gallery.changed(fill(gettext("%(name)s is removed when you save."), { name: this.name }));
  }

  keep() {
    this.field("DELETE").checked = false;
    this.refresh();
    this.line.querySelector(".gallery-card-edit").focus();
    this.gallery.changed(fill(gettext("%(name)s stays."), { name: this.name }));
  }

  /** Say on the card what the server found wrong in its editor, so that nobody has to search. */
  showErrors() {
    const fields = this.line.querySelector(".gallery-card-fields");
    const messages = [...fields.querySelectorAll(".errorlist li")].map((each) => each.textContent);
    const hint = this.line.querySelector(".gallery-card-hint");
    hint.textContent = messages.join(" ");
    hint.hidden = messages.length === 0;
  }
}

/** Return the URL of the smallest whole picture that is large enough to point at. */
function previewOf(image) {
  const ratio = image.width / image.height;
  const whole = Object.values(image.renditions ?? {}).filter(
    (each) => Math.abs(each.width / each.height - ratio) < 0.02 * ratio,
  );
  const fitting = whole.filter((each) => each.width <= LARGEST_PREVIEW);
  const widest = fitting.sort((one, other) => other.width - one.width)[0];
  return widest?.url ?? image.variants.original;
}
