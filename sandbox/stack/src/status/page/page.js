// Reads status.json once a second and shows it. What comes from emails (keys hold senders) is only ever set as text.

import { plot } from "./plot.js";

const EVERY_MS = 1000;
const HISTORY_SECONDS = 300;
const STATE_LOOKS = {
  filed: "good", "filed before": "good", answered: "", refused: "refused", failed: "failed", queued: "waiting", "in flight": "flight", "dead letter": "failed",
};

const byId = (id) => document.getElementById(id);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const say = (id, text) => { byId(id).textContent = text; };
const clock = (ms) => new Date(ms).toLocaleTimeString();

function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.round(ms / 60000)} min`;
}

/** A row of `[text, class]` cells. */
function row(cells) {
  const made = document.createElement("tr");
  for (const [text, looks] of cells) {
    const cell = made.appendChild(document.createElement("td"));
    cell.textContent = text ?? "";
    cell.className = looks ?? "";
  }
  return made;
}

function table(id, rows, none) {
  const body = byId(id).querySelector("tbody");
  if (rows.length === 0) {
    const empty = row([[none, "none"]]);
    empty.firstChild.colSpan = 9;
    rows = [empty];
  }
  body.replaceChildren(...rows);
}

function answerLooks(status) {
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "good";
}

function tiles(report) {
  const queues = report.queues.filter((queue) => !queue.dead_letter_queue);
  const oldest = Math.max(0, ...queues.map((queue) => queue.oldest_seconds ?? 0));
  const inFlight = sum(queues.map((queue) => queue.in_flight));
  const answers = Object.entries(report.answers);
  const lately = report.history.slice(-10);
  say("requests", sum(answers.map(([, count]) => count)));
  say("answers", answers.map(([status, count]) => `${status}: ${count}`).join(" · ") || "none yet");
  say("stored", report.stored);
  say("rate", `${(sum(lately.map((sample) => sample.stored)) / Math.max(lately.length, 1)).toFixed(1)} a second lately`);
  say("waiting", sum(queues.map((queue) => queue.visible + queue.delayed)));
  say("queue", `${inFlight} in flight` + (oldest > 0 ? ` · oldest ${duration(oldest * 1000)}` : ""));
  const dead = sum(report.queues.filter((queue) => queue.dead_letter_queue).map((queue) => queue.visible + queue.in_flight));
  say("dead", dead);
  byId("dead").classList.toggle("failed", dead > 0);
  say("dead-note", dead > 0 ? "not filed: see below" : "nothing was given up");
  say("instances", sum(report.functions.map((each) => each.instances.length)));
  say("functions", report.functions.map((each) => `${each.name}: ${each.instances.length}`).join(" · ") || "none was needed yet");
}

function show(report) {
  byId("since").className = report.missed > 0 ? "lost" : "";
  say("since", report.missed > 0
    ? `${report.missed} events came too fast to be counted`
    : `runs for ${duration(report.now - report.since)} · as of ${clock(report.now)}`);
  tiles(report);
  plot(byId("requests-plot"), report.history, [
    { member: "good", name: "good" }, { member: "refused", name: "refused" },
    { member: "failed", name: "failed" }, { member: "stored", name: "stored" },
  ], HISTORY_SECONDS);
  plot(byId("queue-plot"), report.history, [
    { member: "waiting", name: "waiting" }, { member: "in_flight", name: "flight" },
  ], HISTORY_SECONDS);
  byId("dead-letters").hidden = report.dead_letters.length === 0;
  table("dead-letters", report.dead_letters.map((letter) => row([
    [clock(letter.sent)], [letter.reason, "wide failed"], [letter.receives, "number"], [letter.receipt, "id"], [letter.message_id, "id"],
  ])), "none");
  table("emails", report.emails.map((email) => row([
    [clock(email.began)],
    [email.stage, STATE_LOOKS[email.stage]],
    [email.status ? `${email.status} in ${duration(email.answered_ms)}` : "–", email.status ? answerLooks(email.status) : ""],
    [duration(email.took_ms), "number"],
    [email.key ?? (email.receipt ? "" : `${email.method ?? ""} ${email.path ?? ""}`), "wide"],
    [email.receipt, "id"],
  ])), "Nothing was posted yet.");
  table("processes", report.functions.map((each) => row([
    [each.name], [each.instances.map((instance) => instance.process).join(", ") || "none", "wide"],
    [each.cold_starts, "number"], [each.ended, "number"],
  ])), "No function was needed yet.");
}

async function refresh() {
  try {
    const response = await fetch("status.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
  } catch (error) {
    byId("since").className = "lost";
    say("since", `Mailroom does not answer (${error.message}): does it still run?`);
  }
  setTimeout(refresh, EVERY_MS);
}

refresh();
