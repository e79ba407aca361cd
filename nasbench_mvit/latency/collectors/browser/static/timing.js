// How a network is timed: warm-up until the times no longer fall, then samples of equally many
// runs. The rule is that of timing.py; the clock of a browser is coarser, so samples are longer.

const TICKS_PER_SAMPLE = 100;
const WINDOW = 3;
const STILL_FALLING = 0.97;
const MIN_SAMPLES = 5;
const DIGITS = 1e6; // of a millisecond: whole nanoseconds

// The page was hidden meanwhile, so what was timed says nothing.
export class Interrupted extends Error {}

// Time by `sample(runs)`, which resolves to the milliseconds of so many runs or rejects with
// Interrupted. `plan` is a TimingPlan; `ready` resolves once timing may begin, at first or again;
// `between` is awaited after every sample, with the share that is done.
export async function timeRuns(sample, { plan, tickMs, ready, between }) {
  const samples = [];
  let runs;
  for (;;) {
    await ready();
    try {
      const { times, isStable } = await warmUp(sample, plan);
      runs ??= runsPerSample(times, plan, tickMs);
      await collect(samples, () => sample(runs), plan, between);
      return {
        samples_ms: samples.map((ms) => rounded(ms / runs)),
        runs_per_sample: runs,
        timer_tick_ms: rounded(tickMs),
        warmup_runs: times.length,
        warmup_stable: isStable,
      };
    } catch (problem) {
      if (!(problem instanceof Interrupted)) throw problem;
    }
  }
}

async function warmUp(sample, plan) {
  const times = [];
  while (times.length < WINDOW || sum(times) < plan.seconds * 1000) {
    times.push(await sample(1));
    const before = times.slice(0, -WINDOW);
    const isStable =
      before.length >= WINDOW &&
      Math.min(...times.slice(-WINDOW)) >= STILL_FALLING * Math.min(...before);
    if (isStable) return { times, isStable };
  }
  return { times, isStable: false };
}

function runsPerSample(times, plan, tickMs) {
  const targetMs = Math.max(plan.min_sample_ms, TICKS_PER_SAMPLE * tickMs);
  return Math.max(1, Math.ceil(targetMs / Math.max(Math.min(...times.slice(-WINDOW)), tickMs)));
}

async function collect(samples, next, plan, between) {
  const planned = plan.seconds * 1000;
  while (
    samples.length < MIN_SAMPLES ||
    (sum(samples) < planned && samples.length < plan.max_samples)
  ) {
    samples.push(await next());
    await between(Math.min(1, sum(samples) / planned));
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(ms) {
  return Math.round(ms * DIGITS) / DIGITS;
}
