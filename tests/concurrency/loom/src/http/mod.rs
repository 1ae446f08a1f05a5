//! Look-ups at a server that a model controls, and values of one process.

pub mod failure;
pub mod network;

pub(crate) mod fork_local {
    product!("http/fork_local.rs");
}
pub mod per_process {
    product!("http/per_process.rs");
}
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

#[cfg(test)]
mod process_models;
