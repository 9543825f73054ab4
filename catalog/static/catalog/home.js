// The figure that follows a focal point, and buttons that copy commands.

import { cropBox } from "../gallery/geometry.js";

const figure = document.querySelector(".focal-figure");
if (figure) follow(figure);
if (navigator.clipboard) document.querySelectorAll(".commands pre").forEach(addCopyButton);

/** Let a click or two sliders move the point; every frame is cut as the server would cut it. */
function follow(figure) {
  const whole = figure.querySelector(".focal-whole");
  const [fromLeft, fromTop] = figure.querySelectorAll("input");
  const original = { width: whole.viewBox.baseVal.width, height: whole.viewBox.baseVal.height };

  const show = () => {
    const point = { x: fromLeft.valueAsNumber, y: fromTop.valueAsNumber };
    for (const dot of whole.querySelectorAll("circle")) {
      dot.setAttribute("cx", `${point.x}%`);
      dot.setAttribute("cy", `${point.y}%`);
    }
    for (const frame of figure.querySelectorAll(".on-point svg")) {
      const box = { width: Number(frame.dataset.width), height: Number(frame.dataset.height) };
      const { left, top, right, bottom } = cropBox(original, box, point);
      frame.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
    }
    for (const said of document.querySelectorAll("[data-fraction]")) {
      said.textContent = point[said.dataset.fraction] / 100;
    }
  };
  const moveTo = (event) => {
    if (!event.buttons) return;
    const { left, top, width, height } = whole.getBoundingClientRect();
    fromLeft.value = (100 * (event.clientX - left)) / width;
    fromTop.value = (100 * (event.clientY - top)) / height;
    show();
  };
  figure.addEventListener("input", show);
  whole.addEventListener("pointerdown", moveTo);
  whole.addEventListener("pointermove", moveTo);
  show(); // browsers remember where sliders were
}

function addCopyButton(commands) {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "action",
    textContent: "Copy",
  });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(commands.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  commands.after(button);
}
