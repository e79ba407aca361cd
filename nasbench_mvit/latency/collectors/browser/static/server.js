// The server as the page sees it. What cannot be reached is tried again, for ever; what the server
// refuses is a Refused, which says in words what to do.

const TOKEN = "token";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const LIMIT_MS = 120_000;
const SERVER_ERROR = 500;

export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function randomHex(bytes) {
  const numbers = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(numbers, (number) => number.toString(16).padStart(2, "0")).join("");
}

export class Server {
  #offline;
  #online;

  // `offline(ms)` is told before every wait for a server that is not there, `online()` once it is
  // back.
  constructor({ offline, online }) {
    this.#offline = offline;
    this.#online = online;
  }

  get isPaired() {
    return localStorage.getItem(TOKEN) !== null;
  }

  async pair(code) {
    const { token } = await this.post("/api/pair", { code });
    localStorage.setItem(TOKEN, token);
  }

  forget() {
    localStorage.removeItem(TOKEN);
  }

  get(path) {
    return this.#reach("GET", path);
  }

  // A file, as an ArrayBuffer.
  bytes(path) {
    return this.#reach("GET", path, undefined, (response) => response.arrayBuffer());
  }

  post(path, fields) {
    return this.#reach("POST", path, JSON.stringify(fields));
  }

  put(path, body) {
    return this.#reach("PUT", path, body);
  }

  async #reach(method, path, body, read = (response) => response.json()) {
    let isOffline = false;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const { status, value, reason } = await this.#send(method, path, body, read);
      if (status !== undefined && status < SERVER_ERROR) {
        if (isOffline) this.#online();
        if (reason === undefined) return value;
        throw new Refused(status, reason);
      }
      isOffline = true;
      this.#offline(wait, reason);
      await sleep(wait);
    }
  }

  // The status with the value or the reason of a refusal; nothing where no whole answer comes.
  async #send(method, path, body, read) {
    const headers = { Authorization: `Bearer ${localStorage.getItem(TOKEN) ?? ""}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      const signal = AbortSignal.timeout(LIMIT_MS);
      const response = await fetch(path, { method, headers, body, signal });
      const { status } = response;
      if (response.ok) return { status, value: await read(response) };
      return { status, reason: (await response.json()).error };
    } catch {
      return {};
    }
  }
}
