use super::*;

#[test]
fn an_error_shows_the_beginning_of_a_header_without_controls() {
    let told = shown(&format!("a\u{1b}[2J{}", "é".repeat(70_000)));
    assert!(told.starts_with("a\\u{1b}[2Jé"), "{told}");
    assert!(told.chars().count() < 130, "{}", told.len());
}

fn file(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn both_orders_and_both_byte_orders_are_read() {
    let c = decode(&file(
        "<u2",
        "False",
        "(2, 3)",
        &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
    ))
    .unwrap();
    let f = decode(&file(
        ">u2",
        "True",
        "(2, 3)",
        &[0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6],
    ))
    .unwrap();
    assert_eq!(c.image.samples, Samples::U16(vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(c.image, f.image);
}

#[test]
fn an_array_as_stored_keeps_its_type() {
    let values = [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6];
    let array = stored(&file(">i2", "True", "(2, 3)", &values)).unwrap();
    assert_eq!((array.dtype.as_str(), array.bits), ("int16", 16));
    assert_eq!(array.bytes, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    let array = stored(&file("|b1", "True", "(2, 2)", &[1, 0, 0, 0])).unwrap();
    assert_eq!((array.dtype.as_str(), array.bits), ("bool", 8));
    let array = stored(&file("<f2", "False", "(1, 1)", &[0, 60])).unwrap();
    assert_eq!(
        (array.dtype.as_str(), array.bytes),
        ("float16", vec![0, 60])
    );
    assert!(stored(&file("<f4", "False", "(2, 3)", &[0; 23])).is_none());
}

#[test]
fn what_is_no_image_is_an_error() {
    assert_eq!(
        decode(&file("<f4", "False", "(2, 3)", &[0; 23]))
            .unwrap_err()
            .reason(),
        "truncated"
    );
    assert_eq!(
        decode(&file("|O", "False", "(2, 3)", &[0; 24]))
            .unwrap_err()
            .reason(),
        "unsupported-feature"
    );
    assert_eq!(
        decode(&file("<f4", "False", "(24,)", &[0; 96]))
            .unwrap_err()
            .reason(),
        "unsupported-feature"
    );
    for (descr, told) in [
        ("|O", "its type |O holds Python objects"),
        ("<U5", "its type <U5 holds texts"),
        ("<c8", "its type <c8 holds complex numbers"),
    ] {
        let error = decode(&file(descr, "False", "(24,)", &[0; 192])).unwrap_err();
        assert_eq!(error.reason(), "unsupported-feature");
        assert!(error.to_string().contains(told), "{error}");
    }
    let huge = file("|u1", "False", "(9999999999999, 9999999999999)", &[]);
    assert_eq!(decode(&huge).unwrap_err().reason(), "too-large");
    let int = decode(&file("<i8", "False", "(1, 1)", &i64::MAX.to_le_bytes())).unwrap_err();
    assert_eq!(int.reason(), "unsupported-feature");
    assert_eq!(
        decode(b"\x93NUMPY\x01\x00\xff\xff{}").unwrap_err().reason(),
        "truncated"
    );
}
