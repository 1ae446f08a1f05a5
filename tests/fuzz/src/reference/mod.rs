//! Slow readers that follow the text of the RFCs, and share no code with the product.

pub mod base64url;
pub mod claims;
pub mod cookies;
pub mod json;
pub mod jwk;
pub mod key_answers;
pub mod key_signs;
pub mod token;
