//! The IDX parser on bytes that nobody vouches for.

use crate::labels_idx;
use ddpm_web::data::idx::{Images, parse_labels};
use proptest::prelude::*;

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let _ = (Images::parse(&bytes), parse_labels(&bytes));
    }

    #[test]
    fn headers_are_not_believed(
        sizes in prop::array::uniform3(prop_oneof![0u32..6, any::<u32>()]),
        spare in prop_oneof![Just(0), 0usize..64],
    ) {
        let header: Vec<u8> = [0x803].iter().chain(&sizes).flat_map(|size| size.to_be_bytes()).collect();
        let promised: u128 = sizes.iter().map(|&size| u128::from(size)).product();
        // As long as it should be where that is possible, and then perhaps some more.
        let found = if promised < 1000 { promised as usize } else { 7 } + spare;
        let parsed = Images::parse(&[header, vec![1; found]].concat());
        prop_assert_eq!(parsed.is_ok(), promised > 0 && promised == found as u128);
    }

    #[test]
    fn images_survive_a_file(n in 1usize..5, width in 1usize..6, height in 1usize..6, seed: u8) {
        let pixels = (0..n * width * height).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
        let images = Images { width, height, pixels };
        let bytes = images.to_idx();
        prop_assert_eq!(Images::parse(&bytes).unwrap(), images);
        for cut in 0..bytes.len() {
            prop_assert!(Images::parse(&bytes[..cut]).is_err());
        }
        prop_assert!(Images::parse(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn labels_survive_a_file(labels in prop::collection::vec(any::<u8>(), 1..50)) {
        prop_assert_eq!(parse_labels(&labels_idx(&labels)).unwrap(), labels);
    }
}
