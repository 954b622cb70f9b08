//! Published data sets, and how to recognise them.

use sha2::{Digest, Sha256};

/// A file of a published data set.
#[derive(Debug, Clone)]
pub struct RemoteFile {
    /// Its name below [`Source::base_url`].
    pub name: String,
    /// SHA-256 of its content in lower-case hex; of the decompressed content if it is gzip, so that
    /// it holds for anybody's copy, however compressed.
    pub sha256: String,
}

/// A published data set: how to get it, and how to recognise it.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    /// What labels 0, 1, ... stand for.
    pub classes: Vec<String>,
    /// Where the files are; plain HTTP, the checksums make up for it.
    pub base_url: String,
    pub files: Vec<RemoteFile>,
}

impl Source {
    /// The one home of Fashion-MNIST that its authors name, without a slash at the end.
    pub const FASHION_MNIST_URL: &str = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com";

    /// Fashion-MNIST.
    ///
    /// The checksums were computed from Debian's package `dataset-fashion-mnist`. It differs from
    /// the published files in its gzip headers alone: with those put back (file name, and the
    /// times 1504176606 for train and 1504176627 for t10k), all four have the MD5s that the data
    /// set's README publishes, so this is the published content.
    pub fn fashion_mnist() -> Source {
        let files = [
            (
                "train-images-idx3-ubyte.gz",
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            ("t10k-images-idx3-ubyte.gz", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
            ("t10k-labels-idx1-ubyte.gz", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        ];
        let classes = [
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ];
        Source {
            name: "Fashion-MNIST".into(),
            classes: classes.map(String::from).into(),
            base_url: Self::FASHION_MNIST_URL.into(),
            files: files.map(|(name, sha256)| RemoteFile { name: name.into(), sha256: sha256.into() }).into(),
        }
    }

    /// Whether this is the content of one of its files.
    pub(super) fn has(&self, content: &[u8]) -> bool {
        let sum = sha256(content);
        self.files.iter().any(|file| file.sha256 == sum)
    }
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256(content: &[u8]) -> String {
    crate::model::file::hex(&Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_hex() {
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
        assert!(!Source::fashion_mnist().has(b"abc"));
    }
}
