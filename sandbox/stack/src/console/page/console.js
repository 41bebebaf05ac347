import { clock, duration, every, overview, row, statusClass, table } from "./view.js";

function show(report) {
  overview(report);
  table("requests-table", report.requests.map((request) => row([
    [clock(request.at)], [request.status, statusClass(request.status)], [duration(request.took_ms), "number"],
    [request.method], [request.path, "wide"],
  ])), "No requests yet.");
  table("queues-table", report.queues.map((queue) => row([
    [queue.name, "wide"], [queue.visible, "number"], [queue.in_flight, "number"], [queue.delayed, "number"],
    [duration(queue.oldest_seconds === null ? null : queue.oldest_seconds * 1000), "number"],
    [queue.dead_letter_queue ? "dead-letter queue" : ""],
  ])), "No queues.");
  table("objects-table", report.objects.map((object) => row([
    [clock(object.at)], [object.bucket], [object.key, "wide"], [object.bytes, "number"],
  ])), "No objects yet.");
  table("functions-table", report.functions.map((each) => row([
    [each.name], [each.instances.map((instance) => instance.process).join(", ") || "none", "wide"],
    [each.cold_starts, "number"], [each.ended, "number"],
  ])), "No function has started yet.");
}

every(["console.json"], show);
