// Weeks side by side: drag a card to another week, or use its buttons, or Shift and an arrow.

import { send } from "./asking.js";
import { show } from "./changes.js";
import { remember } from "./history.js";
import { cardAt, isFocusFree, refresh } from "./refreshing.js";

const DAY = 86_400_000;
const cardOf = (node) => node?.closest?.(".task");
const laneOf = (node) => node?.closest?.(".lane");
const time = (day) => Date.parse(`${day}T00:00:00Z`);

/** A date, with or without a time, some days later. */
function later(date, days) {
  const day = new Date(time(date.slice(0, 10)) + days * DAY).toISOString().slice(0, 10);
  return day + date.slice(10);
}

async function put(card, value) {
  const board = document.getElementById("content").dataset;
  const row = card.dataset.row;
  const before = card.dataset.raw;
  if (value === before) return;
  const place = { table: board.table, row, column: board.by };
  const answer = await send("/cells", { ...place, value });
  if (!answer) return;
  await refresh();
  show(answer, remember(place, before, value));
  follow();
  const moved = cardAt(row);
  if (isFocusFree()) moved?.focus(); // else the refresh has kept it
  moved?.classList.add("moved");
  moved?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function drop(card, lane) {
  const from = laneOf(card).dataset.start;
  const to = lane.dataset.start;
  if (from === to) return;
  if (!to) put(card, "");
  else if (!from) put(card, to);
  else put(card, later(card.dataset.raw, Math.round((time(to) - time(from)) / DAY)));
}

function go(card, key) {
  const lanes = [...document.querySelectorAll(".lane")];
  const lane = laneOf(card);
  const cards = [...lane.querySelectorAll(".task")];
  const at = cards.indexOf(card);
  if (key === "ArrowUp") cards[at - 1]?.focus();
  if (key === "ArrowDown") cards[at + 1]?.focus();
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  for (let next = lanes.indexOf(lane) + (step || 0); step && lanes[next]; next += step) {
    const others = lanes[next].querySelectorAll(".task");
    if (others.length) {
      others[Math.min(at, others.length - 1)].focus();
      break;
    }
  }
}

/** On a narrow screen the present week comes first. */
function present() {
  const lane = document.querySelector(".lane.now");
  if (lane && matchMedia("(max-width: 760px)").matches) lane.parentElement.scrollLeft = lane.offsetLeft - 14;
}

/** Scrolls to the changes in the tables below. */
function follow() {
  for (const box of document.querySelectorAll(".companion .grid-wrap")) {
    const cell = box.querySelector("td.changed");
    if (cell) box.scrollTop = cell.offsetTop - 60;
  }
}

export function start() {
  let dragged = null;
  present();
  document.addEventListener("dragstart", (event) => {
    dragged = cardOf(event.target);
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.name);
    dragged.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const lane = laneOf(event.target);
    if (!dragged || !lane) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".lane.over")) if (other !== lane) other.classList.remove("over");
    lane.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const lane = laneOf(event.target);
    if (!dragged || !lane) return;
    event.preventDefault();
    drop(dragged, lane);
  });
  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
    for (const lane of document.querySelectorAll(".lane.over")) lane.classList.remove("over");
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-weeks]");
    const card = cardOf(event.target);
    if (button && card) put(card, later(card.dataset.raw, 7 * Number(button.dataset.weeks)));
  });
  document.addEventListener("keydown", (event) => {
    const card = cardOf(event.target);
    if (!card || event.target !== card || !event.key.startsWith("Arrow")) {
      if (card && event.target === card && event.key === "Enter") card.querySelector("a.name").click();
      return;
    }
    event.preventDefault();
    const weeks = { ArrowLeft: -7, ArrowRight: 7 }[event.key];
    if (event.shiftKey && weeks && card.draggable && card.dataset.raw) put(card, later(card.dataset.raw, weeks));
    else if (event.shiftKey && weeks && card.draggable) drop(card, document.querySelector(".lane.now") || document.querySelectorAll(".lane")[1]);
    else if (!event.shiftKey) go(card, event.key);
  });
}
