//! The `surety` program.

fn main() {}
