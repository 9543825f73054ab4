// The gallery of an object in the admin. Without this script its cards are plain fields.
import { Card } from "./gallery-card.js";
import { Library } from "./gallery-library.js";
import { arrangeable } from "./gallery-order.js";
import { Uploads } from "./gallery-uploads.js";
import { acceptDrops } from "./upload-progress.js";
import { fill, gettext } from "./words.js";

/** One gallery: its cards in order, and what is on its way. */
class Gallery {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.page = JSON.parse(root.querySelector("#gallery-page").textContent);
    this.list = root.querySelector(".gallery-cards");
    this.status = root.querySelector(".gallery-status");
    this.notice = root.querySelector(".gallery-notice");
    this.editor = root.querySelector(".gallery-editor-template");
    this.template = root.querySelector(".gallery-card-template");
    this.total = root.querySelector("[name$='-TOTAL_FORMS']");
    for (const blank of this.list.querySelectorAll(".is-blank:not(.has-errors)")) blank.remove();
    this.cards = new Map();
    for (const line of this.list.children) this.cards.set(line, new Card(line, this));
    // As the server does: the first image of a new gallery is its cover, until somebody chooses.
    this.isCoverChosen = this.cards.size > 0;
    root.classList.add("is-enhanced");
    this.prepareSources();
    arrangeable(this.list, (line) => this.moved(line));
    this.list.addEventListener("change", (event) => {
      if (event.target.name?.endsWith("-is_cover")) this.choseCover(event.target);
    });
    for (const card of this.cards.values()) card.showErrors();
    this.changed();
  }

  /** The ways in which images come: files, and the library. */
  prepareSources() {
    const toolbar = this.root.querySelector(".gallery-toolbar");
    this.prepareOrganizations(toolbar);
    this.uploads = new Uploads({
      template: this.root.querySelector(".gallery-upload-template"),
      endpoint: () => this.organization.endpoint,
      token: () => this.form.elements.csrfmiddlewaretoken.value,
      place: (line) => {
        this.list.append(line);
        this.changed();
      },
      arrived: (line, image) => this.arrived(line, image),
      said: (words) => this.changed(words),
    });
    const picker = toolbar.querySelector("input[type=file]");
    picker.addEventListener("change", () => {
      this.take(picker.files);
      picker.value = ""; // so that the same file can be chosen again, and the form sends none
    });
    acceptDrops(this.root, (files) => this.take(files));
    const library = new Library(this.root, {
      endpoint: () => this.organization.endpoint,
      present: () => new Set(this.kept.map((card) => card.id)),
      add: (images) => images.forEach((image) => this.add(image)),
    });
    const open = toolbar.querySelector(".gallery-open-library");
    open.addEventListener("click", () => this.organization && library.open());
    this.form.addEventListener("submit", (event) => this.finishFirst(event));
    toolbar.hidden = false;
  }

  /** Whose images: the object's, or while it has no organisation yet that of its own form. */
  prepareOrganizations(toolbar) {
    const { organizations, organizationField, isAdding } = this.page;
    const own = isAdding ? this.form.elements[organizationField] : undefined;
    const choice = toolbar.querySelector(".gallery-organization select");
    for (const { id, name } of organizations) choice.append(new Option(name, id));
    this.choice = own ?? choice;
    choice.parentElement.hidden = Boolean(own) || organizations.length < 2;
    const update = () => {
      const isKnown = Boolean(this.organization);
      toolbar.querySelector("input[type=file]").disabled = !isKnown;
      toolbar.querySelector(".gallery-open-library").disabled = !isKnown;
      toolbar.querySelector(".gallery-hint").textContent = isKnown
        ? gettext("or drop files here")
        : gettext("Choose the organisation first.");
    };
    // The admin's own search fields tell of changes by jQuery alone.
    const { jQuery } = globalThis.django ?? {};
    if (jQuery) jQuery(this.choice).on("change", update);
    else this.choice.addEventListener("change", update);
    update();
  }

  get organization() {
    return this.page.organizations.find(({ id }) => String(id) === this.choice.value);
  }

  /** The cards of images that will be in the gallery, in order. */
  get kept() {
    const cards = [...this.list.children].map((line) => this.cards.get(line));
    return cards.filter((card) => card && !card.isRemoved);
  }

  take(files) {
    const room = this.page.limit - this.kept.length - this.uploads.underWay;
    const fitting = [...files].slice(0, Math.max(0, room));
    this.notify("");
    if (!this.organization) {
      this.notify(gettext("Choose the organisation first."));
      return;
    }
    this.uploads.add(fitting);
    if (fitting.length < files.length) {
      const { limit } = this.page;
      this.notify(fill(gettext("A gallery has at most %(limit)s images."), { limit }));
    }
  }

  /** Add a card at the end for an image of the library. */
  add(image) {
    const line = this.newLine();
    this.list.append(line);
    this.enter(line, image);
    this.changed(
      fill(gettext("%(name)s is in the gallery."), { name: image.title || image.file_name }),
    );
  }

  /** Put a card where that of the file was. */
  arrived(uploading, image) {
    const hadFocus = uploading.contains(document.activeElement);
    const line = this.newLine();
    uploading.replaceWith(line);
    this.enter(line, image);
    if (hadFocus) line.focus();
  }

  newLine() {
    const holder = document.createElement("template");
    holder.innerHTML = this.template.innerHTML.replaceAll("__prefix__", this.total.value);
    this.total.value = Number(this.total.value) + 1;
    return document.importNode(holder.content.firstElementChild, true);
  }

  enter(line, image) {
    line.classList.remove("is-blank");
    const card = new Card(line, this);
    this.cards.set(line, card);
    card.become(image);
    // As Django does with rows of its own, for whoever listens.
    const detail = { formsetName: this.root.dataset.prefix };
    line.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail }));
  }

  moved(line) {
    const cards = this.kept;
    const place = cards.indexOf(this.cards.get(line)) + 1;
    const { name } = this.cards.get(line);
    const words = gettext("%(name)s: place %(place)s of %(total)s");
    this.changed(fill(words, { name, place, total: cards.length }));
  }

  choseCover(chosen) {
    this.isCoverChosen = true;
    for (const { cover } of this.cards.values()) if (cover !== chosen) cover.checked = false;
    this.changed();
  }

  /** Number the places anew, and tell screen readers what happened. */
  changed(words = "") {
    [...this.list.children].forEach((line, place) => {
      const card = this.cards?.get(line);
      if (card) card.field("order").value = place;
    });
    if (!this.isCoverChosen) {
      this.kept.forEach((card, place) => {
        card.cover.checked = place === 0;
      });
    }
    this.root.querySelector(".gallery-count").textContent = `(${this.kept.length})`;
    this.root.querySelector(".gallery-empty").hidden = this.list.children.length > 0;
    if (words) this.status.textContent = words;
  }

  /** Show words above the cards until others take their place; none takes them away. */
  notify(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
    this.changed(words);
  }

  /** Let files that are on their way arrive before the page is saved: once, and if all do. */
  async finishFirst(event) {
    if (!this.uploads.underWay && !this.isFinishing) return;
    event.preventDefault();
    this.submitter = event.submitter;
    if (this.isFinishing) return;
    this.isFinishing = true;
    this.notify(gettext("Saving when all files have arrived."));
    const failed = await this.uploads.settled();
    this.isFinishing = false;
    if (failed.length) {
      failed[0].line.focus();
      this.notify(gettext("Nothing is saved: not all files have arrived."));
    } else {
      this.notify("");
      this.form.requestSubmit(this.submitter);
    }
  }
}

for (const root of document.querySelectorAll(".gallery-inline[data-may-change]")) {
  new Gallery(root);
}
