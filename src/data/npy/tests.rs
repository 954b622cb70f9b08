use super::*;

fn header(text: &str) -> Header {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    Header::read(&mut &bytes[..]).unwrap()
}

fn of(descr: &str, shape: &str) -> Header {
    header(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}   \n"))
}

#[test]
fn headers_are_read_as_numpy_and_others_write_them() {
    assert_eq!(of("|u1", "(2, 3, 4)").to_string(), "uint8 [2, 3, 4]");
    assert_eq!(of("<f4", "()").to_string(), "float32 []");
    assert_eq!(of("<U7", "(9L,)").to_string(), "text [9]");
    let other = header("{\"shape\":(1,),\"fortran_order\":True,\"descr\":\">i8\"}");
    assert_eq!(other, Header { descr: ">i8".into(), fortran_order: true, shape: vec![1] });
    let structure = header("{'descr': [('shape', '<i4')], 'fortran_order': False, 'shape': (3,), }");
    assert_eq!(structure.to_string(), "structure []");
    for bad in
        ["", "{}", "{'descr': '|u1', 'shape': (1,)}", "{'descr': '|u1', 'fortran_order': 1, 'shape': (1,)}"]
    {
        assert_eq!(Header::parse(bad), None, "{bad}");
    }
}

#[test]
fn version_2_has_a_longer_length() {
    let text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1), }\n";
    let bytes = [&MAGIC[..], &[2, 0], &(text.len() as u32).to_le_bytes(), text, &[7]].concat();
    let mut rest = &bytes[..];
    let images = Header::read(&mut rest).unwrap().images(vec![7]).unwrap().images;
    assert_eq!((rest, images.bytes), (&[7][..], vec![7]));
    for cut in 0..bytes.len() - 1 {
        assert!(Header::read(&mut &bytes[..cut]).is_err());
    }
    let endless = [&MAGIC[..], &[2, 0], &[0xff; 4]].concat();
    assert!(Header::read(&mut &endless[..]).unwrap_err().to_string().contains("too long"));
}

#[test]
fn the_first_index_may_run_fastest() {
    let fortran = Header { fortran_order: true, ..of("|u1", "(2, 2, 3)") };
    // Element [n, h, w] is 100 n + 10 h + w.
    let body = vec![0, 100, 10, 110, 1, 101, 11, 111, 2, 102, 12, 112];
    let images = fortran.images(body).unwrap().images;
    assert_eq!(images.bytes, [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112]);
}

#[test]
fn what_holds_no_images_is_named_with_the_remedy() {
    let told = |descr: &str, shape: &str, bytes: usize| {
        of(descr, shape).images(vec![0; bytes]).unwrap_err().to_string()
    };
    for (descr, shape, bytes, words) in [
        ("<c8", "(2, 28, 28)", 12544, ["complex64 [2, 28, 28]", "numpy.uint8"]),
        ("|O", "(2, 28, 28)", 12544, ["object [2, 28, 28]", "uint8"]),
        ("|u1", "(2, 4, 28, 28)", 6272, ["uint8 [2, 4, 28, 28]", "[N, H, W, 3]"]),
        ("|u1", "(2, 28, 28, 4)", 6272, ["[N, H, W, 3]", ":3"]),
        ("|u1", "(2, 785)", 1570, ["[2, 785]", "reshape"]),
        ("|u1", "(0, 28, 28)", 0, ["[0, 28, 28]", "no images"]),
        ("|u1", "(2, 28, 28)", 1567, ["1568 bytes", "1567"]),
        ("|u1", "(18446744073709551615, 18446744073709551615, 9)", 9, ["but 9 follow", "get the file again"]),
    ] {
        let told = told(descr, shape, bytes);
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
}

#[test]
fn labels_are_whole_numbers_of_any_type() {
    let labels = |descr: &str, shape: &str, body: &[u8]| of(descr, shape).labels(body.to_vec());
    assert_eq!(labels("|u1", "(2,)", &[3, 255]).unwrap(), [3, 255]);
    assert_eq!(labels("<i8", "(2,)", &[3, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0]).unwrap(), [3, 200]);
    assert_eq!(labels(">i4", "(1, 1)", &[0, 0, 0, 9]).unwrap(), [9]);
    for (descr, shape, body, words) in [
        ("|i1", "(1,)", &[0xff][..], "label -1 is none"),
        ("<u2", "(1,)", &[0, 1], "label 256 is none"),
        ("<f8", "(1,)", &[0; 8], "float64 [1] holds no labels"),
        ("|u1", "(1, 2)", &[0, 1], "argmax"),
        ("|u1", "(3,)", &[0, 1], "takes 3 bytes"),
    ] {
        let told = labels(descr, shape, body).unwrap_err().to_string();
        assert!(told.contains(words), "{told}");
    }
}
