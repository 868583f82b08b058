//! Registration numbers that pass their checks.

use schema::registry_no::BusinessNo;

/// The `nth` business number with the middle pair `class`: seven of its digits are free, and the
/// last one is the check digit of R-190, calculated here apart from the product.
pub fn business_no(class: u32, nth: u32) -> BusinessNo {
    let nine = format!("{:03}{class:02}{:04}", 100 + nth / 10_000, nth % 10_000);
    let digits: Vec<u32> = nine.bytes().map(|digit| u32::from(digit - b'0')).collect();
    let weighted: u32 = digits.iter().zip([1, 3, 7, 1, 3, 7, 1, 3, 5]).map(|(d, w)| d * w).sum();
    let carry = digits.last().map_or(0, |ninth| ninth * 5 / 10);
    let check = (10 - (weighted + carry) % 10) % 10;
    format!("{nine}{check}").parse().expect("a business number")
}

#[cfg(test)]
mod tests {
    use super::business_no;

    #[test]
    fn the_numbers_differ_and_pass() {
        let all: std::collections::BTreeSet<_> =
            (1..=200).map(|nth| business_no(81, nth).to_string()).collect();
        assert_eq!(all.len(), 200);
    }
}
