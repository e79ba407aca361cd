// The page: it says what this browser can do and pairs once, then fetches jobs and runs them until the server says that all is done.
import { abilities } from "./abilities.js";
import { inFront, stayAwake } from "./attention.js";
import { Engine } from "./engine.js";
import { runJob } from "./job.js";
import { deliver } from "./outbox.js";
import { Refused, Server, randomHex, sleep } from "./server.js";
import * as view from "./view.js";

const PAGE = "page";
const PAGE_BYTES = 8;
const WAIT_MS = { preparing: 500, busy: 3_000, ended: 5_000 };
const UNAUTHORIZED = 401;

let hasEnded = false;
const server = new Server({
  offline(wait, reason) {
    if (hasEnded) return; // that it is gone is what is expected
    const next =
      "What is done is kept here and sent as soon as the server is back: run the same command " +
      "again if it was stopped, and check that this device is in the same network.";
    view.showProblem(reason ?? "The server cannot be reached.", next);
    view.say(`Trying again in ${Math.ceil(wait / 1000)} s …`);
  },
  online: () => view.showProblem(),
});

async function main() {
  if (!keepsData()) {
    view.showProblem(
      "This browser keeps no data for this page, so results could be lost.",
      "Leave private browsing, or allow data of this page in the settings, and reload it.",
    );
    return;
  }
  stayAwake(view.sayAwake);
  const able = await abilities();
  view.showAbilities(able);
  for (;;) {
    try {
      await pairIfNeeded();
      return await measure(able);
    } catch (problem) {
      if (!isUnauthorized(problem)) throw problem;
      server.forget();
      view.showJob();
      view.showProblem("This browser has to be paired.", problem.message);
    }
  }
}

async function measure(able) {
  const run = await server.get("/api/run");
  view.showProgress(run.progress);
  const needed = run.engine.replace("litert-", ""); // whose engines go by what they need
  const missing = able[needed].missing ?? (run.threads > 1 && able.threads.missing);
  if (missing) {
    view.showProblem("This browser cannot run what was asked for here.", missing);
    view.say("Nothing is measured.");
    return;
  }
  await work(new Engine(run), pageId());
}

// Exchange the code in the address, or one the user types, for a token of this browser.
async function pairIfNeeded() {
  let code = new URLSearchParams(location.hash.slice(1)).get("code");
  history.replaceState(null, "", location.pathname);
  while (code || !server.isPaired) {
    view.say(code ? "Pairing …" : "Not paired yet.");
    try {
      await server.pair(code ?? (await view.askForCode()));
      view.showProblem();
      return;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      if (server.isPaired) return; // the code of an address that was opened once more
      view.showProblem("This browser could not be paired.", problem.message);
      code = null;
    }
  }
}

async function work(engine, page) {
  for (;;) {
    await inFront();
    await deliver(server, (reason) => view.showNote(`a result was not taken: ${reason}`));
    const lease = await server.post("/api/lease", { page });
    const ahead = lease.now_ms - Date.now();
    view.showProgress(lease.progress);
    view.showJob(lease.job);
    view.say(words(lease));
    hasEnded = lease.phase === "ended";
    if (!lease.job) {
      await sleep(WAIT_MS[lease.phase]);
      continue;
    }
    try {
      const serverTime = () => Math.round(Date.now() + ahead);
      const { showProgress } = view;
      await runJob(lease.job, { server, engine, page, serverTime, showProgress });
    } catch (problem) {
      if (!(problem instanceof Refused) || isUnauthorized(problem)) throw problem;
      view.showNote(`${lease.job.network}: ${problem.message}`);
      await sleep(WAIT_MS.preparing);
    }
  }
}

const isUnauthorized = (problem) => problem instanceof Refused && problem.status === UNAUTHORIZED;

function words({ phase, progress }) {
  if (phase === "job") return "Measuring";
  if (phase === "preparing") return "The next networks are being made ready …";
  if (phase === "busy") return "Another tab of this browser is measuring.";
  if (progress.visits === progress.total) return "Done. Thank you; you may close this page.";
  return "The measurement has stopped. It goes on here when the same command runs again.";
}

// Names this tab, also after a reload.
function pageId() {
  const id = sessionStorage.getItem(PAGE) ?? randomHex(PAGE_BYTES);
  sessionStorage.setItem(PAGE, id);
  return id;
}

function keepsData() {
  try {
    localStorage.setItem("kept", "yes");
    return true;
  } catch {
    return false;
  }
}

main().catch((problem) => {
  view.showJob();
  const remedy = problem instanceof Refused ? "" : " Reload the page.";
  view.showProblem("Measuring has stopped here.", problem.message + remedy);
  view.say("Stopped.");
});
