// One job from its lease to a result in the outbox.
import { inFront, watch, watched } from "./attention.js";
import { putInOutbox } from "./outbox.js";
import { Refused } from "./server.js";
import { timeRuns } from "./timing.js";
import { showResult, showStep } from "./view.js";

const RENEW_MS = 5_000;
const MAX_STARTS = 3;
const MAX_REASON = 200; // characters, as the server takes them
const STARTS = "starts";

// Time the network of a job and put what came of it in the outbox. There is no result where
// another page has taken the job over, or it was answered, or it failed in a page that was hidden,
// as a worker may be stopped there.
export async function runJob(job, { server, engine, page, serverTime, showProgress }) {
  let lastRenewal = Date.now();
  const renew = async () => {
    if (Date.now() - lastRenewal < RENEW_MS) return;
    lastRenewal = Date.now();
    showProgress((await server.post("/api/renew", { page, job: job.id })).progress);
  };
  const wasInFront = watch();
  const put = (fields) => putInOutbox({ job: job.id, ended_ms: serverTime(), ...fields });
  try {
    countStart(job);
    const times = await time(job, { server, engine, renew });
    put({ outcome: "timed", ...times });
    showResult(job, `${median(times.samples_ms).toFixed(1)} ms`);
  } catch (problem) {
    engine.discard();
    if (problem instanceof Refused) throw problem;
    showResult(job, problem.message);
    if (wasInFront()) put({ outcome: "failed", reason: printable(problem.message) });
  }
  localStorage.removeItem(STARTS);
}

async function time(job, { server, engine, renew }) {
  showStep("fetching");
  const model = await server.bytes(job.model);
  await inFront();
  showStep("loading");
  await engine.open(model, job.resolution);
  await renew();
  const times = await timeRuns((runs) => watched(() => engine.sample(runs)), {
    plan: job.plan,
    tickMs: await engine.tick(),
    ready: async () => {
      await inFront();
      await renew();
      showStep("warming up");
    },
    between: async (share) => {
      showStep(`timing, ${Math.round(100 * share)} %`);
      await renew();
    },
  });
  await engine.close();
  return times;
}

// A browser that runs out of memory may close the page, which then begins the same job for ever.
function countStart(job) {
  const before = JSON.parse(localStorage.getItem(STARTS) ?? "{}");
  const starts = before.job === job.id ? before.starts + 1 : 1;
  localStorage.setItem(STARTS, JSON.stringify({ job: job.id, starts }));
  if (starts > MAX_STARTS) {
    throw new Error(`the page was closed ${MAX_STARTS} times while it ran this network`);
  }
}

function printable(text) {
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MAX_REASON) || "no reason given";
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
