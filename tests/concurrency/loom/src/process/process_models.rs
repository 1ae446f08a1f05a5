//! Values of which a process has one.

use std::convert::Infallible;
use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::fork_local::ForkLocal;
use super::per_process::PerProcess;
use crate::{explore, join};

#[test]
fn threads_that_create_the_value_of_a_process_get_the_same() {
    explore(|| {
        let (slot, created) = (Arc::new(PerProcess::<usize>::empty()), Arc::new(AtomicUsize::new(0)));
        let get = {
            let (slot, created) = (Arc::clone(&slot), Arc::clone(&created));
            move || {
                let create = || Ok::<_, Infallible>(created.fetch_add(1, Ordering::SeqCst));
                let Ok(value) = slot.get_or_try_install(create);
                *value
            }
        };
        let threads = [get.clone(), get.clone()].map(thread::spawn);
        let first = get();
        assert_eq!(join(threads), [first; 2]);
        assert_eq!(created.load(Ordering::SeqCst), 1, "the value is created twice");
        assert_eq!(get(), first);
    });
}

#[test]
fn threads_that_create_the_value_of_an_object_get_the_same() {
    explore(|| {
        let slot = Arc::new(ForkLocal::<usize>::empty());
        let created = Arc::new(AtomicUsize::new(0));
        let get = {
            let (slot, created) = (Arc::clone(&slot), Arc::clone(&created));
            move || slot.get_or_create(|| created.fetch_add(1, Ordering::SeqCst))
        };
        let threads = [get.clone(), get.clone()].map(thread::spawn);
        let first = get();
        assert!(join(threads).iter().all(|value| Arc::ptr_eq(value, &first)), "two values");
        drop((get, slot));
        assert_eq!(Arc::strong_count(&first), 1, "the value outlives its object");
    });
}
