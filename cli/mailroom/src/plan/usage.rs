//! The work that a rate of emails causes each second.

use super::facts::{BILLED_BYTES, CALL_BYTES, MESSAGES_PER_CALL};
use super::load::{Layout, Load, SystemLogLevel, Tracing};
use super::simulate::Scenario;

/// Lambda's memory, as in the template.
pub(crate) const API_GB: f64 = 0.25;
pub(crate) const WORKER_GB: f64 = 0.5;
/// A batch takes so long however few emails it has: a write (docs/PERFORMANCE.md).
const WRITE_SECONDS: f64 = 0.03;
/// Each instance of `api` reads the tokens once a minute.
const TOKENS_SECONDS: f64 = 60.0;

/// Measured with the real binaries in the sandbox, as the lines below.
const ACCEPTED_LINE: f64 = 335.0;
const FILED_LINE: f64 = 300.0;
/// In the layout `batch` the line has the object's key.
const FILED_LINE_WITH_KEY: f64 = 400.0;
const API_METRICS: f64 = 330.0;
/// Metrics and `batch done`.
const WORKER_INVOCATION: f64 = 600.0;
/// In the metrics, each email has its age.
const METRICS_OF_EACH: f64 = 6.0;
/// Lambda's own lines of an invocation, which `SystemLogLevel=WARN` leaves out. A belief.
const LAMBDA_LINES: f64 = 500.0;
/// By the template's format.
pub(crate) const ACCESS_LINE: f64 = 320.0;
/// The members that a line of the layout `batch` has beside the email: receipt, digest, time.
const LINE_MEMBERS: f64 = 170.0;
/// Headers of a request, and an answer with its headers: a belief. For each email of a batch: measured.
const REQUEST_HEADERS: f64 = 300.0;
const ANSWER: f64 = 500.0;
const ANSWER_TO_EACH: f64 = 120.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) emails: f64,
    pub(crate) requests: f64,
    /// Instances of `api` and `worker` at work.
    pub(crate) api_instances: f64,
    pub(crate) worker_instances: f64,
    /// Requests to SQS, as it bills them.
    pub(crate) sqs_requests: f64,
    pub(crate) batches: f64,
    pub(crate) writes: f64,
    pub(crate) stored_bytes: f64,
    pub(crate) log_bytes: f64,
    pub(crate) traces: f64,
    pub(crate) token_reads: f64,
    pub(crate) request_bytes: f64,
    pub(crate) answer_bytes: f64,
}

impl Usage {
    pub(crate) fn new(load: &Load, scenario: &Scenario) -> Self {
        let (emails, requests, size) = (load.rate.0, load.requests_per_second(), load.size as f64);
        let batch = emails_per_batch(emails, scenario);
        let batches = emails / batch;
        let is_batch_layout = load.layout == Layout::Batch;
        let own = if load.system_log_level == SystemLogLevel::Info { LAMBDA_LINES } else { 0.0 };
        let filed = if is_batch_layout { FILED_LINE_WITH_KEY } else { FILED_LINE };
        let answer = if load.batch == 1 { ANSWER } else { ANSWER + ANSWER_TO_EACH * load.batch as f64 };
        let api_instances = requests * scenario.api.request_seconds;
        Self {
            emails,
            requests,
            api_instances,
            worker_instances: batches * batch_seconds(batch, scenario),
            sqs_requests: requests * sends(load) + batches * receives_and_deletes(batch, size),
            batches,
            writes: if is_batch_layout { batches } else { emails },
            stored_bytes: emails * (size + if is_batch_layout { LINE_MEMBERS } else { 0.0 }),
            log_bytes: emails * (ACCEPTED_LINE + filed + METRICS_OF_EACH)
                + requests * (API_METRICS + own)
                + batches * (WORKER_INVOCATION + own),
            traces: if load.tracing == Tracing::Active { sampled(requests) + sampled(batches) } else { 0.0 },
            token_reads: api_instances.max(requests.min(1.0)) / TOKENS_SECONDS,
            request_bytes: requests * (load.request_bytes() as f64 + REQUEST_HEADERS),
            answer_bytes: requests * answer,
        }
    }
}

/// A batch ends when it is full, or with its window.
pub(crate) fn emails_per_batch(emails_per_second: f64, scenario: &Scenario) -> f64 {
    let worker = &scenario.worker;
    (emails_per_second * worker.window_seconds as f64).clamp(1.0, worker.batch as f64)
}

/// The time of a batch that may not be full.
fn batch_seconds(emails: f64, scenario: &Scenario) -> f64 {
    let worker = &scenario.worker;
    let least = WRITE_SECONDS.min(worker.batch_seconds);
    least + (worker.batch_seconds - least) * emails / worker.batch as f64
}

/// X-Ray's default rule: one request a second, and 5% of the others.
fn sampled(invocations: f64) -> f64 {
    let first = invocations.min(1.0);
    first + 0.05 * (invocations - first)
}

/// Requests that SQS bills for the emails of one request to `api`.
fn sends(load: &Load) -> f64 {
    let at_once = (CALL_BYTES.value / load.size).clamp(1, MESSAGES_PER_CALL.value);
    let calls = load.batch.div_ceil(at_once);
    (0..calls).map(|call| billed(at_once.min(load.batch - call * at_once) as f64 * load.size as f64)).sum()
}

/// Lambda receives and deletes the emails of a batch by tens.
fn receives_and_deletes(emails: f64, size: f64) -> f64 {
    let ten = MESSAGES_PER_CALL.value as f64;
    let calls = (emails / ten).ceil();
    calls * (billed(emails.min(ten) * size) + 1.0)
}

fn billed(bytes: f64) -> f64 {
    (bytes / BILLED_BYTES.value as f64).ceil().max(1.0)
}
