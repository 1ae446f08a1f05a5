//! Models of what threads share in the core. loom runs each model in every order of its steps, within the bound of
//! [`explore`].
//!
//! The modules of the product are copies that `build.rs` makes. The models are their tests.

/// Includes a module of the product.
macro_rules! product {
    ($path:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $path));
    };
}

pub mod error {
    product!("error.rs");
}
pub mod caches;
pub mod http;
pub mod jwks;
pub mod keys;
pub mod process;
pub mod stand_ins;

/// The modules of the product name the caches by these paths.
pub mod jwt {
    pub use crate::caches::{key_origin, validity};
}

/// The number of times that threads are interrupted where they could go on, unless `LOOM_MAX_PREEMPTIONS` is another.
#[cfg(test)]
const MAX_PREEMPTIONS: usize = 2;

/// Runs `model` in every order of its threads' steps, and prints how many there are.
#[cfg(test)]
fn explore(model: impl Fn() + Sync + Send + 'static) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(MAX_PREEMPTIONS));
    builder.max_branches = 20_000;
    let orders = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    println!("{name}: {} orders", orders.load(Ordering::Relaxed));
}

/// Waits for the threads of a model.
#[cfg(test)]
fn join<T: 'static, const N: usize>(threads: [loom::thread::JoinHandle<T>; N]) -> [T; N] {
    threads.map(|thread| thread.join().unwrap())
}
