// The worker that computes, as the page sees it: one question at a time, ended and begun anew when it takes too long.

/** How long an answer may take, in milliseconds. */
export const LIMIT = 5000;

/**
 * Starts nothing yet. The listeners: loading(stage, loaded, size), ready(about), broken(message), busy(yes).
 * @returns know(answers): what the build has answered, JSON by its questions; start, stop, and ask(question): a promise of
 *   {answer}, {fault}, {stopped} or {dropped}, which starts Python if the build has not answered the question.
 */
export function engine(listeners) {
  let worker = null;
  let ready = false;
  let asked = null;
  let known = {};
  const waiting = new Map();
  let count = 0;
  let timer = 0;

  function start() {
    if (worker) return;
    ready = false;
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => hear(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail(event.message || "the script of the worker could not be loaded");
    });
  }

  function hear(data) {
    if (data.stage) listeners.loading(data.stage, data.loaded, data.size);
    else if (data.broken) fail(data.broken);
    else if (data.ready) {
      ready = true;
      listeners.ready(data.ready);
      next();
    } else if (asked && data.id === asked.id) finish("fault" in data ? { fault: data.fault } : { answer: data.answer });
  }

  function fail(message) {
    end();
    listeners.broken(message);
  }

  function finish(outcome) {
    clearTimeout(timer);
    const { told } = asked;
    asked = null;
    if ("fault" in outcome) {
      // Whatever went wrong, what runs now may not be whole.
      end();
      start();
    }
    listeners.busy(false);
    told(outcome);
    next();
  }

  function next() {
    const [kind] = waiting.keys();
    if (!ready || asked || !kind) return;
    asked = waiting.get(kind);
    waiting.delete(kind);
    listeners.busy(true);
    timer = setTimeout(stop, LIMIT);
    worker.postMessage({ id: asked.id, question: asked.question });
  }

  function end() {
    clearTimeout(timer);
    worker?.terminate();
    worker = null;
    ready = false;
  }

  /** Stops the computation and restarts Python. */
  function stop() {
    if (!asked) return;
    end();
    start();
    finish({ stopped: true });
  }

  return {
    start,
    stop,
    know: (answers) => (known = answers),
    /** Of each kind only the newest question waits; an older one that still waits is dropped. */
    ask: (question) =>
      new Promise((told) => {
        waiting.get(question.ask)?.told({ dropped: true });
        waiting.delete(question.ask);
        const answer = known[JSON.stringify(question)];
        if (answer) {
          told({ answer: JSON.parse(answer) });
          return;
        }
        count += 1;
        waiting.set(question.ask, { id: count, question, told });
        start();
        next();
      }),
  };
}
