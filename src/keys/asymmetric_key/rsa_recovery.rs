//! Recovery of the primes of an RSA key that was written without them: a JWK may contain `d` alone (RFC 7518 §6.3.2).
//!
//! AWS-LC does not read such a key. The arithmetic is done once, on a key of the application, when the key is read.
//! AWS-LC then checks every number against the others.

use num_bigint::BigUint;
use num_integer::Integer;
use zeroize::Zeroizing;

use crate::keys::components::CrtParameters;

/// Bases to try. For a product of two primes, each fails with a probability of at most one half.
const BASES: [u8; 24] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89];

/// Computes `p`, `q`, `dp`, `dq` and `qi`, the greater prime first. Returns `None` if the numbers do not form a key
/// (NIST SP 800-56B rev. 2, appendix C).
#[expect(clippy::many_single_char_names, reason = "the names of RFC 8017")]
pub(super) fn recover_crt_parameters(
    modulus: &[u8],
    exponent: &[u8],
    private_exponent: &[u8],
) -> Option<CrtParameters> {
    let [n, e, d] = [modulus, exponent, private_exponent].map(BigUint::from_bytes_be);
    if d == BigUint::ZERO || d >= n {
        return None;
    }
    let p = find_factor(&n, &(d.clone() * e))?;
    let q = &n / &p;
    let (p, q) = if p > q { (p, q) } else { (q, p) };
    let (dp, dq) = (&d % (&p - 1_u8), &d % (&q - 1_u8));
    let qi = q.modinv(&p)?;
    Some([p, q, dp, dq, qi].map(|number| Zeroizing::new(number.to_bytes_be())))
}

/// Finds a prime factor of `n`. `de` is the product of both exponents.
fn find_factor(n: &BigUint, de: &BigUint) -> Option<BigUint> {
    let multiple = de - 1_u8;
    // If the exponents do not belong together, no base can succeed.
    let twos = multiple.trailing_zeros().filter(|_| BigUint::from(2_u8).modpow(&multiple, n) == BigUint::from(1_u8))?;
    let odd = &multiple >> twos;
    let mut powers = BASES.into_iter().map(|base| BigUint::from(base).modpow(&odd, n));
    let root = powers.find_map(|power| nontrivial_sqrt_of_one(n, power, twos))?;
    // The root is neither 1 nor -1, so it is 1 modulo one prime and -1 modulo the other.
    Some((root - 1_u8).gcd(n))
}

/// Squares `power` repeatedly until the square is 1. Returns the last value before that if it is neither 1 nor -1.
fn nontrivial_sqrt_of_one(n: &BigUint, mut power: BigUint, squarings: u64) -> Option<BigUint> {
    let (one, minus_one) = (BigUint::from(1_u8), n - 1_u8);
    for _ in 0..squarings {
        let square = &power * &power % n;
        if square == one {
            return Some(power).filter(|root| *root != one && *root != minus_one);
        }
        power = square;
    }
    None
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::recover_crt_parameters;

    const PRIMES: [u64; 9] = [101, 103, 113, 127, 131, 163, 193, 199, 257];

    fn recover(n: u64, e: u64, d: &BigUint) -> Option<Vec<BigUint>> {
        let numbers = recover_crt_parameters(&n.to_be_bytes(), &e.to_be_bytes(), &d.to_bytes_be())?;
        Some(numbers.iter().map(|number| BigUint::from_bytes_be(number)).collect())
    }

    #[test]
    fn recovers_the_primes_of_every_pair_the_greater_first() {
        for p in PRIMES {
            for q in PRIMES.into_iter().filter(|q| *q != p) {
                let totient = BigUint::from((p - 1) * (q - 1));
                let (e, d) = (3..).find_map(|e: u64| Some((e, BigUint::from(e).modinv(&totient)?))).unwrap();
                let (greater, smaller) = (p.max(q), p.min(q));
                let qi = BigUint::from(smaller).modinv(&BigUint::from(greater)).unwrap();
                let expected = [greater.into(), smaller.into(), &d % (greater - 1), &d % (smaller - 1), qi].to_vec();
                assert_eq!(recover(p * q, e, &d), Some(expected), "{p} {q}");
                assert_eq!(recover(p * q, e, &(&d + 1_u8)), None, "{p} {q}");
            }
        }
    }

    #[test]
    fn private_exponent_must_be_within_the_modulus() {
        assert_eq!(recover(101 * 103, 7, &BigUint::ZERO), None);
        let d = BigUint::from(7_u8).modinv(&BigUint::from(100_u16 * 102)).unwrap();
        assert!(recover(101 * 103, 7, &d).is_some());
        assert_eq!(recover(101 * 103, 7, &(d + 100_u16 * 102)), None);
    }
}
