//! What people call the arrays of a data set.

/// Names that people give to an array of images, its labels, and those to test on. Upper case and signs between
/// the letters do not matter: Keras saves x_train, MedMNIST train_images, others X or X_train.
pub(super) const NAMES: [Names; 8] = [
    names("xtrain", &["ytrain"], Some(("xtest", "ytest"))),
    names("trainimages", &["trainlabels"], Some(("testimages", "testlabels"))),
    names("trainx", &["trainy"], Some(("testx", "testy"))),
    names("traindata", &["trainlabels"], Some(("testdata", "testlabels"))),
    names("x", &LABELS, None),
    names("images", &LABELS, None),
    names("imgs", &LABELS, None),
    names("data", &LABELS, None),
];
/// Names that people give to the labels.
pub(super) const LABELS: [&str; 5] = ["labels", "y", "label", "targets", "target"];
/// What numpy.savez calls arrays that were given no name.
pub(super) const UNNAMED: [&str; 2] = ["arr_0", "arr_1"];

/// Names of arrays that belong together.
pub(super) struct Names {
    pub(super) images: &'static str,
    pub(super) labels: &'static [&'static str],
    /// Images to test on, and their labels.
    pub(super) test: Option<(&'static str, &'static str)>,
}

const fn names(
    images: &'static str,
    labels: &'static [&'static str],
    test: Option<(&'static str, &'static str)>,
) -> Names {
    Names { images, labels, test }
}

/// A name without what people write in different ways.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
