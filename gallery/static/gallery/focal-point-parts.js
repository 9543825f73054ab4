// What a focal-point picker is made of.
import { fill, gettext } from "./words.js";

let count = 0;

/** Return the elements of a new picker by name; `editor` holds all the others. */
export function makeParts() {
  const id = `focal-point-${(count += 1)}`;
  const parts = {
    image: make("img", { alt: "", draggable: false, decoding: "async" }),
    ring: make("span", { className: "focal-point-ring", hidden: true }),
    dot: makeDot(`${id}-help`),
    message: make("p", { className: "focal-point-message", hidden: true }),
    x: makeNumber(),
    y: makeNumber(),
    centre: makeButton(gettext("Centre")),
    own: makeButton(gettext("Use the image's own")),
    suggest: makeButton(gettext("Suggest")),
    accept: makeButton(gettext("Use the suggestion")),
    previews: make("div", { className: "focal-point-crops" }),
    status: make("p", { className: "focal-point-status" }),
  };
  parts.status.setAttribute("role", "status");
  parts.stage = make("div", { className: "focal-point-stage" }, [
    parts.image,
    parts.ring,
    parts.dot,
  ]);
  parts.help = make("p", { className: "focal-point-help", id: `${id}-help` }, [
    gettext("Click or drag. Arrow keys move it by 1 %, with Shift by 10 %."),
  ]);
  parts.editor = make("div", { className: "focal-point-editor" }, [
    make("div", { className: "focal-point-main" }, [
      parts.stage,
      parts.message,
      make("div", { className: "focal-point-numbers" }, [
        make("label", {}, [gettext("From the left, %"), parts.x]),
        make("label", {}, [gettext("From the top, %"), parts.y]),
      ]),
      make("div", { className: "focal-point-buttons" }, [
        parts.centre,
        parts.own,
        parts.suggest,
        parts.accept,
      ]),
      parts.help,
    ]),
    parts.previews,
    parts.status,
  ]);
  return parts;
}

/** Return a point in words. */
export function inWords({ x, y }) {
  return fill(gettext("%(x)s % from the left, %(y)s % from the top"), { x, y });
}

function make(tag, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function makeButton(text) {
  return make("button", { type: "button", className: "button" }, [text]);
}

function makeNumber() {
  // Without a name, so that it is not sent with the form.
  return make("input", { type: "number", min: 0, max: 100, step: 1, required: false });
}

function makeDot(help) {
  const dot = make("div", { className: "focal-point-dot", tabIndex: 0 });
  // The value of a slider is one number; the words beside it say both.
  const attributes = {
    role: "slider",
    "aria-label": gettext("Focal point"),
    "aria-describedby": help,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  };
  for (const [name, value] of Object.entries(attributes)) dot.setAttribute(name, value);
  return dot;
}
