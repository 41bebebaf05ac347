use super::*;
use std::collections::BTreeMap;

const NUMBERS: Table<u64> = Table::new("numbers");
const TEXTS: Table<String> = Table::new("texts");

fn rows(store: &Store) -> BTreeMap<String, u64> {
    store.read(&NUMBERS).unwrap().into_iter().collect()
}

#[tokio::test]
async fn durable_rows_are_found_again_whole_and_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for number in 0..100 {
        store.append(|| [NUMBERS.put(format!("{:03}", number % 10), &number)]);
    }
    store.append(|| [NUMBERS.delete("003"), TEXTS.put("a", &"b".to_owned())]);
    store.durable().await.unwrap();
    // As a killed process leaves it: a copy, while the store is open.
    let copy = tempfile::tempdir().unwrap();
    store.copy_to(copy.path());

    let again = Store::open(copy.path()).unwrap();
    let expected: BTreeMap<_, _> =
        (90..100).filter(|n| n % 10 != 3).map(|n| (format!("{:03}", n % 10), n)).collect();
    assert_eq!(rows(&again), expected);
    assert_eq!(again.read(&TEXTS).unwrap(), [("a".to_owned(), "b".to_owned())]);
}

#[tokio::test]
async fn many_who_wait_share_a_sync() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    for number in 0..1_000 {
        store.append(|| {
            [NUMBERS.put(number.to_string(), &number), Change::SyncDirectory(directory.path().to_owned())]
        });
    }
    store.durable().await.unwrap();
    assert!(store.syncs() < 500, "{}", store.syncs());
    let before = store.syncs();
    store.durable().await.unwrap();
    assert_eq!(store.syncs(), before);
}

#[tokio::test]
async fn a_closed_store_can_be_opened_again_and_an_open_one_can_not() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert!(matches!(Store::open(directory.path()), Err(StoreError::InUse(_))));
    store.append(|| [NUMBERS.put("a", &1)]);
    store.close().await.unwrap();
    assert_eq!(rows(&Store::open(directory.path()).unwrap()), BTreeMap::from([("a".to_owned(), 1)]));
}

#[test]
fn a_file_that_is_not_a_store_is_named() {
    for content in [b"not a store".to_vec(), vec![0; 100_000]] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.redb");
        fs_err::write(&path, content).unwrap();
        let error = Store::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_volatile_store_neither_writes_nor_asks_for_changes() {
    let store = Store::volatile();
    store.append(|| -> [Change; 0] { panic!("nobody needs them") });
    store.durable().await.unwrap();
    assert!(!store.is_durable() && rows(&store).is_empty());
}

#[tokio::test]
async fn a_write_that_fails_is_an_error_and_is_made_up_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.append(|| [NUMBERS.put("a", &1)]);
    store.durable().await.unwrap();

    let gone = directory.path().join("gone");
    fs_err::write(&gone, "").unwrap();
    // A path below a file is an error other than "not found".
    store.append(|| [NUMBERS.put("b", &2), Change::SyncDirectory(gone.join("below"))]);
    assert!(matches!(store.durable().await, Err(StoreError::Write(_))));
    assert!(store.check().is_err());
    assert_eq!(rows(&store), BTreeMap::from([("a".to_owned(), 1)]));

    fs_err::remove_file(&gone).unwrap();
    store.append(|| [NUMBERS.put("c", &3)]);
    store.durable().await.unwrap();
    store.check().unwrap();
    assert_eq!(rows(&store).values().copied().collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_file_that_was_removed_takes_no_more_rows() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let (path, elsewhere) = (directory.path().join("state.redb"), directory.path().join("elsewhere"));
    fs_err::rename(&path, &elsewhere).unwrap();
    store.append(|| [NUMBERS.put("a", &1)]);
    assert!(store.durable().await.is_err());
    fs_err::copy(&elsewhere, &path).unwrap();
    store.append(|| [NUMBERS.put("b", &2)]);
    let error = store.durable().await.unwrap_err();
    assert!(
        std::error::Error::source(&error).unwrap().to_string().contains("put the former one back"),
        "{error}"
    );

    fs_err::rename(&elsewhere, &path).unwrap();
    store.append(|| [NUMBERS.put("c", &3)]);
    store.durable().await.unwrap();
    assert_eq!(rows(&store).len(), 3);
}

#[test]
fn a_first_start_that_was_killed_leaves_nothing_in_the_way() {
    let directory = tempfile::tempdir().unwrap();
    fs_err::write(directory.path().join("state.redb.new"), vec![7; 73_728]).unwrap();
    assert!(rows(&Store::open(directory.path()).unwrap()).is_empty());
}

#[tokio::test]
async fn damaged_bytes_are_an_error_that_names_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.append(|| (0..1_000).map(|number| NUMBERS.put(number.to_string(), &number)).collect::<Vec<_>>());
    store.close().await.unwrap();
    let path = directory.path().join("state.redb");
    let mut bytes = fs_err::read(&path).unwrap();
    let place = bytes.windows(3).position(|window| window == b"999").unwrap();
    bytes[place] ^= 0xff;
    fs_err::write(&path, bytes).unwrap();
    let error = Store::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
}
