//! How small groups are protected, with sources.

use super::method_texts::{Method, make};

const COX: &str = "Cox LH. Suppression methodology and statistical disclosure control. J Am Stat Assoc 1980;75:377\u{2013}385.";
const HUNDEPOOL: &str = "Hundepool A, Domingo-Ferrer J, Franconi L, et al. Statistical Disclosure Control. Wiley, 2012.";

const WONG: &str = "Wong RC-W, Fu AW-C, Wang K, Pei J. Minimality attack in privacy preserving data publishing. Proc 33rd Int Conf Very Large Data Bases (VLDB) 2007:543\u{2013}554.";

/// What a method id of privacy means; `None` for another one.
pub(super) fn privacy(id: &str) -> Option<Method> {
    match id {
        "small_cells" => make(
            "Suppression of small cells",
            "Patients of each group with a positive and with a negative sample are counted for each endpoint. A group with a count from 1 to \
             below the declared bound is withheld as a whole (primary suppression). Others are withheld with it until, for every such count, \
             another table of whole numbers is found that agrees with every number shown, with the sums that attributes and their crossings \
             have in common, and with which counts are small (complementary suppression). The cheapest others are taken: levels of crossings \
             before levels of attributes before the whole cohort, and of these the smallest, equal ones together. Where a count would still be the \
             same in all tables for which these rules end in the same pattern, and these are few enough to be tried, the attribute with its \
             crossings is withheld, or all groups. Holm's correction is over the comparisons and \
             checks that are shown.",
            &[COX, HUNDEPOOL, WONG],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::privacy;

    #[test]
    fn the_method_has_text_and_sources() {
        let method = privacy("small_cells").unwrap();
        assert!(method.text.ends_with('.') && method.sources.len() == 3);
        assert!(privacy("holm").is_none());
    }
}
