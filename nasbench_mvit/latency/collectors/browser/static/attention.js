// Whether the page is in front. A hidden page is slowed down or stopped, so what ran meanwhile is
// worth nothing.
import { Interrupted } from "./timing.js";

let hiddenTimes = 0;
const noteHidden = () => (hiddenTimes += 1);
document.addEventListener("visibilitychange", noteHidden);
document.addEventListener("freeze", noteHidden);
window.addEventListener("pagehide", noteHidden);

const isVisible = () => document.visibilityState === "visible";

// Resolves at once while the page is in front, else when it comes back.
export function inFront() {
  if (isVisible()) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", function seen() {
      if (!isVisible()) return;
      document.removeEventListener("visibilitychange", seen);
      resolve();
    });
  });
}

// A function that says whether the page was in front all the while since this call.
export function watch() {
  const before = hiddenTimes;
  return () => isVisible() && hiddenTimes === before;
}

// The result of `work`, if the page was in front all the while; else rejects with Interrupted.
export async function watched(work) {
  const wasInFront = watch();
  const value = await work();
  if (!wasInFront()) throw new Interrupted("the page was hidden");
  return value;
}

// Keep the screen on where the browser can, and say what the user has to do where it cannot.
export async function keepAwake(say) {
  if (!navigator.wakeLock) {
    say("This page cannot keep the screen on: set the screen's auto-lock to “never” meanwhile.");
    return;
  }
  await inFront();
  try {
    await navigator.wakeLock.request("screen");
    say("The screen stays on while this page is in front.");
  } catch {
    say("The screen may lock, as in low-power mode: set its auto-lock to “never” meanwhile.");
  }
}

// The system gives the lock back when the page is hidden.
export function stayAwake(say) {
  keepAwake(say);
  document.addEventListener("visibilitychange", () => isVisible() && keepAwake(say));
}
