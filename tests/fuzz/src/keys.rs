//! The keys of the targets. They are published with the tests and protect nothing.

use std::sync::LazyLock;

use fastjose::KeySet;

use crate::reference::json::{self, Json};
use crate::reference::jwk::ReferenceKey;

/// A JWK Set with the private keys.
pub const JWK_SET: &str = include_str!("keys.json");

/// The shared secret in [`JWK_SET`].
pub const SECRET: &[u8] = b"a secret of the fuzz targets: 32+";

/// The keys as the product reads them.
#[must_use]
pub fn key_set() -> KeySet {
    KeySet::from_jwk_set(JWK_SET.as_bytes()).expect("the keys of the targets are valid")
}

/// The keys as the reference reads them.
pub static REFERENCE_KEYS: LazyLock<Vec<ReferenceKey>> = LazyLock::new(|| {
    let set = json::parse(JWK_SET.as_bytes()).expect("the keys of the targets are JSON");
    let Some(Json::Array(keys)) = set.get("keys") else { panic!("the keys of the targets are a JWK Set") };
    keys.iter().map(|key| ReferenceKey::read(key).expect("the reference reads every key of the targets")).collect()
});
