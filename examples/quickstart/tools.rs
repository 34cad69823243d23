//! The tools of the quickstart, as an application would write them: ordinary functions behind the `Tool` trait.

mod analysis;
mod chart;
mod disk;
mod file;
mod number;
mod report;
mod table;

use std::sync::Arc;

use maestria::Tool;

pub(crate) use self::{analysis::Analysis, number::grouped, table::Table};

/// Everything the quickstart can do by itself.
pub(crate) fn all() -> Result<Vec<Arc<dyn Tool>>, maestria::InvalidId> {
    Ok(vec![
        Arc::new(file::ReadText::new()?),
        Arc::new(file::SaveFile::new()?),
        Arc::new(table::ReadTable::new()?),
        Arc::new(chart::DrawChart::new()?),
        Arc::new(analysis::AnalyzeTable::new()?),
        Arc::new(report::WriteReport::new()?),
    ])
}
