//! Conversions between JSON values and Python objects, and the caches that make them fast.

pub mod claims_dict;
pub mod interned_strings;
pub mod json_dumps;
pub mod parse_cache;
