// LiteRT.js, as the worker uses it, by WebAssembly alone: what WebGPU does not take would run there
// too, without a word.
import { pixels } from "./pixels.js";

let litert;
let threads;

export async function load(options) {
  threads = options.threads;
  // Its files are looked for beside the worker's otherwise.
  self.Module = {
    locateFile: (name) => options.folder + name,
    mainScriptUrlOrBlob: `${options.folder}litert_wasm_threaded_internal.js`,
  };
  litert = await import(options.module);
  await litert.loadLiteRt(options.folder, { threads: threads > 1 });
}

// A network with `run`, which resolves when its outputs are there, and `close`.
export async function open(model) {
  const compiled = await litert.loadAndCompile(new Uint8Array(model), {
    accelerator: "wasm",
    cpuOptions: { numThreads: threads },
  });
  const shape = compiled.getInputDetails()[0].shape;
  const image = new litert.Tensor(pixels(shape.reduce((size, side) => size * side, 1)), shape);
  return {
    async run() {
      for (const output of await compiled.run(image)) output.delete();
    },
    close() {
      image.delete();
      compiled.delete();
    },
  };
}
