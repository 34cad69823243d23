//! Measurements that anyone can repeat: `cargo bench --package maestria-benches`.
