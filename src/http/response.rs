//! The parts of a response that every request reads: the body, up to a limit, and the time to wait.

use std::time::{Duration, SystemTime};

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::failure::{RequestFailure, Route};

/// Reads the body. The limit counts decompressed bytes, so that a small compressed body cannot fill the memory. `timeout` is
/// that of the request, for the text of the error.
///
/// # Errors
/// [`RequestFailure`] if the body is longer than `max_bytes`, or ends early.
pub(crate) async fn read_body(
    mut response: Response,
    max_bytes: usize,
    timeout: Duration,
) -> Result<Vec<u8>, RequestFailure> {
    let mut body = Vec::new();
    let interrupted = |error: reqwest::Error| {
        if error.is_timeout() {
            RequestFailure::from_transport(&error, timeout, Route::default())
        } else {
            RequestFailure::from("the response ended early, or its content encoding is invalid")
        }
    };
    while let Some(chunk) = response.chunk().await.map_err(interrupted)? {
        if body.len() + chunk.len() > max_bytes {
            let reason =
                format!("the response must be at most {max_bytes} bytes long; check the URL, or raise max_body_bytes");
            return Err(RequestFailure { reason, retry_after: None });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3), or the `x-retry-after` in seconds of Better Auth's
/// rate limiter.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value =
        [RETRY_AFTER.as_str(), "x-retry-after"].into_iter().find_map(|name| headers.get(name)?.to_str().ok())?;
    let value = value.trim();
    let in_seconds = value.parse().ok().map(Duration::from_secs);
    in_seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(now).ok())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::retry_after;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn retry_after_is_a_number_of_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000); // Sun, 09 Sep 2001 01:46:40 GMT
        for (pairs, expected) in [
            (&[("retry-after", "120")][..], Some(120)),
            (&[("x-retry-after", " 10 ")], Some(10)),
            (&[("retry-after", "Sun, 09 Sep 2001 01:47:40 GMT")], Some(60)),
            (&[("retry-after", "Sun, 09 Sep 2001 01:45:40 GMT")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ] {
            assert_eq!(retry_after(&headers(pairs), now), expected.map(Duration::from_secs), "{pairs:?}");
        }
    }
}
