//! The queues, as gauges.

use super::Labels;
use prometheus_client::metrics::{family::Family, gauge::Gauge};
use prometheus_client::registry::Registry;
use sandbox_services::sqs::Sqs;
use std::sync::atomic::AtomicU64;

/// The figures of CloudWatch's metrics of SQS for each queue, counted now.
pub(crate) fn queues(sqs: &Sqs) -> Registry {
    type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;
    let (waiting, in_flight, dead, age) =
        (Gauges::default(), Gauges::default(), Gauges::default(), Gauges::default());
    for queue in sqs.queues() {
        let labels = vec![("queue".to_owned(), queue.name().to_owned())];
        let set = |gauges: &Gauges, value: f64| _ = gauges.get_or_create(&labels).set(value);
        let counts = queue.counts();
        set(&in_flight, counts.in_flight as f64);
        set(&age, queue.oldest_age().unwrap_or_default().as_secs_f64());
        if sqs.dead_letter_sources(&queue).is_empty() {
            set(&waiting, (counts.visible + counts.delayed) as f64);
        } else {
            set(&dead, (counts.visible + counts.delayed + counts.in_flight) as f64);
        }
    }
    let mut registry = Registry::default();
    let messages = "Messages of the queue that wait to be received, delayed ones included";
    registry.register("sandbox_queue_waiting_messages", messages, waiting);
    registry.register(
        "sandbox_queue_in_flight_messages",
        "Messages of the queue that were received and not deleted",
        in_flight,
    );
    registry.register("sandbox_dead_letters", "Messages of the dead-letter queue, those in flight too", dead);
    let oldest = "Age of the oldest message of the queue, 0 if it is empty";
    registry.register("sandbox_queue_oldest_message_age_seconds", oldest, age);
    registry
}
