//! `futures_util`: futures that are awaited together.

/// Futures.
pub mod future {
    /// Awaits `futures`, one after the other.
    pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        let mut results = vec![];
        for future in futures {
            results.push(future.await);
        }
        results
    }
}
