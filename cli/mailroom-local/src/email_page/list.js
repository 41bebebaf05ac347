// The emails as rows. Senders and keys come from outside.

import { announce, byId, clock, count, duration, keep, make, number, put, say, statusClass } from "/_sandbox/view.js";
import { address, place } from "/_sandbox/place.js";
import { command } from "./paste.js";

/** How many rows are shown: at first, and each time that the reader wants more. */
const LIMITS = [50, 100, 200, 500, 1000];

const STAGE_CLASS = {
  stored: "good", duplicate: "good", queued: "waiting", redriven: "waiting", "in flight": "in_flight", retrying: "refused",
  refused: "refused", failed: "failed", "dead letter": "failed",
};

const rows = byId("rows");
let shown = "", searched = "";

export const stageClass = (stage) => STAGE_CLASS[stage] ?? "quiet";
/** A sender of a message that is not an email may be blank. */
export const title = (email) => email.sender?.trim() || (email.path ? `${email.method} ${email.path}` : "Sent to the queue directly");
export const response = (email) => (email.status ? `${email.status} in ${duration(email.answered_ms)}` : "–");
const limit = () => LIMITS.find((each) => each >= Number(place("limit"))) ?? LIMITS.at(-1);
export const nextLimit = () => LIMITS.find((each) => each > limit());

/** The address of the emails that the reader wants. */
export function question() {
  const wanted = new URLSearchParams({ limit: limit() });
  for (const name of ["search", "probes"]) if (place(name) !== "") wanted.set(name, place(name));
  return `emails.json?${wanted}`;
}

/** Rows neither come nor go while the reader points at one, has the focus on one or has opened one. */
const isHeld = () => question() === shown && rows.rows.length > 0
  && (byId("email").open || rows.matches(":hover") || rows.querySelector(":focus-visible") !== null);

export function list(report) {
  const { emails } = report;
  if (isHeld()) {
    const known = new Map([...rows.rows].map((row) => [row.dataset.key, row]));
    emails.filter((email) => known.has(String(email.number))).forEach((email) => fill(known.get(String(email.number)), email));
  } else {
    keep(rows, emails, (email) => email.number, create, fill);
    shown = question();
  }
  const newest = Number(rows.rows[0]?.dataset.key ?? Infinity);
  const newer = emails.filter((email) => email.number > newest).length;
  say("held", newer === 0 ? "" : `${count(newer, "newer email waits", "newer emails wait")} until you leave the list.`);
  describe(report);
}

function describe({ emails, total, matching, probes_hidden: hidden, curl }) {
  const search = place("search");
  const found = count(matching, search === "" ? "email" : "match", search === "" ? "emails" : "matches");
  say("shown", matching > emails.length ? `The latest ${number(emails.length)} of ${found}` : found);
  if (search !== searched) announce(found);
  searched = search;
  const areShown = place("probes") === "yes";
  byId("probes").hidden = hidden === 0 && !areShown;
  say("probes", areShown ? "Hide probes" : `${count(hidden, "probe")} hidden: show`);
  byId("rows").parentElement.hidden = emails.length === 0;
  byId("more").hidden = matching <= emails.length || nextLimit() === undefined;
  say("more", `Show up to ${number(nextLimit() ?? limit())}`);
  const why = total === 0 ? "No emails yet." : search === "" ? "Only probes yet." : `No email matches “${search}”.`;
  none(emails.length > 0 ? [] : [why, total === 0 ? curl : null]);
}

function none([why, curl]) {
  const empty = byId("none");
  empty.hidden = why === undefined;
  if (empty.dataset.why === why) return;
  empty.dataset.why = why ?? "";
  empty.replaceChildren(make("p", "", why), ...(curl ? [make("p", "", "Post one:"), command(curl)] : []));
}

function create() {
  const [link, head] = [make("a", "open"), make("th", "what")];
  head.scope = "row";
  const key = make("span", "key quiet");
  key.dir = "ltr";
  head.append(make("bdi", "", link), key, make("span", "reason"));
  return make("tr", "", make("td", "when"), head, make("td", "stage"), make("td", "response"), make("td", "took number"), make("td", "receipt id"));
}

function fill(row, email) {
  const [when, what, stage, answer, took, receipt] = row.cells;
  const [link, key, reason] = [what.querySelector("a"), ...[...what.children].slice(1)];
  const looks = stageClass(email.stage);
  put(when, clock(email.began));
  put(link, title(email));
  link.href = address({ email: email.number });
  put(key, email.key);
  put(reason, email.reason);
  reason.className = `reason ${looks}`;
  put(stage, email.receives > 1 ? `${email.stage}, ${email.receives} receives` : email.stage);
  stage.className = `stage ${looks}`;
  put(answer, response(email));
  answer.className = `response ${email.status >= 400 ? statusClass(email.status) : ""}`;
  put(took, duration(email.took_ms));
  put(receipt, email.receipt);
}
