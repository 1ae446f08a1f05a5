//! What was parsed is kept, found by its content, in a bounded cache: a PEM is not parsed at every call.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ahash::RandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, UnitWeighter};
use zeroize::Zeroizing;

use crate::error::Result;

/// How many of each kind are kept.
const KEPT: usize = 256;

/// Values by what they were parsed from. Failures are not kept.
pub struct Parsed<F, V>(Cache<Kept<F>, Arc<V>, UnitWeighter, RandomState>);

/// What something is parsed from: parts of text by name, and the form in which they are read.
pub struct Source<'a, F> {
    pub form: F,
    pub parts: &'a [(&'static str, &'a [u8])],
}

/// The same, owned; wiped when it is let go.
#[derive(PartialEq, Eq)]
struct Kept<F> {
    form: F,
    parts: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
}

impl<F: Hash> Hash for Source<'_, F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.form.hash(state);
        self.parts.iter().for_each(|part| part.hash(state));
    }
}

impl<F: Hash> Hash for Kept<F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.form.hash(state);
        self.parts.iter().for_each(|(name, text)| (name, text.as_slice()).hash(state));
    }
}

impl<F: Copy + Eq> Equivalent<Kept<F>> for Source<'_, F> {
    fn equivalent(&self, kept: &Kept<F>) -> bool {
        let kept_parts = kept.parts.iter().map(|(name, text)| (*name, text.as_slice()));
        self.form == kept.form && self.parts.iter().copied().eq(kept_parts)
    }
}

impl<F: Copy + Eq> Source<'_, F> {
    fn kept(&self) -> Kept<F> {
        let parts = self.parts.iter().map(|(name, text)| (*name, Zeroizing::new(text.to_vec()))).collect();
        Kept { form: self.form, parts }
    }
}

impl<F: Copy + Eq + Hash, V> Parsed<F, V> {
    pub fn new() -> Self {
        Self(Cache::with(KEPT, KEPT as u64, UnitWeighter, RandomState::new(), DefaultLifecycle::default()))
    }

    /// What `source` was parsed to before, or else what `parse` makes of it.
    pub fn get_or_parse(&self, source: &Source<'_, F>, parse: impl FnOnce() -> Result<V>) -> Result<Arc<V>> {
        if let Some(value) = self.0.get(source) {
            return Ok(value);
        }
        let value = Arc::new(parse()?);
        self.0.insert(source.kept(), Arc::clone(&value));
        Ok(value)
    }
}
