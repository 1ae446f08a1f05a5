//! The fingerprint of the ROCA flaw: RSA keys of Infineon's library, whose primes can be found (CVE-2017-15361).
//!
//! Primes of this library have the form `k * M + (65537^a mod M)`, where `M` is the product of the first primes. So the
//! modulus, too, is a power of 65537 modulo each of these primes. From 2048 bits, `M` has all odd primes up to 701. Of other moduli, one in
//! 2^167 has this form.

const GENERATOR: u32 = 65_537;
const LARGEST_PRIME: u32 = 701;

/// Returns true if the modulus, big-endian, of an RSA key of at least 2048 bits has the ROCA flaw.
pub(super) fn is_roca_modulus(modulus: &[u8]) -> bool {
    odd_primes().all(|prime| is_power_of_generator(remainder(modulus, prime), prime))
}

fn odd_primes() -> impl Iterator<Item = u32> {
    (3..=LARGEST_PRIME)
        .filter(|&number| (2..number).take_while(|factor| factor * factor <= number).all(|factor| number % factor != 0))
}

fn remainder(big_endian: &[u8], prime: u32) -> u32 {
    big_endian.iter().fold(0, |rest, &byte| (rest << 8 | u32::from(byte)) % prime)
}

fn is_power_of_generator(residue: u32, prime: u32) -> bool {
    let mut power = 1 % prime;
    loop {
        if power == residue {
            return true;
        }
        power = power * (GENERATOR % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    /// Returns a modulus of 2048 bits that is `power` of the generator modulo each prime.
    fn modulus(power: u32) -> Vec<u8> {
        let product: BigUint = odd_primes().map(BigUint::from).product();
        let residue = BigUint::from(GENERATOR).modpow(&power.into(), &product);
        let factor = (BigUint::from(1_u8) << 2_047_u32) / &product + 2_u8;
        let modulus = &product * (&factor - (&factor % 2_u8)) + residue;
        (modulus.clone() + if modulus.bit(0) { 0_u8.into() } else { product }).to_bytes_be()
    }

    #[test]
    fn modulus_of_powers_is_recognized() {
        assert_eq!(odd_primes().count(), 125);
        for power in [1, 2, 77, 1_000_003] {
            assert!(is_roca_modulus(&modulus(power)), "{power}");
        }
    }

    #[test]
    fn modulus_that_differs_modulo_one_prime_is_not_recognized() {
        // The powers of 65537 modulo 701 are not all residues. Adding the product of the other primes changes this one.
        let others: BigUint = odd_primes().filter(|&prime| prime != LARGEST_PRIME).map(BigUint::from).product();
        let start = BigUint::from_bytes_be(&modulus(77));
        let other = (1..LARGEST_PRIME)
            .map(|step| (&start + &others * (2 * step)).to_bytes_be())
            .find(|other| !is_power_of_generator(remainder(other, LARGEST_PRIME), LARGEST_PRIME))
            .unwrap();
        assert!(!is_roca_modulus(&other));
    }

    #[test]
    fn zero_residue_is_not_a_power() {
        assert!(!is_power_of_generator(0, 11));
        assert!(is_power_of_generator(1, 3));
        assert!(is_power_of_generator(65_537 % 701, 701));
    }
}
