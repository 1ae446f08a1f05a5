//! Values of one process.

pub(crate) mod fork_local {
    product!("process/fork_local.rs");
}
pub mod per_process {
    product!("process/per_process.rs");
}
#[cfg(test)]
mod process_models;
