// Written by codaform docs build; do not edit.
// Python beside the page: loads it, then answers questions one by one. The page ends it when an answer takes too long.

import { bundle } from "./bundle.js";
import { compiler } from "./expressions.js";
import { forget, keep, kept } from "./kept.js";

const home = new URL(bundle.home, import.meta.url);
/** The address of a file; another one after each build, so that no browser shows an older file beside newer ones. */
const place = (path) => new URL(`${path}?${bundle.key}`, home).href;
const web = self.fetch.bind(self);
/** How long after the start Python's memory is kept, in milliseconds. */
const CALM = 1000;
let loaded = 0;
let stage = "";

/** Fetches as ever; a file that is not there is an error. */
self.fetch = async (...asked) => {
  const reply = await web(...asked);
  if (!reply.ok) throw new Error(`${new URL(reply.url).pathname} is not there (${reply.status})`);
  return reply;
};

// Counts what has come without a look at its bytes, so that the browser can keep what it compiles of them.
const counter = new PerformanceObserver((come) => {
  for (const { decodedBodySize } of come.getEntries()) loaded += decodedBodySize;
  tell(stage);
});
counter.observe({ type: "resource", buffered: true });

function tell(now) {
  stage = now;
  self.postMessage({ stage, loaded, size: bundle.size });
}

const bytes = async (path) => new Uint8Array(await (await self.fetch(place(path))).arrayBuffer());

/** The memory of a Python that has read the project; undefined where the site was built without it. */
async function remembered() {
  if (!bundle.memory) return undefined;
  const known = await kept(home.pathname, bundle.key, bundle.unpacked);
  if (known) return known;
  const { body } = await self.fetch(place(bundle.memory));
  const memory = new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  // The value comes first.
  started.then(() => setTimeout(() => keep(home.pathname, bundle.key, memory), CALM), () => {});
  return memory;
}

/** Makes room for a memory that is larger than the one that Python starts with, which Pyodide does not do. */
function makeRoom(size) {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const usual = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...given) => {
      const made = await usual(...given);
      const memory = made.instance?.exports.memory;
      const lack = memory ? size - memory.buffer.byteLength : 0;
      if (lack > 0) memory.grow(Math.ceil(lack / 65536));
      return made;
    };
  }
}

async function start() {
  tell("Loading Python");
  const wheels = bundle.wheels.map((path) => bytes(path));
  const project = bundle.memory ? undefined : bytes(bundle.project);
  const memory = remembered();
  // Whoever waits for one of them hears of its failure below; nobody else has to.
  for (const coming of [...wheels, project, memory]) coming?.catch(() => {});
  const [{ loadPyodide }, { RE2JS }] = await Promise.all([import(place(bundle.pyodide)), import(place(bundle.expressions))]);
  const known = await memory;
  if (known) makeRoom(known.length);
  const env = { HOME: "/home", PYTHONDONTWRITEBYTECODE: "1" };
  const own = { indexURL: new URL("pyodide/", home).href, packageBaseUrl: home.href, lockFileContents: bundle.lock };
  const python = await loadPyodide({ ...own, env, ...(known && { _loadSnapshot: known }) });
  tell("Loading codaform");
  python.FS.mkdir("/wheels");
  const packed = await Promise.all(wheels);
  bundle.wheels.forEach((path, at) => python.FS.writeFile(`/${path}`, packed[at]));
  if (!known) {
    python.FS.writeFile("/project.zip", await project);
    tell("Reading the sample rows");
    python.runPython(bundle.prepare);
  }
  const begin = python.pyimport("codaform.site.playground.trying").begin;
  return begin("/project", compiler(RE2JS));
}

const started = start().finally(() => counter.disconnect());
started.then(
  (answer) => self.postMessage({ ready: JSON.parse(answer('{"ask": "about"}')) }),
  (problem) => {
    forget(home.pathname);
    self.postMessage({ broken: String(problem.message || problem) });
  },
);

self.addEventListener("message", async ({ data: { id, question } }) => {
  try {
    const answer = await started;
    self.postMessage({ id, answer: JSON.parse(answer(JSON.stringify(question))) });
  } catch (problem) {
    self.postMessage({ id, fault: String(problem.message || problem) });
  }
});
