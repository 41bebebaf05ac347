//! When `api` reads the parameter again. `mailroom plan --simulate` counts the reads by the same rules.

use std::time::Duration;

/// The time after which tokens are read again. A read is due up to a tenth earlier, so that instances that started
/// together don't ask together.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// The wait after a first failed read. It doubles with each further one, up to [`LONGEST_BACKOFF`].
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const LONGEST_BACKOFF: Duration = Duration::from_secs(32);
/// SSM limits the account's reads per second, so asking again within the same second is in vain.
const THROTTLED_FOR: Duration = Duration::from_secs(1);
/// After that second, instances that were throttled together spread over this time. Of 200 that start at once, the
/// default limit of 40 a second throttles 160, which then make 32 calls a second. The time doubles after the third try.
const THROTTLED_SPREAD: Duration = Duration::from_secs(5);

/// The time that an init may spend on tokens. It has 10 s in all ("Understanding the Lambda execution environment
/// lifecycle"); the first request makes up for a read that takes longer.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(9);
/// The longest wait of a request, or of an init, to ask a throttled SSM again. The rest of its time is enough for SSM's
/// response, and for a request's call to SQS.
pub const LONGEST_THROTTLE_WAIT: Duration = Duration::from_secs(6);

/// How long tokens serve before the next read. `jitter` is a random number from 0 to 1.
pub fn fresh_for(jitter: f64) -> Duration {
    FRESH_FOR.mul_f64(1.0 - jitter / 10.0)
}

/// The wait after SSM didn't answer, with this many failures before. `jitter` is a random number from 0 to 1 and takes up
/// to half off the wait.
pub fn failed_wait(failures: u32, jitter: f64) -> Duration {
    doubled(FIRST_BACKOFF, failures).mul_f64(1.0 - jitter / 2.0)
}

/// The wait after SSM throttled the read, with this many failures before: another second, and a random part of the
/// spread. `jitter` is a random number from 0 to 1.
pub fn throttled_wait(failures: u32, jitter: f64) -> Duration {
    THROTTLED_FOR + doubled(THROTTLED_SPREAD, failures.saturating_sub(2)).mul_f64(jitter)
}

fn doubled(wait: Duration, times: u32) -> Duration {
    wait.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST_BACKOFF)
}
