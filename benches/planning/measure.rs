//! What is measured, what is asked for, and what is published of language models.

use std::fmt;

use maestria_benches::{
    cases::Split,
    table::{self, Asked, Unit},
};

/// What a figure is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    MetaTool,
    SealTools,
    SealToolsDev,
    Bfcl(Category),
    /// The mean of the four categories that ask for calls.
    BfclOverall,
    /// WorFBench's part of ToolAlpaca.
    ToolAlpaca,
    /// WorFBench's part of ToolBench.
    ToolBench,
    Selection(Split),
    Workflows(Split),
    /// Workflows over the tools of products that nothing was trained on.
    Products(Split),
    /// Requests that call one tool several times, the validation part.
    Repeated,
    Errors(Wrong, Split),
}

/// A category of the Berkeley function-calling leaderboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    SimplePython,
    Multiple,
    Parallel,
    ParallelMultiple,
    Irrelevance,
}

/// What can be wrong with a request before anything runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing,
    Ambiguous,
    Invalid,
}

/// What a figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    RightToolFirst,
    RightToolFirstWithExamples,
    RecallAtFive,
    AllInFive,
    ToolF1,
    ParameterF1,
    AstAccuracy,
    IrrelevanceDetected,
    NodeF1,
    ToolsExact,
    ToolsExactWhereNeeded,
    NoneRecognised,
    PlanRight,
    PlanTools,
    PlanOrder,
    PlanArguments,
    PlanWhen,
    PlanEach,
    QuestionRight,
}

impl table::Measure for Measure {
    type Set = Set;

    fn unit(self) -> Unit {
        Unit::Percent
    }

    fn asked(self, set: Set) -> Option<Asked> {
        let of_both = |asked| Some(Asked { default: asked, accurate: Some(asked) });
        match (set, self) {
            (Set::MetaTool, Self::RightToolFirst) => Some(Asked { default: 55.0, accurate: Some(66.0) }),
            (Set::MetaTool, Self::RightToolFirstWithExamples) => of_both(92.0),
            (Set::ToolAlpaca | Set::ToolBench, Self::NodeF1) => of_both(70.0),
            (Set::SealTools | Set::SealToolsDev, Self::RecallAtFive) => of_both(92.0),
            (Set::SealTools | Set::SealToolsDev, Self::AllInFive) => of_both(75.0),
            (Set::SealTools | Set::SealToolsDev, Self::ToolF1) => of_both(80.0),
            (Set::SealTools | Set::SealToolsDev, Self::ParameterF1) => of_both(60.0),
            (Set::Bfcl(Category::SimplePython), _) => of_both(55.0),
            (Set::Bfcl(Category::Multiple), _) => of_both(50.0),
            (Set::Bfcl(Category::Parallel), _) => of_both(35.0),
            (Set::Bfcl(Category::Irrelevance), _) => of_both(75.0),
            _ => None,
        }
    }

    fn published(self, set: Set) -> Option<&'static str> {
        // Whole non-live part, whose simple category has Java and JavaScript too.
        (set == Set::BfclOverall).then_some("Llama-3.2-1B 38.4, Granite-4.0-350m 67.9")
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MetaTool => f.write_str("MetaTool"),
            Self::SealTools => f.write_str("Seal-Tools, in-domain test"),
            Self::SealToolsDev => f.write_str("Seal-Tools, dev"),
            Self::Bfcl(category) => write!(f, "BFCL, {}", category.name()),
            Self::BfclOverall => f.write_str("BFCL, mean of the four that ask for calls"),
            Self::ToolAlpaca => f.write_str("WorFBench, ToolAlpaca"),
            Self::ToolBench => f.write_str("WorFBench, ToolBench"),
            Self::Selection(split) => write!(f, "own selection, {split}"),
            Self::Workflows(split) => write!(f, "own workflows, {split}"),
            Self::Products(split) => write!(f, "own workflows of unseen products, {split}"),
            Self::Repeated => f.write_str("own repeated calls, validation"),
            Self::Errors(wrong, split) => write!(f, "own errors, {}, {split}", wrong.name()),
        }
    }
}

impl Category {
    pub(crate) const ALL: [Self; 5] =
        [Self::SimplePython, Self::Multiple, Self::Parallel, Self::ParallelMultiple, Self::Irrelevance];

    /// Its name, as its files have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SimplePython => "simple_python",
            Self::Multiple => "multiple",
            Self::Parallel => "parallel",
            Self::ParallelMultiple => "parallel_multiple",
            Self::Irrelevance => "irrelevance",
        }
    }
}

impl Wrong {
    pub(crate) const ALL: [Self; 3] = [Self::Missing, Self::Ambiguous, Self::Invalid];

    /// Its name, as the cases have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing_argument",
            Self::Ambiguous => "ambiguous_argument",
            Self::Invalid => "invalid_value",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RightToolFirst => "right tool first of 199, descriptions only, %",
            Self::RightToolFirstWithExamples => "right tool first of 199, with examples, 5 folds, %",
            Self::RecallAtFive => "right tools among the first 5 of 4,076, %",
            Self::AllInFive => "all right tools among the first 5 of 4,076, %",
            Self::ToolF1 => "tools called, micro-averaged F1, %",
            Self::ParameterF1 => "parameters with their values, micro-averaged F1, %",
            Self::AstAccuracy => "all calls right (AST), %",
            Self::IrrelevanceDetected => "no call where none fits, %",
            Self::NodeF1 => "tools of the nodes, mean F1, %",
            Self::ToolsExact => "exactly the tools needed, %",
            Self::ToolsExactWhereNeeded => "exactly the tools needed, where any is, %",
            Self::NoneRecognised => "no tool where none serves, %",
            Self::PlanRight => "plan right in everything, %",
            Self::PlanTools => "plans with the right tools, %",
            Self::PlanOrder => "plans with the right tools and order, %",
            Self::PlanArguments => "plans with the right tools and arguments, %",
            Self::PlanWhen => "conditions right, of plans that have any, %",
            Self::PlanEach => "repetitions right, of plans that have any, %",
            Self::QuestionRight => "the question is for the right parameter, %",
        })
    }
}
