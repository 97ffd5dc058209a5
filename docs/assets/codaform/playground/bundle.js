// Written by codaform docs build; do not edit.
// What the browser has to load, by the build; nothing where a site was built without Python.

export const bundle = null;
