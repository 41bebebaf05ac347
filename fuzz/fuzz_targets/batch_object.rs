#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::batch_object::check(bytes));
