//! Which groups are withheld, so that no small number of patients can be worked out.
//!
//! Called by `audit.rs` once scores are there, before anything is measured: the gate is told which
//! groups it may not judge, and `audit/withhold` takes the same groups out of the result before any
//! file is written. This room knows strata, truth and whether a sample has a score; it knows no
//! score, no estimate and no report.
//!
//! Protected are the patients of a stratum with a positive and those with a negative sample, for
//! every endpoint, and all patients of a stratum. Where such a number lies between 1 and k - 1 the
//! stratum is withheld as a whole (primary suppression). Other strata are withheld with it until
//! none of these numbers follows from the totals that stay (complementary suppression, Cox 1980).
//! A number of 0 is no person and is shown, as is a number of errors.
//!
//! What a reader is taken to know: every number of every stratum that is shown; that totals of
//! attributes and of their crossings are equal, also where one attribute is a finer division of
//! another; and, to be on the safe side, which of the withheld numbers lie between 1 and k - 1, unless
//! their attribute is withheld as a whole. For every protected number the room must find another table
//! of whole numbers that agrees with all of this and differs in that number; otherwise it withholds
//! more. Who knows these rules knows more from the pattern of what is withheld: `backwards.rs` takes
//! that reader's place wherever the tables that agree are few enough to be tried. It does not protect
//! against knowledge from elsewhere, nor sums that three attributes have in common, nor against narrow
//! ranges. With `aggregate`, samples and what they are joined to are each tried by themselves.

mod backwards;
mod decide;
mod hidden;
mod layout;
mod linked;
mod moves;
mod protect;
mod table;

#[cfg(test)]
mod enumeration;
#[cfg(test)]
mod made;
#[cfg(test)]
mod running_backwards;
#[cfg(test)]
mod two_endpoints;

pub use decide::{Scored, hidden_strata};
pub use hidden::Hidden;
