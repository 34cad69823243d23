//! The reliability diagram: accuracy against confidence, and how many texts each point stands for (DeGroot and Fienberg 1983; Guo et al.
//! 2017).

mod panel;

use std::{fs, path::Path};

use plotters::prelude::*;

use self::panel::Panel;
use maestria_benches::{Result, scores::Claim, source::Column};

use crate::measure::Set;

/// Width and height of one panel, in pixels.
const PANEL: (u32, u32) = (560, 620);

/// What a classifier claimed on a set, and whether it was right.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) set: Set,
    pub(crate) column: Column,
    pub(crate) claims: Vec<Claim>,
}

/// Whether a diagram can be written there, as far as one can say before it is.
pub(crate) fn check_folder(file: &Path) -> Result {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(format!("{}: there is no folder of this name; make it, or name another --diagram", folder.display()).into())
}

/// Writes the diagram of all curves, a panel per set.
pub(crate) fn write(file: &Path, curves: &[Curve]) -> Result {
    fs::write(file, svg(curves)?).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn svg(curves: &[Curve]) -> Result<String> {
    let mut sets: Vec<Set> = Vec::new();
    for curve in curves {
        if !sets.contains(&curve.set) {
            sets.push(curve.set);
        }
    }
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (PANEL.0 * sets.len().max(1) as u32, PANEL.1)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, set) in root.split_evenly((1, sets.len().max(1))).iter().zip(&sets) {
        Panel::new(*set, curves).draw(area)?;
    }
    root.present()?;
    drop(root);
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagram_names_its_sets_and_their_calibration_error() {
        let claims = vec![Claim { confidence: 0.9, right: true }, Claim { confidence: 0.4, right: false }];
        let curve = |set, column| Curve { set, column, claims: claims.clone() };
        let curves = [
            curve(Set::Clinc150, Column::Default),
            curve(Set::Clinc150, Column::Accurate),
            curve(Set::Snips, Column::Default),
        ];
        let svg = svg(&curves).unwrap();
        for text in ["CLINC150, validation", "SNIPS, validation", "ECE", "accurate", "confidence", "accuracy"] {
            assert!(svg.contains(text), "no {text} in {svg}");
        }
        assert!(super::svg(&[]).unwrap().contains("<svg"));
    }
}
