// Runs networks: it loads the runtime once, then opens, times and closes one network at a time.
// What is timed, and how often, the page decides; see timing.js.
import { clampMemory } from "./memory.js";

const TICKS = 20;
const TICK_LIMIT_MS = 2000;
let ort;
let engine;
let network;

const requests = {
  async load(options) {
    clampMemory(options.pages);
    ort = await import(options.module);
    engine = options.engine;
    ort.env.wasm.numThreads = options.threads;
    ort.env.wasm.proxy = false;
    ort.env.wasm.wasmPaths = options.folder;
    ort.env.logLevel = "error";
  },

  async open({ model, resolution }) {
    const session = await ort.InferenceSession.create(model, providers(engine));
    const shape = [1, 3, resolution, resolution];
    const image = new ort.Tensor("float32", pixels(3 * resolution * resolution), shape);
    network = { session, feeds: { [session.inputNames[0]]: image } };
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
    const { session, feeds } = network;
    const started = performance.now();
    for (let run = 0; run < runs; run += 1) {
      const outputs = await session.run(feeds);
      for (const output of Object.values(outputs)) output.dispose();
    }
    return performance.now() - started;
  },

  async close() {
    await network.session.release();
    network = undefined;
  },
};

// How the runtime is told an engine. A layer that WebNN does not take is an error: WebAssembly is
// not to run it under the name of WebNN's device.
function providers(engine) {
  const [name, deviceType] = engine.split("-");
  if (deviceType === undefined) return { executionProviders: [name] };
  return {
    executionProviders: [{ name, deviceType }],
    extra: { session: { disable_cpu_ep_fallback: "1" } },
  };
}

// Values from 0 to 1, the same at every call; what they are takes no time.
function pixels(count) {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

onmessage = async ({ data: { id, name, options } }) => {
  try {
    postMessage({ id, value: await requests[name](options) });
  } catch (problem) {
    postMessage({ id, error: String(problem?.message ?? problem) });
  }
};
