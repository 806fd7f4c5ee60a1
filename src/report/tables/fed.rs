//! `fed.csv`.

use super::super::result::AuditResult;
use super::{Csv, float, integer};

/// What the model was fed, by group and channel.
pub(super) fn table(result: &AuditResult) -> String {
    let mut table = Csv::new(&[
        "attribute",
        "level",
        "channel",
        "n",
        "mean",
        "sd_between",
        "sd_within",
        "min",
        "max",
        "at_an_end",
        "constant",
        "not_finite",
        "shift",
    ]);
    for one in &result.fed {
        table.row(vec![
            one.attribute.clone(),
            one.level.clone(),
            one.channel.to_string(),
            integer(one.n),
            float(one.mean),
            float(one.sd_between),
            float(one.sd_within),
            float(one.min),
            float(one.max),
            float(one.at_an_end),
            integer(one.constant),
            integer(one.not_finite),
            float(one.shift),
        ]);
    }
    table.text
}
