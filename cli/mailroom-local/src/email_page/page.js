// Text from emails (keys hold senders) is only ever set as text. The page asks with GET and changes nothing.

import { byId, duration, make, number, poll, say, table } from "/_sandbox/view.js";
import { figures, overview } from "/_sandbox/overview.js";
import { go, place } from "/_sandbox/place.js";
import { detail } from "./detail.js";
import { letters } from "./letters.js";
import { list, nextLimit, question } from "./list.js";

/** How long the reader has to stop typing for a search. */
const TYPING_MS = 250;

function show(console, report) {
  overview(console);
  missed(report.missed);
  byId("plots").hidden = report.total === 0;
  scale(report.time_scale);
  latencies(report.latencies);
  letters(report.dead_letters);
  list(report);
  return detail();
}

function missed(events) {
  if (events === 0) return;
  byId("missed").hidden = false;
  say("missed", `${number(events)} events came too fast to be read: some states may be old`);
}

function scale(times) {
  byId("scale").hidden = times === 1;
  say("scale", `timers × ${times}`);
}

function latencies({ answered, stored }) {
  if (!byId("latencies")) {
    const head = make("tr", "", ...["", "p50", "p95", "p99"].map((name) => make(name ? "th" : "td", "number", name)));
    head.querySelectorAll("th").forEach((cell) => { cell.scope = "col"; });
    const caption = make("caption", "", make("h2", "", "Latency"));
    const made = make("article", "", make("table", "", caption, make("thead", "", head), make("tbody")));
    made.id = "latencies";
    byId("tiles").append(made);
  }
  table("latencies", [["answered", answered], ["stored", stored]], ([name, all]) => [
    [name], ...["p50_ms", "p95_ms", "p99_ms"].map((member) => [all ? duration(all[member]) : "–", "number"]),
  ], "", ([name]) => name);
}

const search = byId("search");
let typing;
function searchNow(event) {
  event?.preventDefault();
  clearTimeout(typing);
  if (search.value.trim() !== place("search")) go({ search: search.value.trim() });
}
search.value = place("search");
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(searchNow, TYPING_MS);
});
search.form.addEventListener("submit", searchNow);
addEventListener("hashchange", () => {
  if (search.value.trim() !== place("search")) search.value = place("search");
});
byId("probes").addEventListener("click", () => go({ probes: place("probes") === "yes" ? "" : "yes" }));
byId("more").addEventListener("click", () => go({ limit: String(nextLimit()) }));
// A row opens its email, unless the reader selected text in it.
byId("rows").addEventListener("click", ({ target }) => {
  if (target.tagName !== "A" && getSelection().isCollapsed) target.closest("tr").querySelector("a").click();
});

poll(() => [figures(0), question()], show);
