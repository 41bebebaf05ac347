#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::http_api_event::check(bytes));
