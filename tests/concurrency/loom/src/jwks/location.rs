//! The source of a key set.

mod fetched_keys {
    product!("jwks/location/fetched_keys.rs");
}
mod wanted_kids {
    product!("jwks/location/wanted_kids.rs");
}

pub(super) use fetched_keys::{FetchScope, FetchedKeys};
pub(super) use wanted_kids::WantedKids;

use super::http::Requests;
use super::snapshot::KeySetSnapshot;
use crate::http::failure::RequestFailure;
use crate::stand_ins::reqwest::Url;

/// The URL of a set.
pub(super) struct Location(pub Url);

impl Location {
    pub async fn fetch(
        &self,
        snapshot: &KeySetSnapshot,
        _: FetchScope,
        requests: &Requests<'_>,
    ) -> Result<FetchedKeys, RequestFailure> {
        fetched_keys::fetch_key_set(&self.0, snapshot, requests).await
    }
}
