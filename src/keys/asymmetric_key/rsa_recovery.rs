//! The primes of an RSA key that was written without them: a JWK may hold `d` alone (RFC 7518 §6.3.2).
//!
//! AWS-LC reads no such key. This is arithmetic on a key of one's own, done once, when the key is read; AWS-LC then holds
//! every number against the others.

use num_bigint::BigUint;
use num_integer::Integer;
use zeroize::Zeroizing;

use super::jwk::Octets;

/// Of a product of two primes each base fails with a probability of one half at the most.
const BASES: [u8; 24] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89];

/// `p`, `q`, `dp`, `dq` and `qi`, the greater prime first; `None` if the numbers belong to no key (NIST SP 800-56B rev. 2,
/// appendix C).
#[expect(clippy::many_single_char_names, reason = "the names of RFC 8017")]
pub(super) fn recovered(modulus: &[u8], exponent: &[u8], private_exponent: &[u8]) -> Option<[Octets; 5]> {
    let [n, e, d] = [modulus, exponent, private_exponent].map(BigUint::from_bytes_be);
    if d == BigUint::ZERO || d >= n {
        return None;
    }
    let p = factor(&n, &(d.clone() * e))?;
    let q = &n / &p;
    let (p, q) = if p > q { (p, q) } else { (q, p) };
    let (dp, dq) = (&d % (&p - 1_u8), &d % (&q - 1_u8));
    let qi = q.modinv(&p)?;
    Some([p, q, dp, dq, qi].map(|number| Zeroizing::new(number.to_bytes_be())))
}

/// A prime factor of `n`, of which `de` is the product of both exponents.
fn factor(n: &BigUint, de: &BigUint) -> Option<BigUint> {
    let multiple = de - 1_u8;
    // Where the exponents do not belong together, no base is worth trying.
    let twos = multiple.trailing_zeros().filter(|_| BigUint::from(2_u8).modpow(&multiple, n) == BigUint::from(1_u8))?;
    let odd = &multiple >> twos;
    BASES.into_iter().find_map(|base| root_of_one(n, BigUint::from(base).modpow(&odd, n), twos)).map(|root| {
        // Neither 1 nor -1, so that it is 1 under one prime and -1 under the other.
        (root - 1_u8).gcd(n)
    })
}

/// Of `power`, squared again and again, what has the square 1 and is itself neither 1 nor -1.
fn root_of_one(n: &BigUint, mut power: BigUint, squarings: u64) -> Option<BigUint> {
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
