#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::sqs_record::check(bytes));
