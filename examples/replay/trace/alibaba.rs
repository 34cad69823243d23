//! Alibaba's GenAI trace of 2026 (GenTD26): requests to image models that share devices.
//!
//! The trace says which model each request needs and how long it ran, but not how large a model is, nor how long which one took to load.
//! - A model's load time is drawn once, from the recorded load latencies beside the trace, `basemodel_load_latency.tar.gz`.
//! - Its size is drawn once from the sizes of the checkpoints that such services serve: Stable Diffusion 1.5 in half and in full precision,
//!   and Stable Diffusion XL.
//!
//! With `--resident K` every model has size one, a device has room for K, and neither loading nor running takes time, so that what is
//! measured is the choice of what to evict and nothing else.

use std::{collections::HashMap, io::Read, num::NonZeroUsize, time::Duration};

use maestria::Bytes;

use super::{
    Fault, Setup,
    column::{Table, scale, since_first},
};
use crate::{
    draw::draw,
    workload::{Class, Model, Scene, Work, gpus},
};

/// Sizes of checkpoints in MiB: SD 1.5 (fp16, fp32), SDXL (fp16).
const SIZES: [u64; 3] = [2_034, 4_068, 6_617];
/// Memory of a device.
const MEMORY: Bytes = Bytes::gib(24);

pub(super) fn read(text: impl Read, setup: &Setup, latencies: &[Duration]) -> Result<Vec<Scene>, Fault> {
    let table = Table::new(text, &["gmt_create", "exec_time_seconds", "checkpoint_model_version_id"])?;
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut moments, mut runs, mut models) = (Vec::new(), Vec::new(), Vec::new());
    for row in table.rows() {
        let row = row?;
        // A request that was refused before it was known what it needs.
        if row.text(2).is_empty() {
            continue;
        }
        let next = places.len();
        moments.push(row.moment(0)?);
        runs.push(row.seconds(1)?);
        models.push(*places.entry(row.text(2).to_owned()).or_insert(next));
    }
    let devices = setup.devices.map_or(1, NonZeroUsize::get);
    let mut arrivals = since_first(&moments);
    if let Some(load) = setup.load {
        scale(&mut arrivals, runs.iter().sum(), devices, load);
    }
    let memory = setup.resident.map_or(MEMORY, |resident| Bytes(resident.get() as u64));
    let model = |place| match setup.resident {
        Some(_) => Model { memory: Bytes(1), load: Duration::ZERO },
        None => recorded(place, setup.seed, latencies),
    };
    let work = arrivals.into_iter().zip(runs).zip(models).map(|((arrival, run), model)| Work {
        arrival,
        after: Vec::new(),
        model: Some(model),
        run: if setup.resident.is_some() { Duration::ZERO } else { run },
        class: Class::default(),
        due: None,
        joules: None,
    });
    let mut work: Vec<_> = work.collect();
    work.sort_by_key(|work| work.arrival);
    let models = (0..places.len()).map(model).collect();
    Ok(vec![Scene {
        name: "alibaba".to_owned(),
        devices: gpus(devices, memory),
        slots: 1,
        models,
        work,
        plan: false,
        optimum: None,
    }])
}

fn recorded(place: usize, seed: u64, latencies: &[Duration]) -> Model {
    let pick = |salt: u64, among: usize| (draw(seed, salt, place as u64) * among as f64) as usize;
    let size = SIZES.get(pick(0, SIZES.len())).copied().unwrap_or_default();
    let load = latencies.get(pick(1, latencies.len())).copied().unwrap_or_default();
    Model { memory: Bytes(size << 20), load }
}
