//! Parses, runs, maps to an exit code.

use std::process::ExitCode;

/// Images take megabytes each, one after the other: an allocator that keeps freed pages for the next
/// image, where that of the system hands them back and has them cleared again, saves up to a third
/// of the time of large uncompressed files (`benches/decode_peers.py`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    equipoise::cli::main()
}
