// The admin's page "Upload several": files wait in a queue, three are on their way at a time.
import { uploadImage } from "./direct-upload.js";
import { acceptDrops, PHASES, showFile } from "./upload-progress.js";
import { fill, gettext } from "./words.js";

const AT_ONCE = 3;

const element = (id) => document.getElementById(id);
const form = element("upload-form");
const organization = element("upload-organization");
const visibility = element("upload-visibility");
const picker = element("upload-files");
const drop = element("upload-drop");
const rows = [];

/** One file: where it goes, what became of it, and its line on the page. */
class Row {
  constructor(file) {
    this.file = file;
    this.state = "waiting";
    const [target] = organization.selectedOptions;
    this.endpoint = target.dataset.endpoint;
    this.fields = { visibility: visibility.value };
    this.line = element("upload-row").content.firstElementChild.cloneNode(true);
    const seen = visibility.selectedOptions[0].label.toLowerCase();
    this.find("name").textContent = file.name;
    this.find("details").textContent = `${sizeOf(file)} · ${target.label} · ${seen}`;
    for (const hidden of this.line.querySelectorAll(".visually-hidden")) {
      hidden.textContent = ` ${file.name}`;
    }
    this.bar = this.line.querySelector("progress");
    this.bar.setAttribute("aria-label", fill(gettext("Progress of %(name)s"), { name: file.name }));
    this.find("retry").addEventListener("click", () => this.retry());
    this.find("cancel").addEventListener("click", () => this.cancel());
    showFile(this.line.querySelector("img"), file);
    this.become("waiting", gettext("Waiting"));
  }

  isSame(other) {
    const said = ({ file, endpoint, fields }) =>
      JSON.stringify([file.name, file.size, file.lastModified, endpoint, fields]);
    return said(this) === said(other);
  }

  find(part) {
    return this.line.querySelector(`.upload-${part}`);
  }

  become(state, words) {
    this.state = state;
    this.line.classList.toggle("is-failed", state === "failed");
    this.find("state").textContent = words;
    this.bar.hidden = !["waiting", "running"].includes(state);
    const hadFocus = this.line.contains(document.activeElement);
    this.find("retry").hidden = !["failed", "cancelled"].includes(state);
    this.find("cancel").hidden = this.bar.hidden;
    this.find("open").hidden = state !== "done";
    // Whoever pressed a button that is gone now goes on from the line.
    if (hadFocus && document.activeElement?.offsetParent === null) this.line.focus();
  }

  progress({ sent, total, phase }) {
    const percent = Math.floor((100 * sent) / total);
    this.bar.value = total ? sent / total : 0;
    this.find("state").textContent = PHASES[phase](percent);
    // Which the server decides from here on.
    this.find("cancel").disabled = phase === "checking";
  }

  async run() {
    this.become("running", PHASES.starting());
    this.controller = new AbortController();
    try {
      const image = await uploadImage(this.file, {
        endpoint: this.endpoint,
        fields: this.fields,
        // Not of the cookie, which scripts may not be allowed to read.
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        onProgress: (progress) => this.progress(progress),
        signal: this.controller.signal,
      });
      this.find("open").href = form.dataset.changeUrl.replace("/0/", `/${image.id}/`);
      this.become("done", PHASES.done());
    } catch (error) {
      if (error.code === "aborted") this.become("cancelled", gettext("Cancelled"));
      else this.become("failed", error.message);
    }
  }

  retry() {
    this.bar.value = 0;
    this.become("waiting", gettext("Waiting"));
    goOn();
  }

  cancel() {
    if (this.state === "waiting") this.become("cancelled", gettext("Cancelled"));
    else this.controller.abort();
    summarize();
  }
}

function sizeOf(file) {
  const units = ["B", "KB", "MB", "GB"];
  let size = file.size;
  while (size >= 1024 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  return `${size.toFixed(size < 10 && units[0] !== "B" ? 1 : 0)} ${units[0]}`;
}

const inState = (...states) => rows.filter((row) => states.includes(row.state));

/** Start what may start, and again whenever something has ended. */
function goOn() {
  const free = AT_ONCE - inState("running").length;
  for (const row of inState("waiting").slice(0, free)) row.run().finally(goOn);
  summarize();
}

/** Say how far all of it is: in words that change when a file ends, not with every byte. */
function summarize() {
  const count = (state) => inState(state).length;
  const underWay = count("running") + count("waiting");
  const said = [
    [gettext("%(count)s of %(total)s in the library"), count("done")],
    [gettext("%(count)s to go"), underWay],
    [gettext("%(count)s failed"), count("failed")],
    [gettext("%(count)s cancelled"), count("cancelled")],
  ].filter(([, number], place) => number || place === 0);
  const words = said.map(([each, number]) => fill(each, { count: number, total: rows.length }));
  const text = `${words.join(", ")}.`;
  const summary = element("upload-summary");
  if (summary.textContent !== text) summary.textContent = text;
  const listen = underWay ? window.addEventListener : window.removeEventListener;
  listen("beforeunload", warn);
}

function warn(event) {
  event.preventDefault();
}

function add(files) {
  const known = [];
  for (const file of files) {
    const row = new Row(file);
    const earlier = rows.find((each) => each.isSame(row));
    if (earlier) {
      known.push(earlier);
    } else {
      rows.push(row);
      element("upload-rows").append(row.line);
    }
  }
  // Chosen again: what did not arrive is tried again, and nothing goes there twice.
  for (const row of known) if (["failed", "cancelled"].includes(row.state)) row.retry();
  element("upload-list").hidden = rows.length === 0;
  goOn();
}

function addChosen() {
  add(picker.files);
  picker.value = ""; // so that the same file can be chosen again
}

picker.addEventListener("change", addChosen);
if (picker.files.length) addChosen(); // by somebody quicker than this script
form.addEventListener("submit", (event) => event.preventDefault());

acceptDrops(drop, add);
