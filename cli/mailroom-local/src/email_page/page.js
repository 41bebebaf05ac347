// What comes from emails (keys hold senders) is only ever set as text.

import { byId, clock, duration, every, overview, row, say, statusClass, table } from "/_sandbox/view.js";

const STAGE_CLASS = {
  stored: "good", duplicate: "good", answered: "", refused: "refused", failed: "failed", queued: "waiting", "in flight": "in_flight", "dead letter": "failed",
};

function show(report, { emails, dead_letters: deadLetters }) {
  overview(report);
  say("dead-note", deadLetters.length > 0 ? "listed below" : "none");
  byId("dead-letters").hidden = deadLetters.length === 0;
  const letters = deadLetters.flatMap((group) => group.letters.map((letter) => ({ ...letter, reason: group.reason })));
  table("dead-letters", letters.map((letter) => row([
    [clock(letter.sent)], [letter.reason, "wide failed"], [letter.receives, "number"], [letter.receipt, "id"], [letter.message_id, "id"],
  ])), "none");
  table("emails", emails.map((email) => row([
    [clock(email.began)],
    [email.stage, STAGE_CLASS[email.stage]],
    [email.status ? `${email.status} in ${duration(email.answered_ms)}` : "–", email.status ? statusClass(email.status) : ""],
    [duration(email.took_ms), "number"],
    [email.key ?? (email.receipt ? "" : `${email.method ?? ""} ${email.path ?? ""}`), "wide"],
    [email.receipt, "id"],
  ])), "No emails yet.");
}

every(["/_sandbox/console.json", "emails.json"], show);
