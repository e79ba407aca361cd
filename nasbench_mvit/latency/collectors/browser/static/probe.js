// A worker that finds out how much memory may be reserved, and is thrown away with it.
import { reservablePages } from "./memory.js";

try {
  postMessage({ pages: reservablePages() });
} catch (problem) {
  postMessage({ error: `no memory can be reserved: ${problem.message ?? problem}` });
}
