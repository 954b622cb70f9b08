//! The IDX parser on bytes that nobody vouches for.

use crate::labels_idx;
use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::idx::{parse_images, parse_labels, write};
use proptest::prelude::*;

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let _ = (parse_images(&bytes), parse_labels(&bytes));
    }

    #[test]
    fn headers_are_not_believed(
        sizes in prop::array::uniform3(prop_oneof![0u32..6, any::<u32>()]),
        colours in prop_oneof![Just(None), Just(Some(3)), any::<Option<u32>>()],
        spare in prop_oneof![Just(0), 0usize..64],
    ) {
        let magic = if colours.is_some() { 0x804u32 } else { 0x803 };
        let sizes: Vec<u32> = sizes.into_iter().chain(colours).collect();
        let header: Vec<u8> = [magic].iter().chain(&sizes).flat_map(|size| size.to_be_bytes()).collect();
        let promised: u128 = sizes.iter().map(|&size| u128::from(size)).product();
        // As long as it should be where that is possible, and then perhaps some more.
        let found = if promised < 1000 { promised as usize } else { 7 } + spare;
        let parsed = parse_images(&[header, vec![1; found]].concat());
        // The colours come last, or before the rows.
        let known = matches!(colours, None | Some(1 | 3)) || (matches!(sizes[1], 1 | 3) && colours != Some(4));
        prop_assert_eq!(parsed.is_ok(), known && promised > 0 && promised == found as u128);
    }

    #[test]
    fn images_survive_a_file(n in 1usize..5, side in 1usize..6, colour: bool, seed: u8) {
        let spec = ImageSpec { side, channels: if colour { 3 } else { 1 } };
        let bytes = (0..n * spec.numbers()).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
        let images = Images { spec, bytes };
        let bytes = write(&images);
        prop_assert_eq!(parse_images(&bytes).unwrap().squares(), images);
        for cut in 0..bytes.len() {
            prop_assert!(parse_images(&bytes[..cut]).is_err());
        }
        prop_assert!(parse_images(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn labels_survive_a_file(labels in prop::collection::vec(any::<u8>(), 1..50)) {
        prop_assert_eq!(parse_labels(&labels_idx(&labels)).unwrap(), labels);
    }
}
