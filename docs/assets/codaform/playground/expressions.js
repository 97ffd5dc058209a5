// Written by codaform docs build; do not edit.
// Regular expressions for the Python side: RE2's language in linear time, by re2js.

/** Compiles patterns to what codaform.site.playground.expressions expects. */
export function compiler(RE2JS) {
  return (pattern) => {
    let expression;
    try {
      expression = RE2JS.compile(pattern);
    } catch (problem) {
      return [String(problem.message || problem), 0, null];
    }
    return ["", expression.groupCount(), (source, start, most) => spans(expression, source, start, most)];
  };
}

/** Offsets of matches in UTF-8: start and end of each match and of its groups, in one flat list. */
function spans(expression, source, start, most) {
  const buffer = source.getBuffer("u8");
  const bytes = buffer.data.slice();
  buffer.release();
  const matcher = expression.matcher(bytes);
  const found = [];
  const groups = expression.groupCount();
  for (let count = 0, at = start; count < most && at <= bytes.length && matcher.find(at); count += 1) {
    for (let group = 0; group <= groups; group += 1) found.push(matcher.start(group), matcher.end(group));
    const end = matcher.end();
    at = end;
    if (matcher.start() === end) {
      at += 1;
      while (at < bytes.length && (bytes[at] & 0xc0) === 0x80) at += 1;
    }
  }
  return found;
}
