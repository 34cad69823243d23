//! Traces of a few lines, whose outcome can be worked out by hand.

use std::path::Path;

use super::*;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("replay/samples").join(name)
}

fn setup() -> Setup {
    Setup { resident: None, devices: None, workers: None, load: None, without_deadlines: false, seed: 0 }
}

fn reports(name: &str, format: Format, setup: &Setup, policies: &[Policy]) -> Vec<Report> {
    let scenes = trace::read(&sample(name), format, setup).unwrap();
    let report = |&policy| Report::new(policy, &scenes, &play(policy, &scenes, setup).unwrap(), None);
    policies.iter().map(report).collect()
}

fn every_policy() -> &'static [Policy] {
    clap::ValueEnum::value_variants()
}

#[test]
fn every_format_is_replayed_under_every_policy() {
    let check = |name, format, jobs| {
        for report in reports(name, format, &setup(), every_policy()) {
            assert_eq!(report.jobs, jobs, "{name} {report:?}");
            assert!(report.makespan_s > 0.0 && report.lower_bound_s > 0.0, "{name} {report:?}");
        }
    };
    check("alibaba.csv", Format::Alibaba, 8);
    check("azure.csv", Format::Azure, 6);
    check("asynchow.jsonl", Format::Asynchow, 3);
    check("wfinstances.jsonl", Format::Wfinstances, 4);
}

#[test]
fn hits_are_those_of_the_policies_by_hand() {
    let check = |policy, resident, loads| {
        let setup = Setup { resident: NonZeroUsize::new(resident), ..setup() };
        let [report] = reports("alibaba.csv", Format::Alibaba, &setup, &[policy]).try_into().unwrap();
        assert_eq!(report.loads, Some(loads), "{policy:?} {resident}");
        assert_eq!(report.hit_rate, Some(1.0 - loads as f64 / 8.0));
    };
    // portrait portrait comic portrait sketch comic portrait portrait
    check(Policy::Lru, 1, 6);
    check(Policy::Lru, 2, 5);
    check(Policy::Belady, 2, 4);
    check(Policy::Ours, 2, 4);
    check(Policy::Ours, 3, 3);
    // After more than five minutes the last one finds nothing.
    check(Policy::Ollama, 3, 4);
}

#[test]
fn a_plan_with_enough_workers_takes_as_long_as_its_critical_path() {
    let check = |name, format, workers, makespan| {
        let setup = Setup { workers: NonZeroUsize::new(workers), ..setup() };
        let [report] = reports(name, format, &setup, &[Policy::Ours]).try_into().unwrap();
        assert_eq!(report.makespan_s, makespan, "{name} {workers}");
        assert!(report.lower_bound_s <= makespan);
        assert_eq!(report.hit_rate, None);
    };
    check("asynchow.jsonl", Format::Asynchow, 3, 420.0);
    check("asynchow.jsonl", Format::Asynchow, 1, 440.0);
    check("wfinstances.jsonl", Format::Wfinstances, 2, 8.5);
    check("wfinstances.jsonl", Format::Wfinstances, 1, 11.5);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let all = || {
        let reports = reports("azure.csv", Format::Azure, &Setup { seed: 7, ..setup() }, every_policy());
        serde_json::to_string(&reports).unwrap()
    };
    assert_eq!(all(), all());
}

#[test]
fn what_is_wrong_with_a_trace_is_told_with_its_place() {
    let folder = std::env::temp_dir().join(format!("maestria-replay-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("trace");
    let check = |text: &str, format, expected: &str| {
        fs::write(&path, text).unwrap();
        let error = trace::read(&path, format, &setup()).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    };
    check("a,b\n", Format::Azure, "trace:1: there is no column `TIMESTAMP`");
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n2030-01-01 09:00:00,1,2\n2030-01-01 09:00:00,x,2\n";
    check(azure, Format::Azure, "trace:3: column `ContextTokens`: \"x\" is not a count");
    let alibaba = "gmt_create,exec_time_seconds,checkpoint_model_version_id\nnow,1,m\n";
    check(alibaba, Format::Alibaba, "trace:2: column `gmt_create`: \"now\" is not a date and time");
    check("\n{\"titles\": 1}\n", Format::Asynchow, "trace:2: column 12: invalid type: integer `1`, expected a string");
    let unknown = r#"{"name": "n", "tasks": [{"id": "a", "parents": ["b"], "runtime_s": 1}]}"#;
    check(unknown, Format::Wfinstances, "trace:1: `parents` of task a: there is no b");
    check("", Format::Wfinstances, "there is nothing to replay in it");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_circle_is_refused_by_the_scheduler() {
    let folder = std::env::temp_dir().join(format!("maestria-replay-circle-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("trace");
    let task = |id: &str, parent: &str| format!(r#"{{"id": "{id}", "parents": ["{parent}"], "runtime_s": 1}}"#);
    fs::write(&path, format!(r#"{{"name": "n", "tasks": [{}, {}]}}"#, task("a", "b"), task("b", "a"))).unwrap();
    let scenes = trace::read(&path, Format::Wfinstances, &setup()).unwrap();
    let error = play(Policy::Ours, &scenes, &setup()).unwrap_err().to_string();
    assert!(error.contains("waits for itself"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_chart_names_every_policy() {
    let reports = reports("azure.csv", Format::Azure, &setup(), every_policy());
    let svg = chart::draw(&reports).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("decayed-lfu") && svg.contains("ours"));
}
