// Files on their way into a gallery: each has a card that shows how far it is.
import { uploadImage } from "./direct-upload.js";
import { PHASES, showFile } from "./upload-progress.js";
import { fill, gettext } from "./words.js";

const AT_ONCE = 3;

/** The files of one page, three on their way at a time. */
export class Uploads {
  /**
   * @param {object} options
   * @param {HTMLTemplateElement} options.template of the card of a file
   * @param {function(): string} options.endpoint of the organisation
   * @param {function(): string} options.token against forged requests
   * @param {function(HTMLElement): void} options.place puts a new card on the page
   * @param {function(HTMLElement, object): void} options.arrived an image takes a card's place
   * @param {function(string): void} options.said something changed
   */
  constructor(options) {
    this.options = options;
    this.all = [];
  }

  get underWay() {
    return this.all.filter((each) => ["waiting", "running"].includes(each.state)).length;
  }

  /** Resolve when nothing is on its way any more, with what failed since. */
  async settled() {
    const before = new Set(this.failed);
    while (this.underWay) await new Promise((resolve) => setTimeout(resolve, 100));
    return this.failed.filter((each) => !before.has(each));
  }

  get failed() {
    return this.all.filter((each) => each.state === "failed");
  }

  add(files) {
    for (const file of files) {
      const upload = new Upload(file, this);
      this.all.push(upload);
      this.options.place(upload.line);
    }
    this.goOn();
  }

  goOn() {
    const running = this.all.filter((each) => each.state === "running").length;
    const waiting = this.all.filter((each) => each.state === "waiting");
    for (const upload of waiting.slice(0, AT_ONCE - running)) {
      upload.run().finally(() => this.goOn());
    }
    const listen = this.underWay ? window.addEventListener : window.removeEventListener;
    listen("beforeunload", warn);
  }
}

function warn(event) {
  event.preventDefault();
}

/** One file. */
class Upload {
  constructor(file, uploads) {
    this.file = file;
    this.uploads = uploads;
    this.state = "waiting";
    this.endpoint = uploads.options.endpoint();
    this.line = uploads.options.template.content.firstElementChild.cloneNode(true);
    this.find("card-name").textContent = file.name;
    for (const what of this.line.querySelectorAll(".gallery-card-what")) {
      what.textContent = file.name;
    }
    this.bar = this.line.querySelector("progress");
    this.bar.setAttribute("aria-label", fill(gettext("Progress of %(name)s"), { name: file.name }));
    this.find("upload-retry").addEventListener("click", () => this.retry());
    this.find("upload-cancel").addEventListener("click", () => this.cancel());
    showFile(this.line.querySelector("img"), file);
    this.say(gettext("Waiting"));
  }

  find(part) {
    return this.line.querySelector(`.gallery-${part}`);
  }

  say(words) {
    this.find("upload-state").textContent = words;
  }

  progress({ sent, total, phase }) {
    this.bar.value = total ? sent / total : 0;
    this.say(PHASES[phase](Math.floor((100 * sent) / total)));
    // Which the server decides from here on.
    this.find("upload-cancel").disabled = phase === "checking";
  }

  async run() {
    const { options } = this.uploads;
    this.state = "running";
    this.controller = new AbortController();
    try {
      const image = await uploadImage(this.file, {
        endpoint: this.endpoint,
        headers: { "X-CSRFToken": options.token() },
        onProgress: (progress) => this.progress(progress),
        signal: this.controller.signal,
      });
      this.state = "done";
      options.arrived(this.line, image);
      options.said(fill(gettext("%(name)s is in the gallery."), { name: this.file.name }));
    } catch (error) {
      if (error.code === "aborted") this.discard();
      else this.fail(error.message);
    }
  }

  fail(message) {
    const { name } = this.file;
    this.state = "failed";
    this.line.classList.add("has-errors");
    this.say(message);
    this.bar.hidden = true;
    this.find("upload-retry").hidden = false;
    this.find("upload-cancel").disabled = false;
    this.uploads.options.said(fill(gettext("%(name)s: %(message)s"), { name, message }));
  }

  retry() {
    this.state = "waiting";
    this.line.classList.remove("has-errors");
    this.bar.hidden = false;
    this.find("upload-retry").hidden = true;
    this.line.focus();
    this.uploads.goOn();
  }

  cancel() {
    if (this.state === "running") this.controller.abort();
    else this.discard();
  }

  discard() {
    this.state = "cancelled";
    const next = this.line.nextElementSibling ?? this.line.previousElementSibling;
    if (this.line.contains(document.activeElement)) next?.focus();
    this.line.remove();
    this.uploads.options.said(fill(gettext("%(name)s is cancelled."), { name: this.file.name }));
  }
}
