//! The source of a key set.

mod fetched_keys {
    product!("jwks/location/fetched_keys.rs");
}
mod key_answer {
    product!("jwks/location/key_answer.rs");
}

pub(super) use fetched_keys::FetchedKeys;
pub(super) use key_answer::KeyAnswer;

use std::time::Duration;

use super::http::Requests;
use super::snapshot::KeySetSnapshot;
use crate::http::failure::RequestFailure;
use crate::stand_ins::reqwest::Url;

/// The URL of a set, or of a key.
pub(super) enum Location {
    Url(Url),
    OneKey(KeyUrl),
}

/// The URL below which each key has its own path.
pub(super) struct PerKidUrl;

pub(super) struct KeyUrl;

impl PerKidUrl {
    pub fn key(&self, _: &str) -> Option<KeyUrl> {
        Some(KeyUrl)
    }
}

impl Location {
    pub fn document(&self) -> Option<()> {
        None
    }

    pub fn age_without_key_set(&self) -> Option<Duration> {
        None
    }

    pub async fn fetch(
        &self,
        snapshot: &KeySetSnapshot,
        requests: &Requests<'_>,
    ) -> Result<FetchedKeys, RequestFailure> {
        match self {
            Self::Url(url) => fetched_keys::fetch_key_set(url, snapshot, requests).await,
            Self::OneKey(_) => Ok(FetchedKeys::OneKey(KeyAnswer::Absent)),
        }
    }
}
