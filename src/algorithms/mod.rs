//! Signature and MAC algorithms (RFC 7518 §3), and the key types and curves that they use.

mod algorithm_set;
mod curve;
pub(crate) mod ecdsa_suites;
mod key_type;
mod table;

pub use algorithm_set::AlgorithmSet;
pub use curve::Curve;
pub(crate) use curve::unsupported_curve;
pub use key_type::KeyType;
pub use table::Algorithm;
pub(crate) use table::{MIN_RSA_BITS, Primitive};
