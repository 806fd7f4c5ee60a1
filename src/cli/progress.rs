//! Progress on standard error: a bar on a terminal, nothing but log lines elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::audit::Event;

use super::Exit;
use super::arguments::GlobalArguments;

/// Log lines go to standard error; `EQUIPOISE_LOG` overrides the level.
pub(super) fn log_to_stderr(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => "equipoise=error",
        (false, 0) => "equipoise=warn",
        (false, 1) => "equipoise=info",
        (false, _) => "equipoise=debug,ort=info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("EQUIPOISE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let _already_set = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .without_time()
        .with_target(false)
        .try_init();
}

/// Shows what an audit is doing.
pub(super) struct Progress {
    bar: Mutex<Option<ProgressBar>>,
    shown: bool,
}

impl Progress {
    pub(super) fn new(global: &GlobalArguments) -> Self {
        Self {
            bar: Mutex::new(None),
            shown: stderr().is_terminal() && !global.quiet,
        }
    }

    pub(super) fn event(&self, event: Event<'_>) {
        match event {
            Event::Stage(name) => {
                self.finish();
                tracing::info!("{name}");
            }
            Event::Samples { what, done, total } => self.samples(what, done, total),
        }
    }

    pub(super) fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }

    fn samples(&self, what: &str, done: u64, total: u64) {
        if !self.shown {
            return;
        }
        let Ok(mut current) = self.bar.lock() else {
            return;
        };
        let bar = current.get_or_insert_with(|| {
            let style = ProgressStyle::with_template(
                "{msg:24} [{bar:32}] {pos}/{len} {per_sec} {eta} left",
            )
            .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
                .with_style(style)
        });
        bar.set_message(what.to_owned());
        bar.set_length(total);
        bar.set_position(done);
        if done >= total
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// A flag that Ctrl-C (or a request to terminate) raises. A second one ends the program at once.
pub(super) fn interruption() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let set = ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            #[expect(
                clippy::exit,
                reason = "a second Ctrl-C must not wait for the batch at hand"
            )]
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    if let Err(error) = set {
        tracing::warn!("Ctrl-C cannot be handled: {error}");
    }
    flag
}
