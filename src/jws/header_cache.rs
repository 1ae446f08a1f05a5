//! The headers of the last tokens that were verified: one that comes again is compared byte by byte, and not read again.

use std::collections::VecDeque;
use std::sync::{Arc, RwLock};

/// How many are kept: an issuer has one for each key, and two keys while it changes them.
const KEPT: usize = 8;

/// A longer one is read every time.
const MAX_BYTES: usize = 1_024;

/// Headers by the text that they were read from. Whoever finds it locked goes without: to read one takes no longer.
pub struct KnownHeaders<H>(RwLock<VecDeque<Known<H>>>);

struct Known<H> {
    encoded: Box<[u8]>,
    header: Arc<H>,
}

impl<H> KnownHeaders<H> {
    /// None so far.
    #[must_use]
    pub const fn none() -> Self {
        Self(RwLock::new(VecDeque::new()))
    }

    /// What `encoded` was read to before.
    #[must_use]
    pub fn find(&self, encoded: &[u8]) -> Option<Arc<H>> {
        let known = self.0.try_read().ok()?;
        known.iter().find(|known| *known.encoded == *encoded).map(|known| Arc::clone(&known.header))
    }

    /// Keeps `header` as what `encoded` was read to, in the place of the one that came first. Of a token that nobody
    /// vouches for it must not be: strangers would drive out the issuer's own.
    pub fn keep(&self, encoded: &[u8], header: &Arc<H>) {
        let Ok(mut known) = self.0.try_write() else { return };
        if encoded.len() > MAX_BYTES || known.iter().any(|known| *known.encoded == *encoded) {
            return;
        }
        known.truncate(KEPT - 1);
        known.push_front(Known { encoded: encoded.into(), header: Arc::clone(header) });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{KEPT, KnownHeaders, MAX_BYTES};
    use crate::algorithms::Algorithm;
    use crate::jws::compact::Header;

    fn header(kid: &str) -> Arc<Header> {
        Arc::new(Header { algorithm: Algorithm::HS256, kid: Some(kid.to_owned()), typ: None })
    }

    #[test]
    fn the_last_few_are_found_by_every_byte() {
        let known = KnownHeaders::none();
        let kids: Vec<_> = (0..=KEPT).map(|number| format!("k{number}")).collect();
        for kid in kids.iter().chain(kids.last()) {
            known.keep(kid.as_bytes(), &header(kid));
        }
        assert_eq!(known.find(b"k0"), None);
        for kid in kids.iter().skip(1) {
            assert_eq!(known.find(kid.as_bytes()), Some(header(kid)));
        }
        assert_eq!((known.find(b"k8 "), known.find(b"")), (None, None));
        assert_eq!(known.0.read().unwrap().len(), KEPT);
    }

    #[test]
    fn a_long_one_is_not_kept() {
        let known = KnownHeaders::none();
        let long = vec![b'A'; MAX_BYTES + 1];
        known.keep(&long, &header("long"));
        assert_eq!(known.find(&long), None);
    }
}
