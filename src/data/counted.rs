//! Counts in sentences.

/// "1 picture" or "3 pictures".
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
