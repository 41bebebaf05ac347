//! Locking a mutex whose data stays whole when a holder panics.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, poisoned or not: every change made under these locks is complete at each point where it could
/// panic, so a panic elsewhere (a failed assertion of a test, say) must not take the whole stack along.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
