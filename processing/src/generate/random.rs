//! A small generator of random numbers: xoshiro256**, seeded by SplitMix64 (Blackman and Vigna).
//! Its sequence is part of the golden hashes of the samples.

pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut z = seed;
        let state = std::array::from_fn(|_| {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = z;
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        });
        Self { state }
    }

    pub(super) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Evenly between 0 (included) and 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
        // The bias is below 2^-40 for the small spans used here.
        low + i64::try_from(self.bits() % span).unwrap_or(0)
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// About normal, mean 0, deviation 1, never beyond 3.47: the sum of four even numbers.
    pub(super) fn normal(&mut self) -> f64 {
        let sum = self.unit() + self.unit() + self.unit() + self.unit();
        (sum - 2.0) * 1.732_050_807_568_877_2
    }

    /// One of some things.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T], fallback: &'a T) -> &'a T {
        let last = i64::try_from(of.len()).unwrap_or(1) - 1;
        usize::try_from(self.whole(0, last.max(0))).ok().and_then(|n| of.get(n)).unwrap_or(fallback)
    }
}

/// A quantity that drifts towards its aim: a first-order lag with noise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drift {
    pub(super) value: f64,
    /// Share of the way to the aim covered in a row.
    rate: f64,
    noise: f64,
}

impl Drift {
    pub(super) fn new(value: f64, rate: f64, noise: f64) -> Self {
        Self { value, rate, noise }
    }

    pub(super) fn towards(&mut self, aim: f64, random: &mut Random) -> f64 {
        self.value += (aim - self.value) * self.rate + self.noise * random.normal();
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_sequence_is_that_of_the_published_generator() {
        // SplitMix64 from 1234567 begins 6457827717110365317, 3203168211198807973 (Rosetta Code);
        // xoshiro256** of the state 1, 2, 3, 4 begins 11520, 0, 1509978240, 1215971899390074240.
        assert_eq!(
            Random::new(1_234_567).state[..2],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
        let mut random = Random { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| random.bits()).collect();
        assert_eq!(first, [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut random = Random::new(1);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..100_000 {
            let unit = random.unit();
            assert!((0.0..1.0).contains(&unit));
            assert!((-3..=4).contains(&random.whole(-3, 4)));
            let normal = random.normal();
            assert!(normal.abs() < 3.47);
            sum += normal;
            squares += normal * normal;
        }
        assert!((sum / 1e5).abs() < 0.02 && (squares / 1e5 - 1.0).abs() < 0.02);
    }
}
