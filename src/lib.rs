//! equipoise audits medical imaging models: does the model work as well for every group of
//! patients and at every site, and will it give the same answer tomorrow?
//!
//! Data flows one way, through the rooms in the order of this list; a room imports only those
//! above it. [`audit`] is the table of contents: it calls them in order.

pub mod statistics;

pub mod metrics;

pub mod tasks;

pub mod config;

pub mod tables;

pub mod cohort;

pub mod calculation;

pub mod qualification;

pub mod imaging;

pub mod engine;

pub mod import;

pub mod init;

pub mod inference;

pub mod reproducibility;

pub mod parity;

pub mod disclosure;

pub mod assessment;

pub mod gate;

pub mod provenance;

pub mod report;

pub mod audit;

pub mod cli;
