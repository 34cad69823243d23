//! What is measured together and may be chosen with `--only`, and the files it takes.

use std::path::Path;

use clap::ValueEnum;
use maestria_benches::{
    Result,
    cases::{Cases, Product, Split},
    seal_tools::SealTools,
};

use crate::{
    bfcl::{self, Bfcl},
    errors::{self, Mistaken},
    measure::Set,
    metatool::{self, MetaTool},
    repeated::{self, Repeated},
    report::Report,
    seal_tools,
    selection::{self, Needed},
    subject::Subject,
    worfbench::{self, WorFBench},
    workflows::{self, Planned},
};

/// Sets that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// MetaTool.
    Metatool,
    /// Seal-Tools, its in-domain test queries.
    SealTools,
    /// Seal-Tools, its development queries.
    Dev,
    /// The Berkeley function-calling leaderboard.
    Bfcl,
    /// WorFBench.
    Worfbench,
    /// The project's own cases of tools to choose.
    Selection,
    /// The project's own workflows.
    Workflows,
    /// The project's own workflows over the tools of products that nothing was trained on.
    Products,
    /// The project's own requests that call one tool several times.
    Repeated,
    /// The project's own requests with which something is wrong.
    Errors,
}

/// Where files lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folders<'a> {
    /// The public sets, if they are there.
    pub(crate) data: Option<&'a Path>,
    /// The project's own cases.
    pub(crate) cases: &'a Path,
}

/// What was read for a group.
#[derive(Debug)]
pub(crate) enum Material {
    MetaTool(MetaTool),
    SealTools(Set, SealTools),
    Bfcl(Bfcl),
    WorFBench(WorFBench),
    Selection(Cases<Needed>),
    Workflows(Cases<Planned>),
    Products(Vec<(Split, Vec<Product<Planned>>)>),
    Repeated(Repeated),
    Errors(Cases<Mistaken>),
}

/// What a family of workflows has.
const PLANNED: &str = "`family`, `now`, `requests` and `steps`";

impl Group {
    /// The groups that are named, or all for which a folder is given.
    pub(crate) fn chosen(named: &[Self], folders: Folders<'_>) -> Vec<Self> {
        if !named.is_empty() {
            return named.to_vec();
        }
        if folders.data.is_none() {
            eprintln!("planning: the public sets are not measured; give their folder with --data DIR");
        }
        let all = Self::value_variants().iter().copied();
        all.filter(|group| folders.data.is_some() || !group.is_public()).collect()
    }

    /// Reads what the group takes; the test split of the project's own cases only if asked for.
    pub(crate) fn read(self, folders: Folders<'_>, test: bool) -> Result<Material> {
        let splits: &[Split] = if test { &[Split::Validation, Split::Test] } else { &[Split::Validation] };
        let data = || folders.data.ok_or("the public sets are needed: give their folder with --data DIR");
        let public = |name: &str| Ok::<_, Box<dyn std::error::Error>>(data()?.join(name));
        let read = || {
            Ok(match self {
                Self::SealTools => {
                    let folder = public("tools/seal_tools")?;
                    Material::SealTools(Set::SealTools, SealTools::read(&folder, "test_in_domain.jsonl")?)
                }
                Self::Dev => {
                    let folder = public("tools/seal_tools")?;
                    Material::SealTools(Set::SealToolsDev, SealTools::read(&folder, "dev.jsonl")?)
                }
                Self::Metatool => Material::MetaTool(MetaTool::read(&public("tools/metatool")?)?),
                Self::Bfcl => Material::Bfcl(Bfcl::read(&public("tools/bfcl")?)?),
                Self::Worfbench => Material::WorFBench(WorFBench::read(&public("planning/worfbench")?)?),
                Self::Selection => Material::Selection(Cases::read(
                    folders.cases,
                    "selection",
                    "`family`, `requests` and `expected`",
                    splits,
                )?),
                Self::Workflows => Material::Workflows(Cases::read(folders.cases, "workflows", PLANNED, splits)?),
                Self::Products => {
                    Material::Products(Product::read_all(&folders.cases.join("products"), PLANNED, splits)?)
                }
                Self::Repeated => Material::Repeated(Repeated::read(&folders.cases.join("repeated"))?),
                Self::Errors => {
                    let fields = "`family`, `now`, `requests`, `situation` and `expected`";
                    Material::Errors(Cases::read(folders.cases, "errors", fields, splits)?)
                }
            })
        };
        read().map_err(|error: Box<dyn std::error::Error>| {
            if self.is_public() && folders.data.is_some() {
                format!("{error}; --data names the folder above `tools` and `planning`, where the public sets lie")
                    .into()
            } else {
                error
            }
        })
    }

    fn is_public(self) -> bool {
        !matches!(self, Self::Selection | Self::Workflows | Self::Products | Self::Repeated | Self::Errors)
    }
}

impl Material {
    pub(crate) fn measure(&self, subject: &Subject, report: &mut Report) -> Result {
        match self {
            Self::MetaTool(material) => metatool::measure(subject, material, report),
            Self::SealTools(set, material) => seal_tools::measure(subject, *set, material, report),
            Self::Bfcl(material) => bfcl::measure(subject, material, report),
            Self::WorFBench(material) => worfbench::measure(subject, material, report),
            Self::Selection(material) => selection::measure(subject, material, report),
            Self::Workflows(material) => workflows::measure(subject, material, report),
            Self::Products(material) => workflows::measure_products(subject, material, report),
            Self::Repeated(material) => repeated::measure(subject, material, report),
            Self::Errors(material) => errors::measure(subject, material, report),
        }
    }
}
