//! `manifest.json`: the only file that may hold a clock, a path or a fact of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::config::Date;

/// One file of an audit with its hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HashedFile {
    /// What it is: `audit`, `manifest`, `model`, `predictions`, `library`, or the name of an output.
    pub role: String,
    /// Path as it was used.
    pub path: String,
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
}

/// Who, when, with what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunManifest {
    /// Version of this shape.
    pub schema: u32,
    /// Version of equipoise.
    pub equipoise: String,
    /// Command that was given.
    pub command: Vec<String>,
    /// The day on which waivers were looked at.
    #[serde(default)]
    pub today: String,
    /// Day on which the requirements were fixed, as the audit file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<String>,
    /// When it began, UTC, RFC 3339.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// Operating system and architecture.
    pub platform: String,
    /// Model of the processor, where the system tells it.
    pub processor: Option<String>,
    /// Workers that decoded and ran.
    pub threads: usize,
    /// Seed of every random stream.
    pub seed: u64,
    /// Engine and version.
    pub engine: Option<String>,
    /// Files that were read.
    pub inputs: Vec<HashedFile>,
    /// Files that were written.
    pub outputs: Vec<HashedFile>,
}

/// Model of the processor as Linux tells it; `None` elsewhere.
#[must_use]
pub fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// Now, in UTC, as RFC 3339 to the second.
#[must_use]
pub fn timestamp() -> String {
    at_seconds(seconds_since_1970())
}

/// The day, in UTC.
#[must_use]
pub fn today() -> Date {
    day_of(seconds_since_1970())
}

fn seconds_since_1970() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs())
}

fn day_of(seconds: u64) -> Date {
    Date::from_days(u32::try_from(seconds / 86_400).unwrap_or(u32::MAX))
}

fn at_seconds(seconds: u64) -> String {
    let rest = seconds % 86_400;
    format!(
        "{}T{:02}:{:02}:{:02}Z",
        day_of(seconds),
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::at_seconds;

    #[test]
    fn known_instants() {
        assert_eq!(at_seconds(0), "1970-01-01T00:00:00Z");
        assert_eq!(at_seconds(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at_seconds(1_700_000_000), "2023-11-14T22:13:20Z");
    }
}
