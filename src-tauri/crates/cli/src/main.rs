//! cartorio: the use cases of the office in a terminal
fn main() {}
