//! The limits of the work that an unverified token can cause.

use crate::error::{Error, Result};

/// Limits of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenLimits {
    /// The length of the longest token, in bytes.
    pub token_bytes: usize,
    /// The length of the longest encoded header, in bytes.
    pub header_bytes: usize,
    /// The maximum number of keys of one set that a signature is tried with.
    pub candidate_keys: usize,
}

impl Default for TokenLimits {
    fn default() -> Self {
        Self { token_bytes: 65_536, header_bytes: 8_192, candidate_keys: 8 }
    }
}

impl TokenLimits {
    /// Checks the length of a token.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn check_token(&self, text: &[u8]) -> Result<()> {
        let max_bytes = self.token_bytes;
        if text.len() > max_bytes { Err(Error::TooLarge { max_bytes }) } else { Ok(()) }
    }

    /// Checks the length of an encoded header.
    ///
    /// # Errors
    /// [`Error::HeaderTooLarge`].
    pub fn check_header(&self, encoded: &[u8]) -> Result<()> {
        let max_bytes = self.header_bytes;
        if encoded.len() > max_bytes { Err(Error::HeaderTooLarge { max_bytes }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::TokenLimits;
    use crate::error::Error;

    #[test]
    fn accepts_as_many_bytes_as_the_limit_says() {
        let limits = TokenLimits { token_bytes: 10, header_bytes: 5, ..TokenLimits::default() };
        assert_eq!((limits.check_token(&[b'a'; 10]), limits.check_header(&[b'a'; 5])), (Ok(()), Ok(())));
        assert_eq!(limits.check_token(&[b'a'; 11]), Err(Error::TooLarge { max_bytes: 10 }));
        assert_eq!(limits.check_header(&[b'a'; 6]), Err(Error::HeaderTooLarge { max_bytes: 5 }));
        assert_eq!(limits.check_header(&[b'a'; 7]), Err(Error::HeaderTooLarge { max_bytes: 5 }));
    }
}
