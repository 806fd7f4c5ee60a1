//! Estimates that come with what every sample contributes to them.

use std::collections::BTreeMap;

use super::scaled::{Scale, ScaledEstimate};
use super::{NotEstimable, ordered_sum};

/// An estimate and the influence of every sample on it.
///
/// The influence c_i of sample i is the derivative of the estimate in the weight of that sample,
/// divided by the sum of all weights: for a mean, (x_i - mean) / n. To first order the influences
/// sum to 0 and the sum of their squares is the variance of the estimate (Hampel 1974, JASA
/// 69:383-393); where patients carry several samples, the influences of a patient are added before
/// they are squared. Two estimates from the same patients have the covariance of their influences,
/// so that groups which share patients, and two outputs on the same cases, are compared by them.
#[derive(Debug, Clone, PartialEq)]
pub struct Influenced {
    /// Point estimate.
    pub estimate: f64,
    /// One value for each sample, in the order the samples were given.
    pub influence: Vec<f64>,
}

/// Where rows do not differ, their influences are what rounding leaves of 0, and limits made of them
/// would be as good as certain. Below this share of the estimate an error is taken as 0.
const ROUNDING: f64 = 1e-13;

/// A standard error, 0 where it is but rounding of estimates of this size.
pub(super) fn without_rounding(error: f64, size: f64) -> f64 {
    if error <= ROUNDING * size { 0.0 } else { error }
}

impl Influenced {
    /// Mean of values; at least one.
    ///
    /// # Errors
    /// No value.
    pub fn mean(values: &[f64]) -> Result<Self, NotEstimable> {
        if values.is_empty() {
            return Err(NotEstimable::Empty("samples"));
        }
        let n = values.len() as f64;
        let estimate = ordered_sum(values.iter().copied()) / n;
        Ok(Self {
            estimate,
            influence: values.iter().map(|x| (x - estimate) / n).collect(),
        })
    }

    /// Sum of `numerator` over sum of `denominator`, sample by sample: the linearised ratio
    /// (Cochran 1977, Sampling Techniques, section 6.4), (a_i - R b_i) / sum b.
    ///
    /// # Errors
    /// A denominator that sums to 0.
    pub fn ratio(
        numerator: &[f64],
        denominator: &[f64],
        of: &'static str,
    ) -> Result<Self, NotEstimable> {
        let total = ordered_sum(denominator.iter().copied());
        if total == 0.0 {
            return Err(NotEstimable::Empty(of));
        }
        let estimate = ordered_sum(numerator.iter().copied()) / total;
        Ok(Self {
            estimate,
            influence: numerator
                .iter()
                .zip(denominator)
                .map(|(a, b)| (a - estimate * b) / total)
                .collect(),
        })
    }

    /// A smooth function of this estimate by the delta method; `slope` is its derivative here.
    #[must_use]
    pub fn map(self, estimate: f64, slope: f64) -> Self {
        Self {
            estimate,
            influence: self.influence.iter().map(|c| c * slope).collect(),
        }
    }

    /// Influences added within clusters, in the order of the clusters' indices, with these.
    /// `None` takes every sample as its own cluster.
    #[must_use]
    pub fn by_cluster(&self, cluster: Option<&[u32]>) -> BTreeMap<u32, f64> {
        let mut of: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (place, c) in self.influence.iter().enumerate() {
            let own = cluster.map_or(place as u32, |cluster| cluster[place]);
            of.entry(own).or_default().push(*c);
        }
        // Whatever the order of the samples, the same bits.
        of.into_iter()
            .map(|(own, influences)| (own, ordered_sum(influences)))
            .collect()
    }

    /// Standard error with clusters, sqrt(K / (K - 1) sum of squares), and K, the clusters with a
    /// sample.
    ///
    /// # Errors
    /// Fewer than two clusters.
    pub fn standard_error(&self, cluster: Option<&[u32]>) -> Result<(f64, u64), NotEstimable> {
        let summed = self.by_cluster(cluster);
        let k = summed.len() as f64;
        if summed.len() < 2 {
            return Err(NotEstimable::OnePatient);
        }
        let squares = ordered_sum(summed.values().map(|c| c * c));
        let error = (k / (k - 1.0) * squares).sqrt();
        Ok((
            without_rounding(error, self.estimate.abs()),
            summed.len() as u64,
        ))
    }

    /// How many clusters carry the variation: (sum c^2)^2 / sum c^4 over the sums c of a cluster's
    /// influences, which is their number where all weigh alike and 1 where one of them is all of it.
    /// 0 where nothing varies.
    #[must_use]
    pub fn carriers(&self, cluster: Option<&[u32]>) -> f64 {
        let summed = self.by_cluster(cluster);
        let squares = ordered_sum(summed.values().map(|c| c * c));
        let fourths = ordered_sum(summed.values().map(|c| c.powi(4)));
        if fourths > 0.0 {
            squares * squares / fourths
        } else {
            0.0
        }
    }

    /// With limits that are symmetric on `scale`: Student's t with K - 1 degrees of freedom below
    /// 40 clusters, normal from there on.
    ///
    /// # Errors
    /// Fewer than two clusters; an estimate without a place on the scale.
    pub fn scaled(
        &self,
        cluster: Option<&[u32]>,
        scale: Scale,
        method: &'static str,
    ) -> Result<ScaledEstimate, NotEstimable> {
        let (standard_error, clusters) = self.standard_error(cluster)?;
        ScaledEstimate::new(self.estimate, standard_error, scale, clusters, method)
    }
}

/// How many clusters of one size samples of these clusters are worth where those of one are all alike:
/// (sum b)^2 / sum b^2, b the samples of a cluster (Kish 1965). No number without a sample.
#[must_use]
pub fn clusters_of_one_size(sizes: &[f64]) -> f64 {
    let squares: f64 = sizes.iter().map(|size| size * size).sum();
    sizes.iter().sum::<f64>().powi(2) / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `OLS(y, ones).fit(cov_type="cluster", cov_kwds={"groups": g})` of statsmodels 0.15.0 with
    /// y = 1, 2, 3, 4 and g = 0, 0, 1, 2 gives the standard error 0.78062475.
    #[test]
    fn a_mean_has_the_clustered_error_of_statsmodels() {
        let mean = Influenced::mean(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        let (error, clusters) = mean.standard_error(Some(&[0, 0, 1, 2])).unwrap();
        assert!((error - 0.780_624_75).abs() < 1e-8);
        assert_eq!((mean.estimate, clusters), (2.5, 3));
    }

    #[test]
    fn carriers_are_counted_by_what_they_carry() {
        let even = Influenced::mean(&[0.0, 1.0, 0.0, 1.0]).unwrap();
        assert!((even.carriers(None) - 4.0).abs() < 1e-12);
        // Of 100 equal values and one other, nearly all variation is that one's.
        let mut values = vec![0.0; 100];
        values.push(1.0);
        let lone = Influenced::mean(&values).unwrap();
        assert!(lone.carriers(None) < 1.1);
        assert_eq!(Influenced::mean(&[2.0; 5]).unwrap().carriers(None), 0.0);
    }

    #[test]
    fn a_mean_of_one_patient_has_no_error() {
        let mean = Influenced::mean(&[1.0, 2.0]).unwrap();
        assert_eq!(
            mean.standard_error(Some(&[4, 4])),
            Err(NotEstimable::OnePatient)
        );
        assert!(Influenced::mean(&[]).is_err());
    }

    #[test]
    fn a_ratio_is_the_mean_where_all_denominators_are_one() {
        let values = [0.0, 1.0, 1.0, 0.0, 1.0];
        let ratio = Influenced::ratio(&values, &[1.0; 5], "samples").unwrap();
        let mean = Influenced::mean(&values).unwrap();
        assert_eq!(ratio.estimate, mean.estimate);
        for (a, b) in ratio.influence.iter().zip(&mean.influence) {
            assert!((a - b).abs() < 1e-16);
        }
        assert!(Influenced::ratio(&values, &[0.0; 5], "samples").is_err());
    }
}
