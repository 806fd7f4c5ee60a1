//! Which of the graph's inputs is fed what.

use crate::cohort::Cohort;
use crate::config::{Diagnostic, Dtype, Feed, ImageFeed, ModelInput, ModelSpec, Span, nearest};
use crate::engine::{Port, Signature};

use super::batch::image_layout;
use super::{BatchLayout, TableLayout};

/// All inputs of a graph and what goes into them.
#[derive(Debug, Clone)]
pub struct InputPlan {
    /// Inputs of images, in the graph's order. Never empty.
    pub images: Vec<ImageInput>,
    /// Inputs of numbers, in the graph's order.
    pub tables: Vec<TableLayout>,
    /// Batch size that the graph fixes; `None`: any.
    pub fixed_batch: Option<usize>,
}

/// An input of images.
#[derive(Debug, Clone)]
pub struct ImageInput {
    /// How images are laid into it.
    pub layout: BatchLayout,
    /// Places of its images among [`Cohort::sources`], each of which gives channels; one 0 where a
    /// sample has one image.
    pub sources: Vec<usize>,
    /// Which way from a file to numbers its images go: 0 is the audit's for all inputs, the others are
    /// those of [`ModelSpec::own_ways`].
    pub way: usize,
    /// What every number of a missing image is, 0 of views; `None`: the sample gets no score.
    pub missing: Option<f64>,
}

/// Finds what each input of the graph is fed, from the audit file and the graph's signature.
///
/// # Errors
/// All of: inputs that do not exist, inputs of which nothing is said where there are several, no
/// input or several inputs for one image, a layout, shape or element type that the signature
/// leaves open or contradicts, windows of volumes whose axes run in different orders.
pub fn plan(spec: &ModelSpec, signature: &Signature) -> Result<InputPlan, Vec<Diagnostic>> {
    let mut found = unknown(spec, signature);
    if !found.is_empty() {
        return Err(found);
    }
    let (mut images, mut tables, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    let firsts = first_columns(spec);
    for port in &signature.inputs {
        let declared = spec
            .inputs
            .iter()
            .position(|input| input.name.value == port.name);
        let span = declared.map_or(spec.file.span, |place| spec.inputs[place].name.span);
        match declared.map(|place| (&spec.inputs[place].feed, firsts[place])) {
            Some((Feed::Table(feed), first)) => match TableLayout::new(port, feed, first, span) {
                Ok(layout) => tables.push(layout),
                Err(problems) => found.extend(problems),
            },
            Some((Feed::Image(feed), _)) => images.push((port, feed.clone(), span)),
            None => {
                silent.push(port);
                images.push((port, ImageFeed::default(), span));
            }
        }
    }
    found.extend(how_many_images(spec, signature, &images, &silent));
    if !found.is_empty() {
        return Err(found);
    }
    let mut inputs = Vec::new();
    for (port, feed, span) in &images {
        match image_layout(port, feed, spec.sliding_window, *span) {
            Ok(layout) => {
                found.extend(unfit_number(&layout, feed, *span));
                inputs.push(image_input(spec, layout, feed));
            }
            Err(problems) => found.extend(problems),
        }
    }
    if found.is_empty() && spec.sliding_window.is_some() {
        found.extend(orders_differ(spec, &inputs));
    }
    if !found.is_empty() {
        return Err(found);
    }
    let fixed_batch = fixed_batch(spec, &inputs, &tables)?;
    Ok(InputPlan {
        images: inputs,
        tables,
        fixed_batch,
    })
}

fn image_input(spec: &ModelSpec, layout: BatchLayout, feed: &ImageFeed) -> ImageInput {
    let columns = spec.image_columns();
    let place = |name: Option<&String>| {
        let same =
            |one: &Option<&crate::config::Located<String>>| one.map(|one| &one.value) == name;
        columns.iter().position(same).unwrap_or(0)
    };
    let sources = match (&feed.view, feed.images.as_slice()) {
        (Some(view), _) => {
            let views = spec.views();
            vec![views.iter().position(|known| *known == view).unwrap_or(0)]
        }
        (None, []) => vec![place(None)],
        (None, named) => named.iter().map(|name| place(Some(&name.value))).collect(),
    };
    let own = spec.own_ways();
    let way = own.iter().position(|(name, _)| *name == layout.input);
    ImageInput {
        layout,
        sources,
        way: way.map_or(0, |place| place + 1),
        // An exam that lacks a view is fed only where the audit file says that zeros stand for it.
        missing: feed.missing.or(feed.view.as_ref().map(|_| 0.0)),
    }
}

/// Windows are cut from the same place of all volumes, along axes that run in one order.
fn orders_differ(spec: &ModelSpec, inputs: &[ImageInput]) -> Option<Diagnostic> {
    let (first, others) = inputs.split_first()?;
    let columns_first = |input: &ImageInput| input.layout.layout.is_columns_first();
    let other = others
        .iter()
        .find(|other| columns_first(other) != columns_first(first))?;
    let message = format!(
        "`sliding_window` cuts the same window from every volume, and the axes of input \"{}\" run the other way round than those of \"{}\" (columns first, frames first)",
        other.layout.input, first.layout.input
    );
    Some(Diagnostic::error("sliding-window", message).at(spec.file.span))
}

/// What stands for a missing image must be a number that the input's type holds.
fn unfit_number(layout: &BatchLayout, feed: &ImageFeed, span: Span) -> Option<Diagnostic> {
    let number = feed.missing?;
    let fits = match layout.dtype {
        Dtype::U8 => number.fract() == 0.0 && (0.0..=255.0).contains(&number),
        Dtype::F32 | Dtype::F16 => true,
    };
    (!fits).then(|| {
        let message = format!(
            "`missing` of input \"{}\" is {number}, and the input takes whole numbers from 0 to 255",
            layout.input
        );
        Diagnostic::error("input-number", message).at(span)
    })
}

fn unknown(spec: &ModelSpec, signature: &Signature) -> Vec<Diagnostic> {
    let ports = signature.inputs.iter();
    let names: Vec<&str> = ports.map(|port| port.name.as_str()).collect();
    let unknown = |input: &&ModelInput| !names.contains(&input.name.value.as_str());
    let refused = |input: &ModelInput| {
        let near = nearest(&input.name, &names)
            .first()
            .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
        let message = format!("the model has no input \"{}\"", input.name.value);
        Diagnostic::error("unknown-input", message)
            .at(input.name.span)
            .help(format!("{near}there are {}", names.join(", ")))
    };
    spec.inputs.iter().filter(unknown).map(refused).collect()
}

/// Place in the cohort's columns of each declared input's first one.
fn first_columns(spec: &ModelSpec) -> Vec<usize> {
    let mut next = 0;
    let mut firsts = Vec::with_capacity(spec.inputs.len());
    for input in &spec.inputs {
        firsts.push(next);
        if let Feed::Table(table) = &input.feed {
            next += table.columns.len();
        }
    }
    firsts
}

fn how_many_images(
    spec: &ModelSpec,
    signature: &Signature,
    images: &[(&Port, ImageFeed, crate::config::Span)],
    silent: &[&Port],
) -> Option<Diagnostic> {
    let named = |ports: &[&Port]| {
        let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        names.join(", ")
    };
    let all: Vec<&Port> = signature.inputs.iter().collect();
    // Two inputs may take one view or column, and one image may go two ways.
    let told =
        |feed: &ImageFeed| feed.view.is_some() || !feed.images.is_empty() || feed.way.is_some();
    let untold = images.iter().filter(|(_, feed, _)| !told(feed)).count();
    if images.len() > 1 && silent.is_empty() && untold < 2 {
        return None;
    }
    let (code, message, help) = match images {
        [_] => return None,
        [] => (
            "no-image-input",
            format!("no input of the model ({}) is fed the image", named(&all)),
            "every input is declared with columns; leave out, or declare with `layout`, the one that takes the image".to_owned(),
        ),
        several => {
            let ports: Vec<&Port> = several.iter().map(|(port, _, _)| *port).collect();
            let first = silent.first().copied().or(ports.last().copied())?;
            (
                "several-inputs",
                format!(
                    "the model has {} inputs ({}), and the audit file does not say what each is fed ({} would all take the one image)",
                    all.len(),
                    named(&all),
                    named(&ports)
                ),
                format!(
                    "say so under `model`: `inputs: {{{0}: {{column: age, scale: 0.01}}}}` for a column of the table, `{{{0}: {{columns: [...]}}}}` for several, `{{{0}: {{image: path_of_it}}}}` for images of another column, `{{{0}: {{view: CC}}}}` for one image of an exam (`cohort.exam`)",
                    first.name
                ),
            )
        }
    };
    Some(
        Diagnostic::error(code, message)
            .at(spec.file.span)
            .help(help),
    )
}

fn fixed_batch(
    spec: &ModelSpec,
    images: &[ImageInput],
    tables: &[TableLayout],
) -> Result<Option<usize>, Vec<Diagnostic>> {
    let of_images = images
        .iter()
        .map(|image| (image.layout.input.as_str(), image.layout.fixed_batch));
    let of_tables = tables
        .iter()
        .map(|table| (table.input.as_str(), table.fixed_batch));
    let fixed: Vec<(&str, usize)> = of_images
        .chain(of_tables)
        .filter_map(|(name, size)| Some((name, size?)))
        .collect();
    let Some((first, size)) = fixed.first().copied() else {
        return Ok(None);
    };
    match fixed.iter().find(|(_, other)| *other != size) {
        None => Ok(Some(size)),
        Some((name, other)) => {
            let message = format!(
                "the graph fixes the batch of input \"{first}\" at {size} and of \"{name}\" at {other}, so that samples cannot be fed together"
            );
            Err(vec![
                Diagnostic::error("input-shape", message).at(spec.file.span),
            ])
        }
    }
}

impl InputPlan {
    /// Checks the numbers of all samples against the inputs' element types, before the model runs.
    ///
    /// # Errors
    /// Columns with numbers that the input's type cannot hold, with rows.
    pub fn check(&self, cohort: &Cohort, file: &str) -> Result<(), Vec<Diagnostic>> {
        let found: Vec<Diagnostic> = self
            .tables
            .iter()
            .flat_map(|table| table.check(cohort, file))
            .collect();
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    /// How volumes are run window by window; `None`: in one piece.
    #[must_use]
    pub fn window(&self) -> Option<crate::config::SlidingWindow> {
        self.images
            .first()
            .and_then(|image| image.layout.sliding_window)
    }
}
