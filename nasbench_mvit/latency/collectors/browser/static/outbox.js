// Results on their way: kept until the server has them, under an id drawn here, so that sending one
// again changes nothing. It lies in localStorage, which outlives the page.
import { Refused, randomHex } from "./server.js";

const PREFIX = "result-";
const ID_BYTES = 16;

export function putInOutbox(result) {
  localStorage.setItem(PREFIX + randomHex(ID_BYTES), JSON.stringify(result));
}

// Deliver all there is; `refused(reason)` is told of what the server does not want.
export async function deliver(server, refused) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    try {
      await server.put(`/api/results/${key.slice(PREFIX.length)}`, localStorage.getItem(key));
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.status === 401) throw problem;
      refused(problem.message);
    }
    localStorage.removeItem(key);
  }
}
