//! Workloads, benches and recorded results.
