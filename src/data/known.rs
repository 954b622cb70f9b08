//! What the labels of well-known sets mean, where a set's name says which one it is.

/// In the order of KMNIST's labels.
const KMNIST: [&str; 10] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
/// The lower-case letters that EMNIST tells apart from upper-case ones in its balanced and merged sets.
const MERGED: &str = "abdefghnqrt";

/// The classes of the set of this name, if it is known and its labels are these numbers.
pub(super) fn classes(name: &str, numbers: &[String]) -> Option<Vec<String>> {
    let characters = |characters: String| characters.chars().map(String::from).collect::<Vec<_>>();
    let digits_and = |more: &str| characters(('0'..='9').chain('A'..='Z').collect::<String>() + more);
    let found = match &*name.to_lowercase() {
        "kmnist" => KMNIST.map(String::from).into(),
        "emnist-letters" => characters(('A'..='Z').collect()),
        "emnist-balanced" | "emnist-bymerge" => digits_and(MERGED),
        "emnist-byclass" => digits_and(&('a'..='z').collect::<String>()),
        _ => return None,
    };
    (found.len() == numbers.len()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sets_have_as_many_classes_as_labels() {
        let numbers = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        for (name, n, last) in [
            ("KMNIST", 10, "wo"),
            ("emnist-letters", 26, "Z"),
            ("emnist-balanced", 47, "t"),
            ("EMNIST-byclass", 62, "z"),
        ] {
            assert_eq!(classes(name, &numbers(n)).unwrap().last().unwrap(), last);
            assert_eq!(classes(name, &numbers(n - 1)), None);
        }
        assert_eq!(classes("my-digits", &numbers(10)), None);
    }
}
