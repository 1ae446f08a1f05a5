//! Simulation of ten thousand workers with one remote key set over a day: the load on the issuer, and the wait of the first
//! token signed with a new key. The workers use the fetch policy of the core, `fastjose::jwks`, in simulated time.
//!
//!     cargo run --release --example jwks_simulation -- WORKERS SERIES.csv
//!
//! Prints the table of `docs/internals/scale.md`. `SERIES.csv` gets the requests in the busiest second of each minute.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the counts of one day are small"
)]
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a simulation that cannot go on must stop")]

mod worker;

use std::fmt::Write as _;
use std::time::Duration;

use fastjose::jwks::RefreshPolicy;
use worker::{Issuer, Outcome, Worker};

const DAY_SECONDS: u64 = 86_400;
/// Lifetime of a token. After a rotation, the last token signed with the old key expires after this time.
const TOKEN_LIFETIME_SECONDS: f64 = 900.0;

struct Scenario {
    name: &'static str,
    rotation_interval: Duration,
    /// Tokens per second that each worker receives.
    tokens_per_second: f64,
    /// Time over which the workers start.
    start_period: Duration,
    /// Start and end of the time in which the issuer is unreachable.
    outage: (Duration, Duration),
    /// Start and end of the time in which each worker receives 10 tokens per second with key ids that do not exist.
    flood: (Duration, Duration),
}

const NEVER: (Duration, Duration) = (Duration::MAX, Duration::MAX);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(DAY_SECONDS);
/// The minute after a rotation, if the issuer rotates every hour.
const MINUTE_AFTER_ROTATION: (Duration, Duration) = (Duration::from_secs(45_000), Duration::from_secs(45_060));

fn scenarios() -> [Scenario; 7] {
    let default = |name, rotation_interval, tokens_per_second| Scenario {
        name,
        rotation_interval,
        tokens_per_second,
        start_period: Duration::from_secs(600),
        outage: NEVER,
        flood: NEVER,
    };
    [
        default("rotation every day", DAY, 1.0),
        default("rotation every hour", HOUR, 1.0),
        default("rotation every hour, 100 tokens per second and worker", HOUR, 100.0),
        default("rotation every hour, 1 token per 100 seconds and worker", HOUR, 0.01),
        Scenario {
            start_period: Duration::from_secs(1),
            ..default("rotation every day, all workers start in one second", DAY, 1.0)
        },
        Scenario {
            outage: MINUTE_AFTER_ROTATION,
            ..default("rotation every hour, issuer unreachable for a minute after one", HOUR, 1.0)
        },
        Scenario {
            flood: MINUTE_AFTER_ROTATION,
            ..default("rotation every hour, made-up key ids for a minute", HOUR, 1.0)
        },
    ]
}

/// Result of a scenario.
struct Measurements {
    /// Requests to the issuer in each second of the day.
    requests_per_second: Vec<u32>,
    /// Wait of the first token of a new key at each worker, in seconds; sorted.
    wait_seconds: Vec<f64>,
    rejected_in_outage: u64,
    rejected: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let workers = arguments.next().map_or(10_000, |text| text.parse().expect("WORKERS must be a number"));
    let mut series = String::from("scenario,minute,requests_per_second\n");
    println!("| | requests/s, mean | in the busiest second | first token's wait, median | 99 % | longest | rejected |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for scenario in scenarios() {
        let measurements = simulate(&scenario, workers);
        println!("{}", format_row(&scenario, &measurements));
        for (minute, seconds) in measurements.requests_per_second.chunks(60).enumerate() {
            let busiest = seconds.iter().max().copied().unwrap_or(0);
            writeln!(series, "\"{}\",{minute},{busiest}", scenario.name).expect("writing to a string must succeed");
        }
    }
    if let Some(path) = arguments.next() {
        std::fs::write(path, series).expect("SERIES.csv must be writable");
    }
}

fn format_row(scenario: &Scenario, measurements: &Measurements) -> String {
    let Measurements { requests_per_second, wait_seconds, rejected_in_outage, rejected } = measurements;
    let total: u64 = requests_per_second.iter().map(|count| u64::from(*count)).sum();
    let (mean, busiest) = (total as f64 / DAY_SECONDS as f64, requests_per_second.iter().max().copied().unwrap_or(0));
    let quantile = |share: f64| {
        let index = ((wait_seconds.len() as f64 * share) as usize).min(wait_seconds.len().saturating_sub(1));
        wait_seconds.get(index).map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.2} s"))
    };
    let (name, median, p99, longest) = (scenario.name, quantile(0.5), quantile(0.99), quantile(1.0));
    let rejections = match rejected_in_outage {
        0 => rejected.to_string(),
        _ => format!("{rejected} (and {rejected_in_outage} × 503 in the outage)"),
    };
    format!("| {name} | {mean:.1} | {busiest} | {median} | {p99} | {longest} | {rejections} |")
}

fn simulate(scenario: &Scenario, workers: u64) -> Measurements {
    let issuer = Issuer { rotation_interval: scenario.rotation_interval, outage: scenario.outage };
    let mut measurements = Measurements {
        requests_per_second: vec![0; DAY_SECONDS as usize],
        wait_seconds: vec![],
        rejected_in_outage: 0,
        rejected: 0,
    };
    for seed in 0..workers {
        let mut worker = Worker::new(&issuer, RefreshPolicy::default(), seed);
        let start = scenario.start_period.mul_f64(worker.rng.f64());
        simulate_worker(&mut worker, scenario, &issuer, start, &mut measurements);
        for time in worker.request_times.iter().filter(|time| time.as_secs() < DAY_SECONDS) {
            measurements.requests_per_second[time.as_secs() as usize] += 1;
        }
    }
    measurements.wait_seconds.sort_by(f64::total_cmp);
    measurements
}

/// Simulates the day of one worker: refreshes in the background, the first token of each new key, and the flood.
fn simulate_worker(
    worker: &mut Worker<'_>,
    scenario: &Scenario,
    issuer: &Issuer,
    start: Duration,
    measurements: &mut Measurements,
) {
    measure_token(worker, issuer.newest_key(start), start, scenario, measurements);
    let mut next_key = issuer.newest_key(start) + 1;
    let mut next_token_at = first_token_at(worker, scenario.tokens_per_second, issuer.key_created_at(next_key));
    let mut next_made_up_at = scenario.flood.0;
    loop {
        let refresh_at = worker.refresh_at().unwrap_or(Duration::MAX);
        let now = refresh_at.min(next_token_at).min(next_made_up_at);
        if now >= DAY {
            return;
        }
        if now == next_made_up_at {
            next_made_up_at = send_made_up_token(worker, scenario, now);
        } else if now == next_token_at {
            if measure_token(worker, next_key, now, scenario, measurements) {
                next_key += 1;
                next_token_at = first_token_at(worker, scenario.tokens_per_second, issuer.key_created_at(next_key));
            } else {
                next_token_at = now + Duration::from_secs_f64(1.0 / scenario.tokens_per_second); // a client retries
            }
        } else {
            worker.refresh(now);
        }
    }
}

/// Sends a token with a key id that does not exist and returns the time of the next one.
fn send_made_up_token(worker: &mut Worker<'_>, scenario: &Scenario, now: Duration) -> Duration {
    let (Outcome::Accepted(end) | Outcome::UnknownKey(end) | Outcome::Unavailable(end)) =
        worker.verify_token(None, now);
    // Tokens that arrive before `end` wait for the same fetch, so they are not simulated.
    let next = end.max(now + Duration::from_millis(100));
    if next < scenario.flood.1 { next } else { Duration::MAX }
}

/// Verifies a token signed with `key` at `now`, and records its wait or its rejection. Returns whether it was accepted.
fn measure_token(
    worker: &mut Worker<'_>,
    key: u64,
    now: Duration,
    scenario: &Scenario,
    measurements: &mut Measurements,
) -> bool {
    let is_outage = now >= scenario.outage.0 && now < scenario.outage.1;
    match worker.verify_token(Some(key), now) {
        Outcome::Accepted(end) => {
            measurements.wait_seconds.push(end.saturating_sub(now).as_secs_f64());
            return true;
        }
        Outcome::UnknownKey(_) | Outcome::Unavailable(_) if is_outage => measurements.rejected_in_outage += 1,
        Outcome::UnknownKey(_) | Outcome::Unavailable(_) => measurements.rejected += 1,
    }
    false
}

/// Returns the random time at which a worker receives its first token signed with a key created at `key_created_at`.
///
/// Tokens arrive as a Poisson process. After the creation of a key, its share of the tokens grows linearly from 0 to 1 over
/// the lifetime of a token.
fn first_token_at(worker: &mut Worker<'_>, tokens_per_second: f64, key_created_at: Duration) -> Duration {
    let exponential = -(1.0 - worker.rng.f64()).ln();
    let while_growing = (2.0 * TOKEN_LIFETIME_SECONDS * exponential / tokens_per_second).sqrt();
    let seconds_after_creation = if while_growing <= TOKEN_LIFETIME_SECONDS {
        while_growing
    } else {
        TOKEN_LIFETIME_SECONDS / 2.0 + exponential / tokens_per_second
    };
    key_created_at.saturating_add(Duration::from_secs_f64(seconds_after_creation))
}

#[cfg(test)]
mod tests {
    use super::{DAY_SECONDS, RefreshPolicy, scenarios, simulate};

    const WORKERS: u64 = 50;

    #[test]
    fn new_keys_are_accepted_except_in_an_outage_and_wait_for_one_fetch_at_most() {
        for scenario in scenarios() {
            let measurements = simulate(&scenario, WORKERS);
            let longest = measurements.wait_seconds.last().copied().unwrap_or(f64::MAX);
            let has_outage = scenario.outage.0.as_secs() < DAY_SECONDS;
            let rejections = (measurements.rejected, measurements.rejected_in_outage > 0);
            assert_eq!(rejections, (0, has_outage), "{}", scenario.name);
            // With an outage: the rest of the outage, a retry delay and a fetch.
            assert!(longest < if has_outage { 5.0 } else { 2.0 }, "{}: {longest} s", scenario.name);
        }
    }

    #[test]
    fn a_flood_costs_at_most_the_token_bucket() {
        let [rotation_every_day, .., flooded] = scenarios();
        let count_requests = |scenario| simulate(scenario, WORKERS).requests_per_second.iter().sum::<u32>();
        let policy = RefreshPolicy::default();
        let bucket = u64::from(policy.fetch_burst) + 60 / policy.fetch_interval.as_secs();
        let additional = count_requests(&flooded).saturating_sub(count_requests(&rotation_every_day));
        // The hourly rotations of the flooded day cost at most one fetch each in addition.
        assert!(u64::from(additional) <= WORKERS * (bucket + 24));
    }
}
