// onnxruntime-web, as the worker uses it.
import { pixels } from "./pixels.js";

let ort;
let engine;

export async function load(options) {
  ort = await import(options.module);
  engine = options.engine;
  ort.env.wasm.numThreads = options.threads;
  ort.env.wasm.proxy = false;
  ort.env.wasm.wasmPaths = options.folder;
  ort.env.logLevel = "error";
}

// A network with `run`, which resolves when its outputs are there, and `close`.
export async function open(model, resolution) {
  const session = await ort.InferenceSession.create(model, providers(engine));
  const shape = [1, 3, resolution, resolution];
  const image = new ort.Tensor("float32", pixels(3 * resolution * resolution), shape);
  const feeds = { [session.inputNames[0]]: image };
  return {
    async run() {
      const outputs = await session.run(feeds);
      for (const output of Object.values(outputs)) output.dispose();
    },
    close: () => session.release(),
  };
}

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
