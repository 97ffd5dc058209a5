// Before the theme's own search worker: a query is sought by the stems of its words, without words that say nothing.
// The worker finds what begins with a word; so the stem "migrat" finds "migrate" and "migration".
addEventListener("message", ({ data: message }) => {
  if (message.type !== 2 || typeof message.data !== "string" || /[":+~^*]/.test(message.data)) return;
  const words = message.data.split(/\s+/).filter(Boolean);
  const telling = words.filter((word) => self.lunr.stopWordFilter(word.toLowerCase()));
  message.data = (telling.length ? telling : words).map(stemOf).join(" ");
});

/** The common beginning of a word and its stem; names such as CountIf stay whole. */
function stemOf(word) {
  if (!/^\p{Lu}?\p{Ll}{3,}$/u.test(word)) return word;
  const lower = word.toLowerCase();
  const stem = String(self.lunr.stemmer(new self.lunr.Token(lower)));
  let end = 0;
  while (end < stem.length && stem[end] === lower[end]) end += 1;
  return end > 2 ? lower.slice(0, end) : word;
}
