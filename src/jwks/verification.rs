//! Verifies tokens with the snapshot of a refresher, and waits for a fetch that may bring their key.
//!
//! If the key of a token is cached, verification reads a snapshot. It takes no lock and starts no task per token.

use std::sync::Arc;

use super::fetch_policy::FetchReason;
use super::refresher::Refresher;
use super::set_state::SetState;
use super::snapshot::KeySetSnapshot;
use crate::error::{Error, Result};
use crate::jws::compact::CompactJws;
use crate::jws::verify::{SignatureStatus, has_candidate, verify_signature};
use crate::keys::KeyInstance;

impl Refresher {
    /// Returns true if the snapshot has `key` and can be used without a fetch. Starts the refresh task if the snapshot is
    /// refresh-due or stale.
    pub fn is_current(self: &Arc<Self>, key: KeyInstance) -> bool {
        let snapshot = self.snapshot();
        self.check_snapshot(&snapshot) && snapshot.keys.contains(key)
    }

    /// Verifies the signature of `token` with the cached keys. If they are refresh-due, starts a refresh in the background.
    ///
    /// # Errors
    /// See [`verify_signature`].
    pub fn verify_signature(self: &Arc<Self>, token: &CompactJws<'_>) -> Result<SignatureStatus> {
        let snapshot = self.snapshot();
        if !self.check_snapshot(&snapshot) {
            return Ok(SignatureStatus::NeedsFetch);
        }
        match verify_signature(&snapshot.keys, token) {
            Ok(key) => Ok(SignatureStatus::Verified { key }),
            Err(Error::UnknownKey) => Ok(SignatureStatus::NeedsFetch),
            Err(Error::BadSignature) if self.can_recheck() => Ok(SignatureStatus::NeedsRecheck),
            Err(error) => Err(error),
        }
    }

    /// Verifies the signature of `token` with the cached keys after a fetch attempt, even if they are stale. Returns the key.
    ///
    /// # Errors
    /// See [`verify_signature`]; [`Error::UnknownKey`] if the keys have expired.
    pub fn verify_signature_cached(&self, token: &CompactJws<'_>) -> Result<KeyInstance> {
        let snapshot = self.snapshot();
        match snapshot.state(self.now()) {
            SetState::Expired => Err(Error::UnknownKey),
            _ => verify_signature(&snapshot.keys, token),
        }
    }

    /// Waits for a fetch that may bring the key of `token`, and starts it if necessary.
    ///
    /// # Errors
    /// [`Error::KeysUnavailable`] if no fetch succeeded, or if none was permitted in time.
    pub async fn fetch_key_for(self: &Arc<Self>, token: &CompactJws<'_>) -> Result<()> {
        let state = self.fetch_state();
        match self.fetch_reason(token) {
            FetchReason::BadSignature => {
                let is_verified = || self.verify_signature_cached(token).is_ok();
                self.wait_for_fetch(FetchReason::BadSignature, is_verified, &state).await
            }
            reason => {
                let is_cached = || self.fetch_reason(token) == FetchReason::BadSignature;
                let fetched = self.wait_for_fetch(reason, is_cached, &state).await;
                if fetched.is_ok() && !is_cached() {
                    tokio::time::sleep(state.next_rejection_delay()).await;
                }
                fetched
            }
        }
    }

    /// Starts a refresh in the background if the snapshot is not fresh, unless it is that of a key that is lost.
    pub fn refresh_if_due(self: &Arc<Self>) {
        if self.snapshot().state(self.now()) != SetState::Fresh && !self.has_lost_its_key() {
            self.ensure_refresh_task();
        }
    }

    /// Returns true if `snapshot` can be used without a fetch, and starts a refresh if it is due.
    fn check_snapshot(self: &Arc<Self>, snapshot: &KeySetSnapshot) -> bool {
        match snapshot.state(self.now()) {
            SetState::Fresh => true,
            SetState::RefreshDue => {
                self.ensure_refresh_task();
                true
            }
            SetState::Stale => {
                self.ensure_refresh_task();
                self.fetch_state().lock_policy().is_fetching_or_failing()
            }
            SetState::Expired => false,
        }
    }

    fn can_recheck(&self) -> bool {
        self.fetch_state().lock_policy().can_recheck(self.now(), self.refresh_policy())
    }

    /// Returns the reason to fetch for `token`: [`FetchReason::BadSignature`] if its key is cached and the snapshot is not
    /// stale, so that only a wrong signature can need a fetch; else [`FetchReason::UnknownKey`].
    fn fetch_reason(&self, token: &CompactJws<'_>) -> FetchReason {
        let snapshot = self.snapshot();
        let is_current = snapshot.state(self.now()) < SetState::Stale;
        if is_current && has_candidate(&snapshot.keys, token) {
            FetchReason::BadSignature
        } else {
            FetchReason::UnknownKey
        }
    }
}
