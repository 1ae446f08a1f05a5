//! Remote key sets, with a server that a model controls.

#[allow(clippy::all)]
mod fetch_policy {
    product!("jwks/fetch_policy.rs");
}
mod fetch_state {
    product!("jwks/fetch_state.rs");
}
mod kept_keys {
    product!("jwks/kept_keys.rs");
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
mod waiter_slot {
    product!("jwks/waiter_slot.rs");
}
mod http;
mod location;

#[cfg(test)]
mod fetch_models;
#[cfg(test)]
mod waiter_models;
