//! Remote key sets: when a JWK Set is fetched, how it is fetched, and which snapshot of it verifies tokens.

mod fetch_policy;
mod fetch_state;
mod http;
mod location;
mod per_kid;
mod refresh_policy;
mod refresher;
mod remote_key_set;
mod set_state;
mod snapshot;
mod verification;
mod wait_time;
mod waiter_slot;

#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod model_search;

pub use fetch_policy::{FetchDecision, FetchPolicy, FetchReason};
pub use fetch_state::FetchCounts;
pub use http::HttpLimits;
pub use location::DiscoveryDocument;
pub use per_kid::WantedKid;
pub use refresh_policy::RefreshPolicy;
pub use remote_key_set::RemoteKeySet;
pub use set_state::{Freshness, SetState};
pub use waiter_slot::{Waiter, WaiterSlot};
