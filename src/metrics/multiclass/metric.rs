//! Which metric of several classes.

use super::{
    argmax, balanced_accuracy, hand_till, log_loss, macro_auroc, macro_f1, multiclass_accuracy,
    multiclass_brier, top_k_accuracy,
};
use crate::statistics::{Influenced, NotEstimable, Scale};

/// A metric of several classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MulticlassMetric {
    /// Share whose called class is the true one.
    Accuracy,
    /// Share whose true class is among the highest scores.
    TopK(usize),
    /// Mean recall over classes.
    BalancedAccuracy,
    /// Mean F1 over classes.
    MacroF1,
    /// Mean area of every class against all others.
    MacroAuroc,
    /// Mean area over pairs of classes.
    HandTill,
    /// Brier score summed over classes.
    Brier,
    /// Log loss.
    LogLoss,
}

impl MulticlassMetric {
    /// The metric of these samples; the called class is that of the highest score.
    ///
    /// # Errors
    /// As the function of the metric.
    pub fn measure(
        self,
        y_true: &[u32],
        scores: &[f64],
        classes: usize,
    ) -> Result<Influenced, NotEstimable> {
        match self {
            Self::Accuracy => multiclass_accuracy(y_true, &argmax(scores, classes)?),
            Self::TopK(k) => top_k_accuracy(y_true, scores, classes, k),
            Self::BalancedAccuracy => balanced_accuracy(y_true, &argmax(scores, classes)?, classes),
            Self::MacroF1 => macro_f1(y_true, &argmax(scores, classes)?, classes),
            Self::MacroAuroc => macro_auroc(y_true, scores, classes),
            Self::HandTill => hand_till(y_true, scores, classes),
            Self::Brier => multiclass_brier(y_true, scores, classes),
            Self::LogLoss => log_loss(y_true, scores, classes),
        }
    }

    /// Scale on which its interval is symmetric. What is exactly 0 or 1 has no place on the logit
    /// scale, and a loss of 0 none on the logarithmic one.
    #[must_use]
    pub fn scale(self) -> Scale {
        match self {
            Self::Brier | Self::LogLoss => Scale::Log,
            _ => Scale::Logit,
        }
    }

    /// Least and largest possible value.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Brier => (0.0, 2.0),
            Self::LogLoss => (0.0, f64::INFINITY),
            _ => (0.0, 1.0),
        }
    }
}
