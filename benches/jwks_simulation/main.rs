//! Ten thousand workers on one key set, a day of it in seconds: what the issuer is asked, and how long a new key's first
//! token waits. The decisions are the core's own, `fastjose::jwks`, under simulated time.
//!
//!     cargo run --release --example jwks_simulation -- WORKERS SERIES.csv
//!
//! prints the table of `docs/internals/scale.md`, and writes for each minute the largest number of requests in one of its seconds.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "one day's counts"
)]
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a simulation that cannot go on must stop")]

mod worker;

use std::fmt::Write as _;
use std::time::Duration;

use fastjose::jwks::RefreshPolicy;
use worker::{Issuer, Outcome, Worker};

const DAY_SECONDS: u64 = 86_400;
/// As Better Auth sets it: after a key is new for so long, no token under the old one is left.
const TOKEN_SECONDS: f64 = 900.0;

struct Scenario {
    name: &'static str,
    rotation: Duration,
    /// Tokens a second that each worker sees.
    rate: f64,
    /// Over how long the workers are started.
    start: Duration,
    outage: (Duration, Duration),
    /// When each worker sees 10 tokens a second under keys that do not exist: from, to.
    flood: (Duration, Duration),
}

const NEVER: (Duration, Duration) = (Duration::MAX, Duration::MAX);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(DAY_SECONDS);
/// The minute after a rotation of every hour.
const MINUTE: (Duration, Duration) = (Duration::from_secs(45_000), Duration::from_secs(45_060));

fn scenarios() -> [Scenario; 7] {
    let usual = |name, rotation, rate| Scenario {
        name,
        rotation,
        rate,
        start: Duration::from_secs(600),
        outage: NEVER,
        flood: NEVER,
    };
    [
        usual("a rotation a day", DAY, 1.0),
        usual("a rotation an hour", HOUR, 1.0),
        usual("… and 100 tokens a second for each worker", HOUR, 100.0),
        usual("… and a token in 100 seconds for each worker", HOUR, 0.01),
        Scenario { start: Duration::from_secs(1), ..usual("a rotation a day, all started in one second", DAY, 1.0) },
        Scenario { outage: MINUTE, ..usual("a rotation an hour, and no issuer for the minute after one", HOUR, 1.0) },
        Scenario { flood: MINUTE, ..usual("a rotation an hour, and made-up key ids for a minute", HOUR, 1.0) },
    ]
}

/// What a scenario came to.
struct Figures {
    /// Requests at the issuer in each second of the day.
    asked: Vec<u32>,
    /// How long the first token of a new key waited at each worker, sorted, in seconds.
    delays: Vec<f64>,
    refused_in_outage: u64,
    refused: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let workers = arguments.next().map_or(10_000, |text| text.parse().expect("WORKERS is a number"));
    let mut series = String::from("scenario,minute,requests_per_second\n");
    println!("| | requests/s, mean | in the busiest second | first token's wait, median | 99 % | longest | refused |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for scenario in scenarios() {
        let figures = simulate(&scenario, workers);
        println!("{}", row(&scenario, &figures));
        for (minute, seconds) in figures.asked.chunks(60).enumerate() {
            let most = seconds.iter().max().copied().unwrap_or(0);
            writeln!(series, "\"{}\",{minute},{most}", scenario.name).expect("a string takes it");
        }
    }
    if let Some(path) = arguments.next() {
        std::fs::write(path, series).expect("the series can be written");
    }
}

fn row(scenario: &Scenario, figures: &Figures) -> String {
    let total: u64 = figures.asked.iter().map(|count| u64::from(*count)).sum();
    let (mean, most) = (total as f64 / DAY_SECONDS as f64, figures.asked.iter().max().copied().unwrap_or(0));
    let delay = |share: f64| {
        let index = ((figures.delays.len() as f64 * share) as usize).min(figures.delays.len().saturating_sub(1));
        figures.delays.get(index).map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.2} s"))
    };
    let (name, half, most_of, longest) = (scenario.name, delay(0.5), delay(0.99), delay(1.0));
    let refused = match figures.refused_in_outage {
        0 => figures.refused.to_string(),
        there => format!("{} (and {there} × 503 in the outage)", figures.refused),
    };
    format!("| {name} | {mean:.1} | {most} | {half} | {most_of} | {longest} | {refused} |")
}

fn simulate(scenario: &Scenario, workers: u64) -> Figures {
    let issuer = Issuer { rotation: scenario.rotation, outage: scenario.outage };
    let mut figures =
        Figures { asked: vec![0; DAY_SECONDS as usize], delays: vec![], refused_in_outage: 0, refused: 0 };
    for number in 0..workers {
        let mut worker = Worker::new(&issuer, RefreshPolicy::default(), number);
        let start = scenario.start.mul_f64(worker.rng.f64());
        live(&mut worker, scenario, &issuer, start, &mut figures);
        for time in worker.asked.iter().filter(|time| time.as_secs() < DAY_SECONDS) {
            figures.asked[time.as_secs() as usize] += 1;
        }
    }
    figures.delays.sort_by(f64::total_cmp);
    figures
}

/// A day of one worker: the keeper's fetches, the first token of each new key, and the flood.
fn live(worker: &mut Worker<'_>, scenario: &Scenario, issuer: &Issuer, start: Duration, figures: &mut Figures) {
    note(worker, issuer.newest(start), start, scenario, figures);
    let mut next_key = issuer.newest(start) + 1;
    let mut next_token = first_token(worker, scenario.rate, issuer.made(next_key));
    let mut next_made_up = scenario.flood.0;
    loop {
        let refresh = worker.refresh_at().unwrap_or(Duration::MAX);
        let now = refresh.min(next_token).min(next_made_up);
        if now >= DAY {
            return;
        }
        if now == next_made_up {
            let (Outcome::Served(end) | Outcome::Unknown(end) | Outcome::Refused(end)) = worker.token(None, now);
            // The others that come meanwhile wait for the same fetches.
            next_made_up = end.max(now + Duration::from_millis(100));
            next_made_up = if next_made_up < scenario.flood.1 { next_made_up } else { Duration::MAX };
        } else if now == next_token {
            if note(worker, next_key, now, scenario, figures) {
                next_key += 1;
                next_token = first_token(worker, scenario.rate, issuer.made(next_key));
            } else {
                next_token = now + Duration::from_secs_f64(1.0 / scenario.rate); // somebody tries again
            }
        } else {
            worker.refresh(now);
        }
    }
}

/// A worker's first token under `key` at `now`: notes how long it waited, and tells whether it was accepted.
fn note(worker: &mut Worker<'_>, key: u64, now: Duration, scenario: &Scenario, figures: &mut Figures) -> bool {
    let in_outage = now >= scenario.outage.0 && now < scenario.outage.1;
    match worker.token(Some(key), now) {
        Outcome::Served(end) => {
            figures.delays.push(end.saturating_sub(now).as_secs_f64());
            return true;
        }
        Outcome::Unknown(_) | Outcome::Refused(_) if in_outage => figures.refused_in_outage += 1,
        Outcome::Unknown(_) | Outcome::Refused(_) => figures.refused += 1,
    }
    false
}

/// When a worker that sees `rate` tokens a second first sees one under a key that is made at `made`: their share grows evenly
/// from none to all, when those under the old key have expired; tokens come as a Poisson process.
fn first_token(worker: &mut Worker<'_>, rate: f64, made: Duration) -> Duration {
    let drawn = -(1.0 - worker.rng.f64()).ln();
    let within = (2.0 * TOKEN_SECONDS * drawn / rate).sqrt();
    let after = if within <= TOKEN_SECONDS { within } else { TOKEN_SECONDS / 2.0 + drawn / rate };
    made.saturating_add(Duration::from_secs_f64(after))
}

#[cfg(test)]
mod tests {
    use super::{DAY_SECONDS, scenarios, simulate};

    const WORKERS: u64 = 50;

    #[test]
    fn no_new_key_is_refused_but_in_an_outage_and_none_waits_longer_than_a_fetch() {
        for scenario in scenarios() {
            let figures = simulate(&scenario, WORKERS);
            let longest = figures.delays.last().copied().unwrap_or(f64::MAX);
            let has_outage = scenario.outage.0.as_secs() < DAY_SECONDS;
            assert_eq!((figures.refused, figures.refused_in_outage > 0), (0, has_outage), "{}", scenario.name);
            // With an outage: what is left of it, besides a pause and a fetch.
            assert!(longest < if has_outage { 5.0 } else { 2.0 }, "{}: {longest} s", scenario.name);
        }
    }

    #[test]
    fn a_flood_costs_the_bucket() {
        let [usual, .., flooded] = scenarios();
        let asked = |scenario| simulate(scenario, WORKERS).asked.iter().sum::<u32>();
        let limits = fastjose::jwks::RefreshPolicy::default();
        let bucket = u64::from(limits.fetch_burst) + 60 / limits.fetch_interval.as_secs();
        // The hourly rotations of the flooded day cost at most one fetch each besides.
        assert!(u64::from(asked(&flooded).saturating_sub(asked(&usual))) <= WORKERS * (bucket + 24));
    }
}
