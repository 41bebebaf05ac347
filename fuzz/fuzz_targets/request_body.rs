#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::request_body::check(bytes));
