// Starts Python as a page does and writes its memory, compressed, to stdout: node memory.mjs BUNDLE EXPRESSIONS < ASKED.
// BUNDLE holds pyodide/, re2js/, wheels/ and project.zip; EXPRESSIONS is the page's script for regular expressions;
// ASKED is the Python that puts codaform and the project in their places.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const bundle = path.resolve(process.argv[2]);
/** A module by its text: node takes no file named .js for one. */
const load = (file) => import(`data:text/javascript;base64,${fs.readFileSync(file).toString("base64")}`);

const { loadPyodide } = await import(pathToFileURL(path.join(bundle, "pyodide", "pyodide.mjs")).href);
const { RE2JS } = await load(path.join(bundle, "re2js", "index.js"));
const { compiler } = await load(process.argv[3]);
const python = await loadPyodide({
  indexURL: path.join(bundle, "pyodide") + path.sep,
  // The same memory for the same files, as far as Python allows it.
  env: { HOME: "/home", PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0" },
  stdout: () => {},
  _makeSnapshot: true,
});
python.FS.mkdir("/wheels");
for (const wheel of fs.readdirSync(path.join(bundle, "wheels")).sort()) {
  python.FS.writeFile(`/wheels/${wheel}`, fs.readFileSync(path.join(bundle, "wheels", wheel)));
}
python.FS.writeFile("/project.zip", fs.readFileSync(path.join(bundle, "project.zip")));
python.runPython(fs.readFileSync(0, "utf8"));
const trying = python.pyimport("codaform.site.playground.trying");
trying.prepare("/project", compiler(RE2JS));
trying.destroy();
// What is in the memory stays there: a browser need not look for garbage in it.
python.runPython("import gc\ngc.collect()\ngc.freeze()");
process.stdout.write(gzipSync(python.makeMemorySnapshot(), { level: 9 }));
