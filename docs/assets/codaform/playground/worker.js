// Written by codaform docs build; do not edit.
// Python beside the page: loads it, then answers questions one by one. The page ends it when an answer takes too long.

import { bundle } from "./bundle.js";
import { compiler } from "./expressions.js";

const home = new URL(bundle.home, import.meta.url);
const place = (path) => new URL(path, home).href;
const web = self.fetch.bind(self);
let loaded = 0;
let stage = "";

/** Fetches as ever, and tells the page how many bytes have come. */
self.fetch = async (...asked) => {
  const reply = await web(...asked);
  if (!reply.ok) throw new Error(`${new URL(reply.url).pathname} is not there (${reply.status})`);
  // A copy is counted, so that the browser can keep what it compiled of the original.
  if (reply.body) count(reply.clone().body.getReader());
  return reply;
};

async function count(reader) {
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      loaded += part.value.length;
      tell(stage);
    }
  } catch {
    // Whoever reads the original is told.
  }
}

function tell(now) {
  stage = now;
  self.postMessage({ stage, loaded, size: bundle.size });
}

const bytes = async (path) => (await self.fetch(place(path))).arrayBuffer();

async function start() {
  tell("Loading Python");
  const wheels = bundle.wheels.map((path) => bytes(path));
  const project = bytes(bundle.project);
  // Whoever waits for one of them hears of its failure below; nobody else has to.
  for (const coming of [...wheels, project]) coming.catch(() => {});
  const [{ loadPyodide }, { RE2JS }] = await Promise.all([import(place(bundle.pyodide)), import(place(bundle.expressions))]);
  const python = await loadPyodide({ indexURL: place("pyodide/"), env: { HOME: "/home", PYTHONDONTWRITEBYTECODE: "1" } });
  tell("Loading codaform");
  for (const wheel of await Promise.all(wheels)) python.unpackArchive(wheel, "wheel");
  python.unpackArchive(await project, "zip", { extractDir: "/project" });
  tell("Reading the sample rows");
  const begin = python.pyimport("codaform.site.playground.trying").begin;
  return begin("/project", compiler(RE2JS));
}

const started = start();
started.then(
  (answer) => self.postMessage({ ready: JSON.parse(answer('{"ask": "about"}')) }),
  (problem) => self.postMessage({ broken: String(problem.message || problem) }),
);

self.addEventListener("message", async ({ data: { id, question } }) => {
  try {
    const answer = await started;
    self.postMessage({ id, answer: JSON.parse(answer(JSON.stringify(question))) });
  } catch (problem) {
    self.postMessage({ id, fault: String(problem.message || problem) });
  }
});
