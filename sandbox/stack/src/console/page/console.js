import { clock, duration, number, poll, statusClass, table } from "./view.js";
import { figures, overview } from "./overview.js";

function show(report) {
  overview(report);
  table("requests-table", report.requests, (request) => [
    [clock(request.at)], [request.status, statusClass(request.status)], [duration(request.took_ms), "number"],
    [request.method], [request.path, "wide"],
  ], "No requests yet.");
  table("queues-table", report.queues, (queue) => [
    [queue.name, "wide"], [number(queue.visible), "number"], [number(queue.in_flight), "number"], [number(queue.delayed), "number"],
    [duration(queue.oldest_seconds === null ? null : queue.oldest_seconds * 1000), "number"],
    [queue.dead_letter_queue ? "dead-letter queue" : ""],
  ], "No queues.", (queue) => queue.name);
  table("objects-table", report.objects, (object) => [
    [clock(object.at)], [object.bucket], [object.key, "wide"], [number(object.bytes), "number"],
  ], "No objects yet.");
  table("functions-table", report.functions, (each) => [
    [each.name], [each.instances.map((instance) => instance.process).join(", ") || "none", "wide"],
    [each.cold_starts, "number"], [each.ended, "number"],
  ], "No function has started yet.", (each) => each.name);
}

poll(() => [figures(50)], show);
