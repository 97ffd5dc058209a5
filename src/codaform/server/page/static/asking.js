// What the page asks of the local Coda, and what it says aloud.

export const docAddress = () => `/d/${document.body.dataset.doc}`;

export async function get(path, asked = {}) {
  const query = new URLSearchParams(asked).toString();
  return fetch(docAddress() + path + (query ? `?${query}` : ""));
}

/** Sends JSON; gives the JSON that comes back, or null after it has told why nothing was done. */
export async function send(path, data) {
  try {
    const reply = await fetch(docAddress() + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(data),
    });
    const told = await reply.json();
    if (reply.ok) return told;
    complain(told.refused || "The local Coda refused this.");
  } catch {
    complain("The local Coda does not answer.");
  }
  return null;
}

export function say(text) {
  document.getElementById("live").textContent = text;
}

export function complain(text) {
  const changes = document.getElementById("changes");
  changes.replaceChildren();
  const line = document.createElement("h2");
  line.textContent = text;
  changes.append(line);
  changes.classList.add("bad");
  changes.hidden = false;
  say(text);
}
