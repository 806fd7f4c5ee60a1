//! `equipoise runtime list` and `equipoise runtime install`.

use crate::audit::AuditError;
use crate::engine::{Places, embedded_identity, find, install, list};

use super::Exit;
use super::arguments::{Format, GlobalArguments, Printed, RuntimeArguments, RuntimeCommand};
use super::output;

pub(super) fn runtime(
    given: &RuntimeArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let places = Places::of_this_computer(global.onnxruntime.clone());
    match given.command {
        RuntimeCommand::List => listed(&places, global),
        RuntimeCommand::Install => installed(&places, global),
    }
}

fn listed(places: &Places, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let embedded = embedded_identity();
    let candidates = list(places);
    let used = find(places);
    let auto = used.as_ref().map_or_else(
        |_| format!("embedded {}", embedded.version),
        |found| {
            format!(
                "onnxruntime {}",
                found.library.version.as_deref().unwrap_or("unknown")
            )
        },
    );
    if global.format == Format::Json {
        let libraries: Vec<serde_json::Value> = candidates
            .iter()
            .map(|candidate| {
                let state = candidate.state.as_ref();
                serde_json::json!({
                    "path": candidate.path.display().to_string(),
                    "found_in": candidate.source.to_string(),
                    "version": state.ok().and_then(|library| library.version.clone()),
                    "sha256": state.ok().map(|library| library.sha256.clone()),
                    "unusable": state.err().map(ToString::to_string),
                })
            })
            .collect();
        output::print_json(
            &serde_json::json!({ "auto": auto, "embedded": embedded.version, "onnxruntime": libraries }),
        )?;
        return Ok(Exit::Success);
    }
    let mut text = format!("embedded     {}  always there\n", embedded.version);
    for candidate in &candidates {
        match &candidate.state {
            Ok(library) => text.push_str(&format!(
                "onnxruntime  {}  {} ({})\n             sha256 {}\n",
                library.version.as_deref().unwrap_or("unknown"),
                candidate.path.display(),
                candidate.source,
                library.sha256
            )),
            Err(reason) => text.push_str(&format!(
                "onnxruntime  unusable  {} ({}): {reason}\n",
                candidate.path.display(),
                candidate.source
            )),
        }
    }
    match used {
        Ok(_) => text.push_str(&format!("`engine: auto` takes {auto}\n")),
        Err(reason) => text.push_str(&format!("`engine: auto` takes {auto}: {reason}\n")),
    }
    output::print(&text)?;
    Ok(Exit::Success)
}

fn installed(places: &Places, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let done = install(places).map_err(|error| {
        let help = error
            .help()
            .map_or(String::new(), |help| format!("; {help}"));
        AuditError::Install(format!("{error}{help}"))
    })?;
    match global.format.printed() {
        Printed::Text => {
            let verb = if done.was_there {
                "already installed"
            } else {
                "installed"
            };
            output::print(&format!(
                "ONNX Runtime {} {verb}: {}\nsha256 {} as pinned\n",
                done.version,
                done.path.display(),
                done.sha256
            ))?;
        }
        Printed::Json => output::print_json(&serde_json::json!({
            "version": done.version,
            "path": done.path.display().to_string(),
            "sha256": done.sha256,
            "was_there": done.was_there,
        }))?,
    }
    Ok(Exit::Success)
}
