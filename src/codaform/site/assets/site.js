// What the theme leaves unsaid for those who hear a page, and unreachable for those who use keys alone.
document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");

// The theme wraps wide tables only after this script has run.
addEventListener("load", () => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
});

// A picture that is cut or shrunk opens as a whole: dragged, turned with the wheel, or moved by keys; Escape closes it.
const STEP = 1.25;

function openPicture(drawn) {
  const dialog = document.createElement("dialog");
  dialog.className = "coda-whole";
  const name = drawn.getAttribute("aria-label") ?? "Picture";
  dialog.setAttribute("aria-label", name);
  dialog.innerHTML =
    '<form method="dialog"><button type="button" data-by="1.25" aria-label="Larger">+</button>' +
    '<button type="button" data-by="0.8" aria-label="Smaller">−</button>' +
    '<button type="button" data-fit>Whole</button><button>Close</button></form><div class="coda-stage" tabindex="0"></div>';
  const stage = dialog.querySelector(".coda-stage");
  stage.setAttribute("aria-label", `${name}: arrow keys move it, + and − change its size`);
  stage.setAttribute("role", "group");
  const picture = drawn.cloneNode(true);
  const [wide, high] = [drawn.viewBox.baseVal.width, drawn.viewBox.baseVal.height];
  stage.append(picture);
  document.body.append(dialog);
  dialog.showModal();
  let [x, y, scale] = [0, 0, 1];
  const show = () => { picture.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; };
  const fit = () => {
    scale = Math.min(stage.clientWidth / wide, stage.clientHeight / high, 2);
    [x, y] = [(stage.clientWidth - wide * scale) / 2, (stage.clientHeight - high * scale) / 2];
    show();
  };
  const zoom = (by, at = [stage.clientWidth / 2, stage.clientHeight / 2]) => {
    const next = Math.min(Math.max(scale * by, 0.1), 8);
    [x, y] = [at[0] - (at[0] - x) * next / scale, at[1] - (at[1] - y) * next / scale];
    scale = next;
    show();
  };
  picture.style.width = `${wide}px`;
  picture.style.height = `${high}px`;
  fit();
  stage.focus();
  dialog.addEventListener("click", (event) => {
    const { by, fit: whole } = event.target.dataset ?? {};
    if (by) zoom(Number(by));
    if (whole !== undefined) fit();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const room = stage.getBoundingClientRect();
    zoom(event.deltaY < 0 ? STEP : 1 / STEP, [event.clientX - room.left, event.clientY - room.top]);
  }, { passive: false });
  let held = null;
  stage.addEventListener("pointerdown", (event) => { held = [event.clientX - x, event.clientY - y]; });
  stage.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    [x, y] = [event.clientX - held[0], event.clientY - held[1]];
    show();
  });
  stage.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (moves[event.key]) [x, y] = [x + moves[event.key][0], y + moves[event.key][1]];
    else if (event.key === "+" || event.key === "=") return zoom(STEP);
    else if (event.key === "-") return zoom(1 / STEP);
    else if (event.key === "0") return fit();
    else return;
    event.preventDefault();
    show();
  });
  dialog.addEventListener("close", () => dialog.remove());
}

for (const drawn of document.querySelectorAll(".coda-fitted > svg")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "coda-larger";
  button.textContent = "Larger";
  button.setAttribute("aria-label", `Larger: ${drawn.getAttribute("aria-label") ?? "the picture"}`);
  button.addEventListener("click", () => openPicture(drawn));
  drawn.closest(".coda-scroll").after(button);
}

// The links of a table or a picture are one stop of the Tab key; arrow keys go from link to link, Home and End to the ends.
for (const group of document.querySelectorAll(".coda-fitted, .coda-grid, .coda-facts")) {
  const links = [...group.querySelectorAll("a[href]")];
  for (const link of links.slice(1)) link.tabIndex = -1;
  group.addEventListener("keydown", (event) => {
    const at = links.indexOf(document.activeElement);
    const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
    const next = links[steps[event.key]];
    if (at < 0 || !next) return;
    event.preventDefault();
    links[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

// What does not scroll is no stop at all.
addEventListener("load", () => {
  for (const box of document.querySelectorAll(".coda-scroll[tabindex]")) {
    const whole = box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
    if (box.clientWidth && whole) box.removeAttribute("tabindex");
  }
});
