//! What is measured, in which unit, and what is asked for.

use std::fmt;

use maestria_benches::table::{self, Asked, Unit};

use crate::families::Split;

/// What a figure is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    Taxonomy(Split),
    Clinc150,
    /// In-scope texts of CLINC150's validation split against its out-of-scope texts of train and validation.
    Clinc150Scope,
    Banking77,
    Hwu64,
    Snips,
    Process,
}

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Accuracy,
    AccuracyInScope,
    InScopeKept,
    UnknownRecognised,
    EceKept,
    EceInScope,
    EceAll,
    Coverage,
    SetSize,
    LostToTypos,
    AccuracyFitted,
    AccuracyFew,
    Auroc,
    Recall,
    Memory,
}

impl table::Measure for Measure {
    type Set = Set;

    fn unit(self) -> Unit {
        match self {
            Self::Auroc => Unit::Share,
            Self::SetSize => Unit::Labels,
            Self::Memory => Unit::Megabytes,
            _ => Unit::Percent,
        }
    }

    fn is_cost(self) -> bool {
        matches!(
            self,
            Self::EceKept | Self::EceInScope | Self::EceAll | Self::LostToTypos | Self::SetSize | Self::Memory
        )
    }

    fn asked(self, set: Set) -> Option<Asked> {
        let both = |default, accurate| Some(Asked { default, accurate: Some(accurate) });
        match (set, self) {
            (Set::Taxonomy(_), Self::Accuracy) => both(95.0, 97.0),
            (Set::Taxonomy(_), Self::LostToTypos) => both(3.0, 3.0),
            (_, Self::EceKept | Self::EceAll) => both(2.0, 2.0),
            (Set::Clinc150, Self::AccuracyFitted) => both(93.5, 96.0),
            (Set::Clinc150Scope, Self::Auroc) => both(0.965, 0.975),
            (Set::Clinc150Scope, Self::Recall) => both(82.0, 89.0),
            (Set::Banking77, Self::AccuracyFitted) => both(91.5, 93.5),
            (Set::Banking77, Self::AccuracyFew) => both(75.0, 82.0),
            (Set::Hwu64, Self::AccuracyFitted) => both(88.5, 90.5),
            (Set::Hwu64, Self::AccuracyFew) => both(75.0, 78.0),
            (Set::Snips, Self::AccuracyFitted) => both(98.0, 98.5),
            (Set::Process, Self::Memory) => Some(Asked { default: 40.0, accurate: None }),
            _ => None,
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taxonomy(split) => write!(f, "taxonomy, {split}"),
            Self::Clinc150 => f.write_str("CLINC150, validation"),
            Self::Clinc150Scope => f.write_str("CLINC150, out of scope"),
            Self::Banking77 => f.write_str("BANKING77, every fifth of train"),
            Self::Hwu64 => f.write_str("HWU64, validation"),
            Self::Snips => f.write_str("SNIPS, validation"),
            Self::Process => f.write_str("process"),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accuracy => "accuracy, 25 intents and unknown, %",
            Self::AccuracyInScope => "accuracy of the first intent, in scope, %",
            Self::InScopeKept => "in scope that is kept, %",
            Self::UnknownRecognised => "unknown that is recognised, %",
            Self::EceKept => "ECE, texts in scope that are kept, %",
            Self::EceInScope => "ECE, texts in scope, kept or not, %",
            Self::EceAll => "ECE, all texts, %",
            Self::Coverage => "right labels in the sets of 98 % coverage, %",
            Self::SetSize => "labels in a set of 98 % coverage, mean",
            Self::LostToTypos => "points lost to one typo per 5 words",
            Self::AccuracyFitted => "accuracy, fitted on train, %",
            Self::AccuracyFew => "accuracy, 5 examples per label, mean of 5 draws, %",
            Self::Auroc => "AUROC of the energy",
            Self::Recall => "recall of what is out of scope, 95 % of in-scope kept, %",
            Self::Memory => "memory of a loaded classifier, MB",
        })
    }
}
