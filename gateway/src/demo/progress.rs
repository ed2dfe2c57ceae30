//! One line that lives, on a terminal; a plain line now and then, elsewhere.

use super::shared::Shared;
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often a plain line is written while nothing new happens.
const NOW_AND_THEN: Duration = Duration::from_secs(5);

/// The progress of the demo, on standard error.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
    stage: RefCell<String>,
    told: Cell<Instant>,
}

impl Progress {
    /// Begins to show it.
    pub fn new(seconds: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:24} {elapsed:>3}  {wide_msg}");
            let style = style.expect("the template is ours").progress_chars("=> ");
            ProgressBar::new(seconds * 1_000).with_style(style)
        });
        let now = Instant::now();
        Progress { bar, began: now, stage: RefCell::default(), told: Cell::new(now) }
    }

    /// Something new happens.
    pub fn stage(&self, what: &str) {
        *self.stage.borrow_mut() = what.into();
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => self.line(what),
        }
    }

    /// Time has passed.
    pub fn tick(&self, shared: Option<&Shared>) {
        let [orders, trades, rejects] = shared.map_or([0; 3], Shared::counts);
        let stage = self.stage.borrow();
        let message = match orders {
            0 => stage.clone(),
            _ => format!("{stage} · {orders} orders, {trades} trades, {rejects} rejects"),
        };
        match &self.bar {
            Some(bar) => {
                let at = self.began.elapsed().as_millis() as u64;
                bar.set_position(at.min(bar.length().unwrap_or(at)));
                bar.set_message(message);
            }
            None if self.told.get().elapsed() >= NOW_AND_THEN => self.line(&message),
            None => {}
        }
    }

    /// Shows nothing any more.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, what: &str) {
        self.told.set(Instant::now());
        eprintln!("{:5.1} s  {what}", self.began.elapsed().as_secs_f64());
    }
}
