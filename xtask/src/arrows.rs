//! Which crate may know which: the arrows of `docs/architecture.md`, and the heavy dependencies that only some may have.

use crate::workspace::{Package, Workspace};

/// The crates of this workspace that each crate may depend on. Tests may use all of them.
const ARROWS: &[(&str, &[&str])] = &[
    ("maestria-vocabulary", &[]),
    ("maestria-onnx", &["maestria-vocabulary"]),
    ("maestria-store", &["maestria-vocabulary"]),
    ("maestria-testkit", &["maestria-vocabulary"]),
    ("maestria-intent", &["maestria-vocabulary", "maestria-onnx"]),
    ("maestria-registry", &["maestria-vocabulary"]),
    ("maestria-delegator", &["maestria-vocabulary", "maestria-registry"]),
    ("maestria-context", &["maestria-vocabulary"]),
    ("maestria-scheduler", &["maestria-vocabulary"]),
    ("maestria-monitor", &["maestria-vocabulary"]),
    (
        "maestria",
        &[
            "maestria-vocabulary",
            "maestria-intent",
            "maestria-registry",
            "maestria-delegator",
            "maestria-context",
            "maestria-scheduler",
            "maestria-monitor",
            "maestria-store",
        ],
    ),
];

/// Dependencies that would bring a runtime, a native library or the network, and the crates that may have them.
const RESERVED: &[(&str, &[&str])] = &[
    ("tokio", &["maestria", "maestria-testkit"]),
    ("ort", &["maestria-onnx"]),
    ("redb", &["maestria-store"]),
    ("reqwest", &[]),
    ("sysinfo", &["maestria-monitor"]),
    ("nvml-wrapper", &["maestria-monitor"]),
];

/// Every arrow that should not be, and every published crate without an entry here.
pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    workspace.packages.iter().filter(|package| package.is_published()).flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!(
            "{}: is not in the table of arrows; add it there and to docs/architecture.md",
            package.name
        )];
    };
    let dependencies = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    let mut problems = Vec::new();
    for dependency in dependencies {
        let own = dependency.name.starts_with("maestria");
        if own && !allowed.contains(&dependency.name.as_str()) {
            problems.push(format!("{}: must not depend on {}", package.name, dependency.name));
        }
        let reserved = RESERVED.iter().find(|(name, _)| *name == dependency.name);
        if reserved.is_some_and(|(_, owners)| !owners.contains(&package.name.as_str())) {
            problems.push(format!("{}: {} belongs into an adapter or the umbrella", package.name, dependency.name));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(package: &str, expected: &[&str]) {
        let workspace: Workspace = serde_json::from_str(&format!(r#"{{"packages": [{package}]}}"#)).unwrap();
        assert_eq!(super::check(&workspace), expected);
    }

    fn package(name: &str, dependencies: &str) -> String {
        format!(r#"{{"name": "{name}", "dependencies": [{dependencies}], "manifest_path": "/x/Cargo.toml"}}"#)
    }

    #[test]
    fn an_arrow_between_siblings_is_a_problem() {
        let on = |name: &str| format!(r#"{{"name": "{name}", "kind": null}}"#);
        check(&package("maestria-delegator", &on("maestria-registry")), &[]);
        check(
            &package("maestria-registry", &on("maestria-delegator")),
            &["maestria-registry: must not depend on maestria-delegator"],
        );
        check(
            &package("maestria-scheduler", &on("tokio")),
            &["maestria-scheduler: tokio belongs into an adapter or the umbrella"],
        );
        check(&package("maestria-registry", r#"{"name": "tokio", "kind": "dev"}"#), &[]);
        let problem = "maestria-new: is not in the table of arrows; add it there and to docs/architecture.md";
        check(&package("maestria-new", ""), &[problem]);
    }
}
