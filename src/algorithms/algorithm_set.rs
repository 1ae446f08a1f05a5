//! Sets of algorithms: allow-lists, and the capabilities of keys.

use std::str::FromStr;

use super::curve::Curve;
use super::key_type::KeyType;
use super::table::{ALGORITHMS, Algorithm};
use crate::error::Error;

/// A set of algorithms: an allow-list, or the algorithms that a key supports.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// Returns the set of all algorithms.
    #[must_use]
    pub fn all() -> Self {
        ALGORITHMS.iter().map(|spec| spec.algorithm).collect()
    }

    /// Returns the asymmetric algorithms without those that require opt-in. Public keys are accepted for these if no
    /// allow-list is given.
    #[must_use]
    pub fn default_asymmetric() -> Self {
        Self::all().filter(|algorithm| algorithm.is_asymmetric() && !algorithm.requires_opt_in())
    }

    /// Returns the algorithms that work with keys of type `key_type`.
    #[must_use]
    pub fn for_key_type(key_type: KeyType) -> Self {
        Self::all().filter(|algorithm| algorithm.key_type() == key_type)
    }

    /// Returns the algorithms that RFC 7518 §3.4 and RFC 8812 §3.2 define for `curve`.
    #[must_use]
    pub(crate) fn for_curve(curve: Curve) -> Self {
        Self::all().filter(|algorithm| algorithm.curve() == Some(curve))
    }

    /// Returns the algorithms of the set that satisfy `predicate`.
    #[must_use]
    pub fn filter(self, predicate: impl Fn(Algorithm) -> bool) -> Self {
        self.iter().filter(|algorithm| predicate(*algorithm)).collect()
    }

    /// Returns true if the set contains `algorithm`.
    #[must_use]
    pub fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u8) != 0
    }

    /// Returns the algorithms that are in both sets.
    #[must_use]
    pub(crate) fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the algorithms that are in at least one of the sets.
    #[must_use]
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the number of algorithms.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns true if the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Iterates over the algorithms in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        ALGORITHMS.iter().map(|spec| spec.algorithm).filter(move |algorithm| self.contains(*algorithm))
    }

    /// Returns the names for use in a message: `HS256, HS384`.
    #[must_use]
    pub fn names(self) -> String {
        self.iter().map(Algorithm::name).collect::<Vec<_>>().join(", ")
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |bits, algorithm| bits | (1 << algorithm as u8)))
    }
}

impl From<Algorithm> for AlgorithmSet {
    fn from(algorithm: Algorithm) -> Self {
        std::iter::once(algorithm).collect()
    }
}

impl FromStr for AlgorithmSet {
    type Err = Error;

    /// Parses one algorithm name into a set of one.
    fn from_str(name: &str) -> Result<Self, Error> {
        name.parse::<Algorithm>().map(Self::from)
    }
}

impl std::fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}]", self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{ALGORITHMS, Algorithm};
    use super::{AlgorithmSet, Curve, KeyType};

    #[test]
    fn sets() {
        let hmac = AlgorithmSet::for_key_type(KeyType::Oct);
        assert_eq!((hmac.len(), hmac.names().as_str()), (3, "HS256, HS384, HS512"));
        assert!(hmac.intersection(AlgorithmSet::default_asymmetric()).is_empty());
        let opt_in = AlgorithmSet::from(Algorithm::ES256K);
        assert_eq!(opt_in, AlgorithmSet::for_curve(Curve::Secp256k1));
        assert!(opt_in.intersection(AlgorithmSet::default_asymmetric()).is_empty());
        assert_eq!(hmac.union(AlgorithmSet::default_asymmetric()).union(opt_in).len(), ALGORITHMS.len());
        assert_eq!(format!("{:?}", AlgorithmSet::for_key_type(KeyType::Okp)), "[EdDSA]");
    }

    #[test]
    fn set_of_repeated_algorithms_has_each_once() {
        let set: AlgorithmSet = [Algorithm::ES256, Algorithm::RS256, Algorithm::ES256].into_iter().collect();
        assert_eq!((set.len(), set.names().as_str()), (2, "RS256, ES256"));
        assert!(set.contains(Algorithm::ES256) && set.contains(Algorithm::RS256) && !set.contains(Algorithm::RS384));
    }

    #[test]
    fn name_is_the_set_of_its_algorithm() {
        assert_eq!("ES256".parse(), Ok(AlgorithmSet::from(Algorithm::ES256)));
        assert!("es256".parse::<AlgorithmSet>().is_err() && "".parse::<AlgorithmSet>().is_err());
    }
}
