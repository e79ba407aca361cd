// What the page shows. Whatever comes from elsewhere is set as text, never as markup.

const LATEST = 5;
const element = (id) => document.getElementById(id);

export function say(text) {
  element("status").textContent = text;
}

export function sayAwake(text) {
  element("awake").textContent = text;
}

// Show what is wrong and what to do; without arguments, that nothing is.
export function showProblem(title, next = "") {
  element("problem").hidden = title === undefined;
  element("problem-title").textContent = title ?? "";
  element("problem-next").textContent = next;
}

let first; // what was known when the page was opened, and when that was

// How long the rest takes at the speed of this page so far; nothing while that is not known.
function timeLeft(visits, total) {
  first ??= { visits, at: Date.now() };
  if (visits <= first.visits || visits === total) return undefined;
  const perVisit = (Date.now() - first.at) / (visits - first.visits);
  const minutes = ((total - visits) * perVisit) / 60_000;
  return minutes < 1 ? "less than a minute left" : `about ${Math.round(minutes)} min left`;
}

export function showProgress({ target, name, visits, total, rejected, given_up: givenUp }) {
  element("target").textContent = name ? `${name}: ${target}` : "";
  element("visits").hidden = false;
  element("visits").max = Math.max(1, total);
  element("visits").value = visits;
  const rest = [
    timeLeft(visits, total),
    rejected && `${counted(rejected, "block")} rejected and repeated`,
    givenUp && `${counted(givenUp, "network")} given up`,
  ].filter(Boolean);
  element("count").textContent = [`${visits} of ${total} measurements`, ...rest].join(", ");
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function showJob(job) {
  element("network").hidden = !job;
  if (!job) return;
  const role = job.role === "reference" ? " (the reference)" : "";
  element("network-id").textContent = `${job.network}${role}`;
  element("network-input").textContent = `${job.resolution} × ${job.resolution} pixels`;
  element("network-size").textContent =
    `${(job.params / 1e6).toFixed(2)} M parameters, ${(job.macs / 1e9).toFixed(2)} G MACs`;
}

// Say what this browser can do, as abilities.js found it.
export function showAbilities(found) {
  const cells = Object.values(found).flatMap(({ title, text }) => [cell("dt", title), cell("dd", text)]);
  element("able-list").replaceChildren(...cells);
  element("able").hidden = false;
}

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

export function showStep(text) {
  element("network-step").textContent = text;
}

export function showResult(job, text) {
  showNote(`${job.network}: ${text}`);
}

export function showNote(text) {
  const row = document.createElement("li");
  row.textContent = text;
  element("results").prepend(row);
  while (element("results").children.length > LATEST) element("results").lastChild.remove();
  element("latest").hidden = false;
}

// Resolves to the code that the user types.
export function askForCode() {
  const form = element("pair");
  form.hidden = false;
  element("code").focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      form.hidden = true;
      resolve(element("code").value.trim().toLowerCase());
      element("code").value = "";
    };
  });
}
