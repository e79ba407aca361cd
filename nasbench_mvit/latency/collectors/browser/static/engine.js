// The worker as the page sees it: calls that return promises, and a new worker every few networks
// and after every error, since a used one keeps its memory.

const NETWORKS_PER_WORKER = 10;
const ADAPTERS = {
  "onnxruntime-web": { adapter: "/static/ort_runtime.js", type: "module" },
  "LiteRT.js": { adapter: "/static/litert_runtime.js", type: "classic" },
};
const LIMIT_MS = 180_000; // of one call; a worker that is killed for its memory says nothing

export class Engine {
  #run;
  #worker;
  #calls = new Map();
  #lastCall = 0;
  #networks = 0;

  // `run` is what the server says of the run.
  constructor(run) {
    this.#run = run;
  }

  // Make ready to run a network; `model` is an ArrayBuffer, which the worker takes over.
  async open(model, resolution) {
    if (this.#networks >= NETWORKS_PER_WORKER) this.discard();
    if (!this.#worker) await this.#start();
    this.#networks += 1;
    await this.#call("open", { model, resolution }, [model]);
  }

  tick() {
    return this.#call("tick");
  }

  sample(runs) {
    return this.#call("sample", { runs });
  }

  close() {
    return this.#call("close");
  }

  // End the worker; the next network gets a new one.
  discard(reason = "the worker was ended") {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#networks = 0;
    for (const { reject } of this.#calls.values()) reject(new Error(reason));
    this.#calls.clear();
  }

  async #start() {
    const pages = await reservablePages();
    const { engine, threads, module, folder, runtime } = this.#run;
    const { adapter, type } = ADAPTERS[runtime];
    const worker = new Worker("/static/worker.js", { type });
    worker.onmessage = ({ data }) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.discard(`the worker failed: ${event.message || "out of memory, perhaps"}`);
    };
    this.#worker = worker;
    await this.#call("load", {
      pages,
      engine,
      threads,
      adapter,
      module: new URL(module, location.href).href,
      folder: new URL(folder, location.href).href,
    });
  }

  #call(name, options = {}, transfer = []) {
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      const reason = `no answer to "${name}" for ${LIMIT_MS / 1000} s`;
      const timer = setTimeout(() => this.discard(reason), LIMIT_MS);
      const settling = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.#calls.set(id, { resolve: settling(resolve), reject: settling(reject) });
      this.#worker.postMessage({ id, name, options }, transfer);
    });
  }

  #settle({ id, value, error }) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  }
}

// How much memory may be reserved, asked in a worker of its own, which gives it back by its end.
function reservablePages() {
  const worker = new Worker("/static/probe.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.error === undefined ? resolve(data.pages) : reject(new Error(data.error));
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`the memory cannot be probed: ${event.message || "no reason given"}`));
    };
  }).finally(() => worker.terminate());
}
