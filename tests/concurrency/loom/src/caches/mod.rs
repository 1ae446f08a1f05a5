//! Tokens, headers, strings and revocations, which threads keep for each other.

pub mod header_cache {
    product!("jws/header_cache.rs");
}
pub mod interned_strings {
    product!("python/convert/interned_strings.rs");
}
pub mod key_origin {
    product!("jwt/key_origin.rs");
}
pub mod token_cache {
    product!("jwt/token_cache.rs");
}
/// The validity of a token, which no model needs.
pub mod validity {
    #[derive(Debug, PartialEq)]
    pub struct Validity;
}
mod fingerprint {
    product!("jwt/revocation/fingerprint.rs");
}
mod lifetime {
    product!("jwt/revocation/lifetime.rs");
}
mod sharded_map {
    product!("jwt/revocation/sharded_map.rs");
}

#[cfg(test)]
mod cache_models;
#[cfg(test)]
mod revocation_models;
