#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cartorio_fuzzing::run("encryption", bytes));
