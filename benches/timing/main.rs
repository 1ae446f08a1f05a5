//! Measures whether the duration of a refusal depends on a secret: `make bench-timing`.
//!
//! Each case has two classes of inputs. Their order is random. Each input is copied to the same place before it is measured,
//! because the place of an input in memory has a duration, too. The control of a case compares the first class with other
//! inputs of the first class. A difference that the control has too is noise of the machine. Nothing depends on the result:
//! it is a report.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot set up must stop")]

mod cases;
mod statistics;

use std::hint::black_box;
use std::time::Instant;

use cases::{Case, Pool, create_cases};
use statistics::{Classes, Difference, compare};

fn main() {
    println!("| case | classes | samples | max t | difference (ns) | control: max t |");
    println!("|---|---|---|---|---|---|");
    for case in create_cases() {
        let [first, second, other] = &case.pools;
        let (difference, control) = (measure(&case, [first, second]), measure(&case, [first, other]));
        let Difference { max_t, mean_ns } = difference;
        let classes = case.classes.join(", ");
        println!(
            "| {} | {classes} | {} | {max_t:.1} | {mean_ns:+.1} | {:.1} |",
            case.name, case.samples, control.max_t
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration of less than a second")]
fn measure(case: &Case, pools: [&Pool; 2]) -> Difference {
    let mut classes: Classes = [vec![], vec![]];
    let mut random = fastrand::Rng::new();
    let mut place = Vec::new();
    for number in 0..case.samples + case.samples / 20 {
        let class = random.usize(0..2);
        let input = &pools[class][random.usize(0..pools[class].len())];
        place.clear();
        place.extend_from_slice(input);
        let start = Instant::now();
        let accepted = (case.operation)(black_box(&place));
        let duration = start.elapsed();
        assert!(!black_box(accepted), "{} accepted an input", case.name);
        if number >= case.samples / 20 {
            classes[class].push(duration.as_nanos() as f64);
        }
    }
    compare(&classes)
}
