//! The time for which a revocation has an effect, and for which it stays in memory.

/// The time that an entry is kept longer than it must be, in seconds. It covers the leeway of verifiers, with which a token
/// outlives its `exp`, and clocks that differ.
pub const KEEP_SECONDS: f64 = 300.0;

/// A time on two clocks, in seconds: since the epoch, and since the list was created. Only the first clock can be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub since_epoch: f64,
    pub since_creation: f64,
}

/// The end of a revocation. It has an effect until the clock shows this end. It stays in memory until the same time has
/// passed on a monotonic clock, too: if the clock is wrong by a day for a minute, and then is set right, a token
/// that is valid again is still revoked.
///
/// Whole seconds, rounded up; [`u32::MAX`] is never. So an entry takes no more memory than with one exact time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    since_epoch: u32,
    since_creation: u32,
}

impl Lifetime {
    /// Returns the lifetime of a revocation that is added at `now` and has an effect [`KEEP_SECONDS`] longer than `until`.
    pub fn new(until: f64, now: Moment) -> Self {
        let end = until + KEEP_SECONDS;
        Self {
            since_epoch: whole_seconds(end),
            since_creation: whole_seconds(now.since_creation + (end - now.since_epoch)),
        }
    }

    /// Returns the later end on each clock.
    pub fn merge(self, other: Self) -> Self {
        Self {
            since_epoch: self.since_epoch.max(other.since_epoch),
            since_creation: self.since_creation.max(other.since_creation),
        }
    }

    /// Returns true if the revocation has an effect at `now`, in seconds since the epoch.
    pub fn is_live(self, now: f64) -> bool {
        is_before(now, self.since_epoch)
    }

    /// Returns true if the revocation has ended on both clocks.
    pub fn has_ended(self, now: Moment) -> bool {
        !self.is_live(now.since_epoch) && !is_before(now.since_creation, self.since_creation)
    }
}

fn is_before(now: f64, end: u32) -> bool {
    end == u32::MAX || now < f64::from(end)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number out of range is the nearest one")]
fn whole_seconds(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::{KEEP_SECONDS, Lifetime, Moment};

    const DAY: f64 = 86_400.0;

    fn moment(since_epoch: f64, since_creation: f64) -> Moment {
        Moment { since_epoch, since_creation }
    }

    #[test]
    fn ends_once_both_clocks_have_reached_the_end() {
        let lifetime = Lifetime::new(1_000.5, moment(900.0, 10.0));
        assert!(lifetime.is_live(1_000.5 + KEEP_SECONDS));
        assert!(!lifetime.is_live(1_001.0 + KEEP_SECONDS));
        assert!(!lifetime.has_ended(moment(DAY, 410.0)), "the clock was set forward");
        assert!(!lifetime.has_ended(moment(1_000.0, DAY)), "the clock was set back");
        assert!(lifetime.has_ended(moment(DAY, 411.0)));
    }

    #[test]
    fn merged_lifetimes_end_with_the_later_one() {
        let (short, long) = (Lifetime::new(100.0, moment(0.0, 0.0)), Lifetime::new(200.0, moment(0.0, 0.0)));
        for merged in [short.merge(long), long.merge(short)] {
            assert!(merged.is_live(199.0 + KEEP_SECONDS));
            assert!(!merged.has_ended(moment(DAY, 199.0 + KEEP_SECONDS)));
            assert!(merged.has_ended(moment(DAY, 200.0 + KEEP_SECONDS)));
        }
    }

    #[test]
    fn end_that_is_out_of_range_is_never() {
        let lifetime = Lifetime::new(1e11, moment(1.8e9, 0.0));
        assert!(lifetime.is_live(1e12));
        assert!(!lifetime.has_ended(moment(1e12, 1e12)));
    }

    #[test]
    fn end_that_has_passed_is_over_at_once() {
        assert!(Lifetime::new(0.0, moment(DAY, 5.0)).has_ended(moment(DAY, 5.0)));
    }
}
