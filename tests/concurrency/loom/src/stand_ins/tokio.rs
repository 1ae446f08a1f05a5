//! `tokio`: the channel that wakes waiters, and time, which does not pass in a model.

/// Channels.
pub mod sync {
    pub mod watch;
}

/// Time.
pub mod time {
    use std::convert::Infallible;
    use std::time::Duration;

    use crate::stand_ins::runtime;

    /// Waits for `future`, however long it takes.
    ///
    /// # Errors
    /// None.
    pub async fn timeout<F: Future>(_: Duration, future: F) -> Result<F::Output, Infallible> {
        Ok(future.await)
    }

    /// Ends the task, unless `duration` is 0: a model ends before it wakes.
    pub async fn sleep(duration: Duration) {
        if !duration.is_zero() {
            runtime::end_task().await;
        }
    }
}
