// Written by codaform docs build; do not edit.
// What the theme lacks: names for those who hear a page, ways for those who use keys, and formulas that answer.
(() => {
  const home = new URL("./", document.querySelector('script[src*="codaform/site.js"]').src);

  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");

  // The theme wraps wide tables only after this script has run.
  addEventListener("load", () => {
    for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    }
  });

  // ---------------------------------------------------------------- the parts of a formula, as tips over its text

  const tip = document.createElement("div");
  tip.className = "coda-tip";
  tip.id = "coda-tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  const marks = typeof Highlight === "function" && CSS.highlights;

  /** The block of a formula above the element that holds its parts. */
  function blockOf(live) {
    for (let block = live.previousElementSibling; block; block = block.previousElementSibling) {
      if (block.matches(".highlight")) return block;
    }
    return null;
  }

  /** A range of the text of an element, by places in it. */
  function rangeOf(code, start, end) {
    const range = document.createRange();
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    let at = 0;
    let begun = false;
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const until = at + node.length;
      if (!begun && start < until) {
        range.setStart(node, start - at);
        begun = true;
      }
      if (begun && end <= until) {
        range.setEnd(node, end - at);
        return range;
      }
      at = until;
    }
    return null;
  }

  function placeAt(code, event) {
    const found = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const [node, offset] = found ? [found.offsetNode, found.offset] : old(event);
    if (!node || node.nodeType !== Node.TEXT_NODE || !code.contains(node)) return -1;
    const before = document.createRange();
    before.setStart(code, 0);
    before.setEnd(node, offset);
    return before.toString().length;
  }

  function old(event) {
    const range = document.caretRangeFromPoint?.(event.clientX, event.clientY);
    return range ? [range.startContainer, range.startOffset] : [null, 0];
  }

  function pointed(live) {
    const parts = JSON.parse(live.dataset.parts || "[]");
    const block = blockOf(live);
    const code = block?.querySelector("code");
    if (!code || !parts.length) return;
    // Not the code itself: the theme decides whether that is a stop of the tab key.
    const stop = code.parentElement;
    stop.tabIndex = 0;
    stop.setAttribute("role", "group");
    stop.setAttribute("aria-label", "Formula; the arrow keys go through its parts");
    let shown = -1;

    function show(index) {
      if (index === shown) return;
      shown = index;
      const part = parts[index];
      const range = part && rangeOf(code, part[0], part[1]);
      if (marks) marks.delete("coda-part");
      tip.hidden = !range;
      if (!range) return;
      if (marks) marks.set("coda-part", new Highlight(range));
      const [, , words, value, note] = part;
      const lines = [["coda-tip-words", words], ["coda-tip-value", value && (value === note ? value : `= ${value}`)]];
      if (note && note !== value) lines.push(["coda-tip-note", note]);
      tip.replaceChildren(
        ...lines.filter(([, text]) => text).map(([look, text]) => {
          const line = document.createElement("p");
          line.className = look;
          // Names stand between backticks.
          text.split("`").forEach((piece, number) => {
            if (look !== "coda-tip-words" || number % 2 === 0) line.append(look === "coda-tip-words" || number === 0 ? piece : `\`${piece}`);
            else line.append(Object.assign(document.createElement("code"), { textContent: piece }));
          });
          return line;
        }),
      );
      put(range.getBoundingClientRect());
    }

    function put(box) {
      const room = document.documentElement.clientWidth;
      tip.style.left = "0";
      tip.style.top = "0";
      const left = Math.max(8, Math.min(box.left, room - tip.offsetWidth - 8));
      tip.style.left = `${left + scrollX}px`;
      tip.style.top = `${box.bottom + scrollY + 6}px`;
    }

    /** The innermost part around a place; -1 for none. */
    function around(place) {
      let best = -1;
      parts.forEach(([start, end], index) => {
        if (start <= place && place < end && (best < 0 || end - start <= parts[best][1] - parts[best][0])) best = index;
      });
      return best;
    }

    code.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") show(around(placeAt(code, event)));
    });
    code.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") show(-1);
    });
    code.addEventListener("click", (event) => show(around(placeAt(code, event))));
    stop.addEventListener("focusout", () => show(-1));
    stop.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") show(-1);
      else if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      else show(shown < 0 ? (step > 0 ? 0 : parts.length - 1) : (shown + step + parts.length) % parts.length);
      event.preventDefault();
      event.stopPropagation();
    });
  }

  for (const live of document.querySelectorAll(".coda-live")) pointed(live);

  // ---------------------------------------------------------------- a formula is tried in place

  const local = location.protocol === "file:";
  let form = null;
  let opened = null;

  /** The playground's form, taken from its page and begun; fetched once. */
  async function playground(bundle) {
    const page = new URL(bundle.page, new URL("playground/", home));
    const reply = await fetch(page);
    if (!reply.ok) throw new Error(`${page.pathname} is not there`);
    form = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("pg-form");
    form.setAttribute("data-guest", "");
    form.classList.add("guest");
    for (const examples of form.querySelectorAll("#pg-begin, .pg-examples")) examples.remove();
  }

  async function open(live, said) {
    const note = live.querySelector(".coda-note") || live.appendChild(Object.assign(document.createElement("span"), { className: "coda-note" }));
    note.setAttribute("role", "status");
    if (local) {
      note.textContent = " This page is a file on the disk, where a browser starts no Python. Serve the folder of the site: python3 -m http.server";
      return;
    }
    try {
      const [{ bundle }, page] = await Promise.all([import(new URL("playground/bundle.js", home)), import(new URL("playground/page.js", home))]);
      if (!form) await playground(bundle);
      live.after(form);
      opened ??= page.begin(false);
      opened.take(said);
      document.getElementById("pg-text").focus();
      note.textContent = "";
    } catch (problem) {
      note.textContent = ` The playground could not be opened: ${problem.message}`;
    }
  }

  function tryable(live, block, said) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "coda-try";
    button.textContent = "Try it";
    button.addEventListener("click", () => open(live, { text: block.querySelector("code").textContent.trim(), ...said }));
    live.append(button);
  }

  function offer() {
    for (const live of document.querySelectorAll(".coda-live")) {
      const block = blockOf(live);
      const { table, row, number } = live.dataset;
      if (block) tryable(live, block, { table, row, number: Number(number), doc: "", own: "" });
    }
    if (!document.querySelector(".coda-examples")) return;
    for (const block of document.querySelectorAll(".language-coda.highlight")) {
      const live = document.createElement("div");
      live.className = "coda-live";
      block.after(live);
      tryable(live, block, { table: "", row: "", number: 0, doc: "examples", own: "" });
    }
  }

  if (document.getElementById("pg-form")) return;
  // The menu says whether the site has a playground; its scripts, which a page from the disk cannot read, whether it runs.
  if (!document.querySelector('.md-nav a[href*="playground"]')) return;
  if (local) offer();
  else import(new URL("playground/bundle.js", home)).then(({ bundle }) => bundle && offer(), () => {});
})();

(() => {
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
})();
