//! What kind of machine the figures are from: kind only, no names.

use serde::Serialize;
use std::fs;

/// A kind of machine, and how busy this one was with other things.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's model.
    pub cpu: String,
    /// How many of its cores there are.
    pub cores: usize,
    /// Whether it is a virtual machine.
    pub virtual_machine: bool,
    /// The kernel's release.
    pub kernel: String,
    /// Memory, in GiB.
    pub memory_gib: u64,
    /// The kind of file system that durable writes went to.
    pub file_system: String,
}

impl Machine {
    /// This one; durable writes go to the folder `scratch`.
    pub fn here(scratch: &std::path::Path) -> Machine {
        let info = read("/proc/cpuinfo");
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kib: u64 = memory.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        Machine {
            cpu: field(&info, "model name"),
            cores: std::thread::available_parallelism().map_or(0, |n| n.get()),
            virtual_machine: field(&info, "flags").split(' ').any(|flag| flag == "hypervisor"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_string(),
            memory_gib: kib.div_ceil(1 << 20),
            file_system: file_system(scratch),
        }
    }
}

/// The load averages over one, five and fifteen minutes; a machine that only measures stands at about one.
pub fn load() -> String {
    read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Today, UTC.
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The type of the mount that is the longest part of the path.
fn file_system(folder: &std::path::Path) -> String {
    let folder = folder.canonicalize().unwrap_or_default();
    let mounts = read("/proc/mounts");
    let parts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let longest = parts.filter(|(mount, _)| folder.starts_with(mount)).max_by_key(|(mount, _)| mount.len());
    longest.map_or_else(String::new, |(_, kind)| kind.to_string())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.split(':').next().is_some_and(|n| n.trim() == name));
    line.and_then(|line| line.split_once(':')).map_or_else(String::new, |(_, value)| value.trim().to_string())
}
