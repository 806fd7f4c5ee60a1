//! x
pub mod statistics;
pub mod config;
pub mod tables;
pub mod cohort;
pub mod imaging;
pub mod engine;
pub mod inference;
pub mod provenance;
