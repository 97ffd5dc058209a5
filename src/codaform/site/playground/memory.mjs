// Starts Python as a page does and writes its memory, compressed, to stdout: node memory.mjs BUNDLE < PREPARE.
// BUNDLE holds pyodide/, wheels/ and project.zip; PREPARE is the Python that loads codaform and the project.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const bundle = path.resolve(process.argv[2]);
const { loadPyodide } = await import(pathToFileURL(path.join(bundle, "pyodide", "pyodide.mjs")).href);
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
python.runPython(`${fs.readFileSync(0, "utf8")}\nimport gc\ngc.collect()`);
process.stdout.write(gzipSync(python.makeMemorySnapshot(), { level: 9 }));
