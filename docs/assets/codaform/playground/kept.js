// Written by codaform docs build; do not edit.
// The memory of Python as the browser keeps it for the next visit: unpacked, in the site's private files.
// Where a browser has no such files, or lends them to another page right now, there is simply nothing kept.

/** The memory that was kept under a key, if it is whole; undefined where there is none. */
export async function kept(site, key, size) {
  let access;
  try {
    const file = await (await folder(site)).getFileHandle(key);
    access = await file.createSyncAccessHandle({ mode: "read-only" });
    if (access.getSize() !== size) return undefined;
    const memory = new Uint8Array(size);
    return access.read(memory, { at: 0 }) === size ? memory : undefined;
  } catch {
    return undefined;
  } finally {
    access?.close();
  }
}

/** Keeps a memory under a key, and nothing else of the same site: what had another key is out of date. */
export async function keep(site, key, memory) {
  let access;
  try {
    await forget(site, key);
    const file = await (await folder(site)).getFileHandle(key, { create: true });
    access = await file.createSyncAccessHandle();
    access.truncate(0);
    access.write(memory, { at: 0 });
    access.flush();
  } catch {
    // The next visit unpacks it again.
  } finally {
    access?.close();
  }
}

/** Forgets what was kept of a site, but for one key. */
export async function forget(site, but = "") {
  try {
    const place = await folder(site);
    for await (const key of place.keys()) if (key !== but) await place.removeEntry(key);
  } catch {
    // A browser without such files has nothing to forget.
  }
}

async function folder(site) {
  const top = await navigator.storage.getDirectory();
  return top.getDirectoryHandle(`codaform ${encodeURIComponent(site)}`, { create: true });
}
