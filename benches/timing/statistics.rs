//! Welch's t-test on two classes of durations, as in "dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede,
//! 2017).

/// Two classes of durations, in nanoseconds.
pub type Classes = [Vec<f64>; 2];

/// The shares of the shortest durations that are compared. Longer ones contain interrupts.
const SHARES: [f64; 7] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25];

/// The largest |t| of all shares, and the difference of the means of the shortest 90 %, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    /// Above 4.5, the classes probably differ. Above 10, they do.
    pub max_t: f64,
    /// The mean of the second class minus that of the first.
    pub mean_ns: f64,
}

/// Compares two classes.
pub fn compare(classes: &Classes) -> Difference {
    let mut all: Vec<f64> = classes.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let max_t = SHARES.map(|share| welch_t(&crop(classes, limit(&all, share)))).into_iter().fold(0.0, f64::max);
    let [first, second] = crop(classes, limit(&all, 0.9)).map(|class| mean(&class));
    Difference { max_t, mean_ns: second - first }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small counts"
)]
fn limit(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len() as f64 * share) as usize;
    sorted.get(index.saturating_sub(1)).copied().unwrap_or_default()
}

fn crop(classes: &Classes, limit: f64) -> Classes {
    let short = |class: &Vec<f64>| class.iter().copied().filter(|&duration| duration <= limit).collect();
    [short(&classes[0]), short(&classes[1])]
}

fn welch_t(classes: &Classes) -> f64 {
    let [first, second] = classes;
    let error = (variance(first) / count(first) + variance(second) / count(second)).sqrt();
    if error > 0.0 { ((mean(first) - mean(second)) / error).abs() } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "below 2^52")]
fn count(values: &[f64]) -> f64 {
    values.len() as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count(values) - 1.0)
}
