use super::*;

/// The layout of pictures at these paths, as lists of paths with their classes' names.
fn read(paths: &[&str]) -> (Vec<String>, Option<Vec<String>>, Vec<String>) {
    let folders = |path: &&str| {
        let mut folders: Vec<String> = path.split('/').map(String::from).collect();
        folders.pop();
        folders
    };
    let found = layout(&paths.iter().map(folders).collect::<Vec<_>>());
    let name = |(i, class): &(usize, Option<usize>)| match class {
        Some(class) => format!("{}={}", paths[*i], found.classes[*class]),
        None => paths[*i].to_owned(),
    };
    let names = |part: &Vec<(usize, Option<usize>)>| part.iter().map(name).collect::<Vec<_>>();
    (names(&found.train), found.test.as_ref().map(names), found.notes.clone())
}

fn trained(paths: &[&str]) -> Vec<String> {
    read(paths).0
}

#[test]
fn wrappers_are_passed_through_and_the_last_folder_is_a_class() {
    assert_eq!(trained(&["a/a/1", "a/a/2"]), ["a/a/1", "a/a/2"]);
    assert_eq!(trained(&["z/a/1", "z/b/2"]), ["z/a/1=a", "z/b/2=b"]);
    assert_eq!(trained(&["shoes/1", "shoes/2"]), ["shoes/1=shoes", "shoes/2=shoes"]);
    assert_eq!(trained(&["x/y/z/1"]), ["x/y/z/1=z"]);
    assert_eq!(trained(&["set/train/1"]), ["set/train/1"]);
    assert_eq!(trained(&["a/1", "a/b/2", "c/3"]), ["a/1=a", "a/b/2=a", "c/3=c"]);
    assert_eq!(trained(&[]), [""; 0]);
}

#[test]
fn loose_pictures_take_the_classes_away_and_that_is_said() {
    let (train, _, notes) = read(&["1", "a/2", "b/3"]);
    assert_eq!(train, ["1", "a/2", "b/3"]);
    assert!(notes[0].starts_with("1 picture lies beside the 2 folders"), "{notes:?}");
}

#[test]
fn parts_are_told_by_names_that_belong_together() {
    for (train, test) in [
        ("train", "test"),
        ("Training", "VALID"),
        ("training_set", "test_set"),
        ("train2017", "val2017"),
        ("seg_train", "seg_test"),
        ("wrap/train", "wrap/validation"),
    ] {
        let paths = [format!("{train}/a/1"), format!("{train}/b/2"), format!("{test}/a/3")];
        let (found, tested, notes) = read(&paths.each_ref().map(|path| &path[..]));
        assert_eq!(found, [format!("{train}/a/1=a"), format!("{train}/b/2=b")]);
        assert_eq!(tested.unwrap(), [format!("{test}/a/3=a")]);
        assert!(notes.iter().any(|note| note.contains("not trained on")), "{notes:?}");
    }
    let (train, test, _) = read(&["cats/test/1", "cats/train/2", "dogs/test/3", "dogs/train/4"]);
    assert_eq!(train, ["cats/train/2=cats", "dogs/train/4=dogs"]);
    assert_eq!(test.unwrap(), ["cats/test/1=cats", "dogs/test/3=dogs"]);
    // Wrapped once more in each part.
    let (train, test, _) = read(&["training_set/training_set/a/1", "test_set/test_set/a/2"]);
    assert_eq!((train.len(), test.unwrap().len()), (1, 1));
}

#[test]
fn a_train_is_a_vehicle_where_there_is_no_test() {
    let (train, test, _) = read(&["bus/1", "train/2", "train station/3"]);
    assert_eq!(
        (train, test),
        (vec!["bus/1=bus".into(), "train/2=train".into(), "train station/3=train station".into()], None)
    );
    let (train, test, _) = read(&["cats/1", "dogs/2", "test/3"]);
    assert_eq!(
        (train, test.unwrap()),
        (vec!["cats/1=cats".into(), "dogs/2=dogs".into()], vec!["test/3".to_string()])
    );
}

#[test]
fn validation_images_are_left_out_where_there_are_test_images() {
    let (train, test, notes) = read(&["extra/0", "test/1", "train/2", "val/3", "loose"]);
    assert_eq!((train, test.unwrap()), (vec!["train/2".to_string()], vec!["test/1".to_string()]));
    assert!(
        notes[1].contains("3 pictures are left out") && notes[1].contains("extra, no folder, val"),
        "{notes:?}"
    );
}

#[test]
fn test_images_of_other_classes_have_no_labels() {
    let (train, test, notes) = read(&["test/unknown/1", "train/a/2", "train/b/3"]);
    assert_eq!((train[0].as_str(), test.unwrap()), ("train/a/2=a", vec!["test/unknown/1".to_string()]));
    assert!(notes.iter().any(|note| note.contains("the folder unknown is no class")), "{notes:?}");
}
