//! Look-ups at a server that a model controls.

pub mod failure;
pub mod network;

pub use crate::stand_ins::runtime;

/// Look-ups of one credential.
pub mod lookups {
    mod answer_cache {
        product!("http/lookups/answer_cache.rs");
    }
    mod flights {
        product!("http/lookups/flights.rs");
    }
    mod shared_lookups {
        product!("http/lookups/shared_lookups.rs");
    }
    mod slots {
        product!("http/lookups/slots.rs");
    }
    mod server;

    #[cfg(test)]
    mod lookup_models;
}
