// Runs networks: it loads the runtime once, then opens, times and closes one network at a time.
// What is timed, and how often, the page decides; see timing.js.

const TICKS = 20;
const TICK_LIMIT_MS = 2000;
let runtime;
let network;

const requests = {
  // LiteRT.js loads scripts as classic workers do, which import modules in this way alone.
  async load(options) {
    const { clampMemory } = await import("/static/memory.js");
    clampMemory(options.pages);
    runtime = await import(options.adapter);
    await runtime.load(options);
  },

  async open({ model, resolution }) {
    network = await runtime.open(model, resolution);
  },

  // The smallest step of the clock, in milliseconds.
  tick() {
    const started = performance.now();
    let before = started;
    let smallest = Infinity;
    for (let steps = 0; steps < TICKS && before - started < TICK_LIMIT_MS; ) {
      const now = performance.now();
      if (now > before) {
        smallest = Math.min(smallest, now - before);
        before = now;
        steps += 1;
      }
    }
    return smallest;
  },

  // How long so many runs take together, in milliseconds.
  async sample({ runs }) {
    const started = performance.now();
    for (let run = 0; run < runs; run += 1) await network.run();
    return performance.now() - started;
  },

  async close() {
    await network.close();
    network = undefined;
  },
};

onmessage = async ({ data: { id, name, options } }) => {
  try {
    postMessage({ id, value: await requests[name](options) });
  } catch (problem) {
    postMessage({ id, error: String(problem?.message ?? problem) });
  }
};
