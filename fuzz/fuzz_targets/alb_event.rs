#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::alb_event::check(bytes));
