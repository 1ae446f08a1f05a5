//! Remote key sets, with a server that a model controls.

#[allow(clippy::all)]
mod fetch_policy {
    product!("jwks/fetch_policy.rs");
}
mod fetch_state {
    product!("jwks/fetch_state.rs");
}
/// Keys that are fetched one by one.
mod per_kid {
    mod fetch_rounds {
        product!("jwks/per_kid/fetch_rounds.rs");
    }
    mod key_table {
        product!("jwks/per_kid/key_table.rs");
    }
    mod wanted_kids {
        product!("jwks/per_kid/wanted_kids.rs");
    }

    pub(super) use fetch_rounds::{FetchPermit, FetchRounds};
    #[cfg(test)]
    pub(super) use key_table::KeyTable;
    pub(super) use wanted_kids::WantedKids;
}
mod refresh_policy {
    product!("jwks/refresh_policy.rs");
}
mod refresher {
    product!("jwks/refresher.rs");
}
mod set_state {
    product!("jwks/set_state.rs");
}
mod snapshot {
    product!("jwks/snapshot.rs");
}
mod wait_time {
    product!("jwks/wait_time.rs");
}
mod waiter_slot {
    product!("jwks/waiter_slot.rs");
}
mod http;
mod location;

#[cfg(test)]
mod fetch_models;
#[cfg(test)]
mod waiter_models;
