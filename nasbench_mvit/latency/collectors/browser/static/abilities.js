// What this browser can run, found out before anything is measured.

const SECURE = "Serve the page over TLS (--tls), or open it by localhost, as through adb reverse.";
const WEBNN_DEVICES = ["cpu", "gpu", "npu"];
// A function that makes a vector of 16 bytes.
const VECTOR = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
];

// Resolves to entries by the names of engines, and "threads": the `title`, what is to be said in
// words (`text`), and where it cannot be used why not and what to do (`missing`).
export async function abilities() {
  const found = { wasm: wasm(), threads: threads(), webgpu: await webgpu() };
  for (const device of WEBNN_DEVICES) found[`webnn-${device}`] = await webnn(device);
  return found;
}

function wasm() {
  const hasVectors = WebAssembly.validate(new Uint8Array(VECTOR));
  const missing = "Its WebAssembly has no vectors (SIMD): take a newer browser.";
  return entry("WebAssembly", hasVectors ? "with vectors (SIMD)" : undefined, missing);
}

function threads() {
  const count = `up to ${navigator.hardwareConcurrency}`;
  const missing = `Threads need a secure address. ${SECURE} Or leave out --threads.`;
  return entry("threads", crossOriginIsolated ? count : undefined, missing);
}

async function webgpu() {
  const title = "WebGPU";
  if (!isSecureContext) return entry(title, undefined, `WebGPU needs a secure address. ${SECURE}`);
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const { vendor, architecture } = adapter?.info ?? {};
  const name = [vendor, architecture].filter(Boolean).join(" ") || "yes";
  const missing = "It has no WebGPU: leave out --engine webgpu.";
  return entry(title, adapter ? name : undefined, missing);
}

async function webnn(device) {
  const title = `WebNN, ${device.toUpperCase()}`;
  if (!isSecureContext) return entry(title, undefined, `WebNN needs a secure address. ${SECURE}`);
  if (!navigator.ml) {
    const missing =
      "It has no WebNN: turn it on, in Chrome by chrome://flags/#web-machine-learning-neural-network, " +
      "or choose another --engine.";
    return entry(title, undefined, missing);
  }
  try {
    const context = await navigator.ml.createContext({ deviceType: device });
    context.destroy?.();
    return entry(title, "yes");
  } catch (problem) {
    return entry(title, undefined, `Its WebNN gives no ${device}: ${problem.message}`);
  }
}

function entry(title, text, missing) {
  return text === undefined ? { title, text: "no", missing } : { title, text };
}
