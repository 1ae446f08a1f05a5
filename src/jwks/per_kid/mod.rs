//! Keys that are fetched one by one, each with a refresher of its own: the failure or the age of one does not affect another.

mod fetch_rounds;
mod key_table;
mod wanted_kids;

pub(super) use fetch_rounds::{FetchPermit, FetchRounds};
pub(super) use key_table::{KeyEntry, KeyTable};
pub use wanted_kids::WantedKid;
pub(super) use wanted_kids::WantedKids;
