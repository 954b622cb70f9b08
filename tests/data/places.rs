//! Where data is looked for, and what counts first.

use crate::{STEMS, error, labels_idx, load, nowhere, places, write_set};
use ddpm_web::data::{Places, Via, Wanted};
use std::fs;
use tempfile::tempdir;

#[test]
fn arguments_come_before_the_environment_and_that_before_the_cache() {
    let root = tempdir().unwrap();
    let mut places = places(&root, &nowhere());
    let via = |places: &Places| places.locate(&mut |_| ()).unwrap().via;
    fs::create_dir(&places.system).unwrap();
    write_set(&places.system, str::to_owned);
    assert_eq!(via(&places), Via::System);
    let cache = places.cache.clone().unwrap();
    fs::create_dir_all(&cache).unwrap();
    write_set(&cache, |stem| format!("{stem}.gz"));
    assert_eq!(via(&places), Via::Cache);
    places.env = Some(places.system.clone());
    assert_eq!(via(&places), Via::Env);
    places.argument = Some(root.path().join("missing"));
    let told = error(load(&places));
    assert!(told.starts_with("--data: there is no file or folder") && told.contains("missing"), "{told}");
    places.argument = Some(cache);
    assert_eq!(via(&places), Via::Argument);
    assert_eq!(load(&places).unwrap().name, "Tiny");
    // Scaled or not, it is the same set; what cannot be is told before it is looked for.
    let wanted = |side| Wanted { side: Some(side), colour: None, background: None };
    let set = places.load(&wanted(32), &mut |_| ()).unwrap();
    assert_eq!((set.name.as_str(), set.image().side), ("Tiny", 32));
    assert!(error(places.load(&wanted(31), &mut |_| ())).starts_with("--size 31: give a side"));
}

#[test]
fn an_environment_that_leads_nowhere_is_an_error() {
    let root = tempdir().unwrap();
    let env = |value: &'static str| move |name: &str| (name == "DDPM_DATA").then(|| value.into());
    let places = Places::new(None, env("/nowhere/at/all"));
    assert!(error(places.locate(&mut |_| ())).starts_with("$DDPM_DATA: there is no file or folder /nowhere"));
    assert_eq!(Places::new(None, env("")).env, None);
    let empty = Places { argument: Some(root.path().into()), ..places };
    assert!(error(load(&empty)).starts_with("--data: no data found in"));
    let mirror = Places::new(None, |name| (name == "DDPM_DATA_URL").then(|| "http://mirror/".into()));
    assert_eq!((mirror.source.base_url.as_str(), mirror.env), ("http://mirror/", None));
}

#[test]
fn a_cache_that_was_altered_is_not_taken_for_the_original() {
    let root = tempdir().unwrap();
    let places = places(&root, &nowhere());
    let cache = places.cache.clone().unwrap();
    fs::create_dir_all(&cache).unwrap();
    write_set(&cache, str::to_owned);
    fs::write(cache.join(STEMS[1]), labels_idx(&[1, 1, 1])).unwrap();
    assert!(error(load(&places)).contains("are not Tiny as published; delete them"));
    let asked = Places { argument: Some(cache), ..places };
    assert_eq!(load(&asked).unwrap().name, "tiny");
}
