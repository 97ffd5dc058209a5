// Requests to the local Coda, and announcements for screen readers.

/** Browsers send at most 64 KiB after the page is closed; some characters have several bytes. */
const KEPT = 16_000;

export const docAddress = () => `/d/${document.body.dataset.doc}`;

export async function get(path, asked = {}) {
  const query = new URLSearchParams(asked).toString();
  return fetch(docAddress() + path + (query ? `?${query}` : ""));
}

/** Sends JSON and returns the JSON of the answer; after a refusal, shows the reason and what is lost, and returns null. */
export async function send(path, data, lost = "") {
  try {
    const body = JSON.stringify(data);
    const reply = await fetch(docAddress() + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      keepalive: body.length < KEPT, // what was typed is written though the page is left at once
    });
    const answer = await reply.json();
    if (reply.ok) return answer;
    complain(answer.refused || "The local Coda refused this.", lost);
  } catch {
    complain("The local Coda does not answer.", lost);
  }
  return null;
}

export function say(text) {
  document.getElementById("live").textContent = text;
}

/** Says what went wrong. lost: What is not written because of it; it is shown until the reader closes it. */
export function complain(text, lost = "") {
  const changes = document.getElementById("changes");
  changes.replaceChildren(...changes.querySelectorAll(".lost"));
  const line = document.createElement("h2");
  line.textContent = lost ? `${text} ${lost}` : text;
  line.classList.toggle("lost", Boolean(lost));
  changes.append(line);
  changes.classList.add("bad");
  changes.hidden = false;
  say(text);
}
