//! The `verify_*` and `require_*` options of python-jose: which claims are checked, and which are required.

/// A claim that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the registry's own")]
pub enum Claim {
    Aud,
    Iat,
    Exp,
    Nbf,
    Iss,
    Sub,
    Jti,
    AtHash,
}

impl Claim {
    /// Every claim, in the order in which python-jose requires them.
    pub const ALL: [Self; 8] =
        [Self::Aud, Self::Iat, Self::Exp, Self::Nbf, Self::Iss, Self::Sub, Self::Jti, Self::AtHash];

    /// Returns the name in a claims set.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aud => "aud",
            Self::Iat => "iat",
            Self::Exp => "exp",
            Self::Nbf => "nbf",
            Self::Iss => "iss",
            Self::Sub => "sub",
            Self::Jti => "jti",
            Self::AtHash => "at_hash",
        }
    }

    /// Returns the claim with the name, if it is one that can be checked.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "aud" => Some(Self::Aud),
            "iat" => Some(Self::Iat),
            "exp" => Some(Self::Exp),
            "nbf" => Some(Self::Nbf),
            "iss" => Some(Self::Iss),
            "sub" => Some(Self::Sub),
            "jti" => Some(Self::Jti),
            "at_hash" => Some(Self::AtHash),
            _ => None,
        }
    }
}

/// The enabled checks and the required claims. Default: every check is enabled, and no claim is required.
#[derive(Debug, Clone)]
pub struct ClaimOptions {
    /// One bit per [`Claim`].
    enabled: u8,
    /// The names of required claims, registered or not, in the order in which they are checked.
    required: Vec<String>,
}

impl Default for ClaimOptions {
    fn default() -> Self {
        Self { enabled: u8::MAX, required: Vec::new() }
    }
}

impl ClaimOptions {
    /// Enables or disables the check of `claim`.
    pub fn set(&mut self, claim: Claim, is_enabled: bool) {
        let bit = 1 << claim as u8;
        self.enabled = if is_enabled { self.enabled | bit } else { self.enabled & !bit };
    }

    /// Requires the claim `name` and enables its check.
    pub fn require(&mut self, name: String) {
        if let Some(claim) = Claim::from_name(&name) {
            self.set(claim, true);
        }
        self.required.push(name);
    }

    pub(super) fn is_enabled(&self, claim: Claim) -> bool {
        self.enabled & (1 << claim as u8) != 0
    }

    pub(super) fn required(&self) -> &[String] {
        &self.required
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, ClaimOptions};

    #[test]
    fn each_check_is_set_alone_and_as_often_as_one_likes() {
        for changed in Claim::ALL {
            assert_eq!(Claim::from_name(changed.name()), Some(changed));
            let mut options = ClaimOptions::default();
            let enabled = |options: &ClaimOptions| Claim::ALL.map(|claim| options.is_enabled(claim));
            assert_eq!(enabled(&options), [true; 8]);
            for is_enabled in [false, false, true, true, false] {
                options.set(changed, is_enabled);
                assert_eq!(enabled(&options), Claim::ALL.map(|claim| claim != changed || is_enabled), "{changed:?}");
            }
            options.require(changed.name().to_owned());
            assert_eq!((enabled(&options), options.required()), ([true; 8], &[changed.name().to_owned()][..]));
        }
        assert_eq!(Claim::from_name("scope"), None);
    }
}
