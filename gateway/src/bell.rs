//! Waking a thread that sleeps for want of work, at almost no cost while it does not sleep.

use crossbeam::sync::Unparker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};

/// What wakes one thread. Clones wake the same one.
#[derive(Clone, Debug)]
pub struct Bell {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sleeping: AtomicBool,
    wake: Wake,
}

#[derive(Debug)]
enum Wake {
    Thread(Unparker),
    Poll(mio::Waker),
}

impl Bell {
    /// For a thread that parks.
    pub fn for_thread(unparker: Unparker) -> Bell {
        Bell::new(Wake::Thread(unparker))
    }

    /// For a thread that waits for its sockets.
    pub fn for_poll(waker: mio::Waker) -> Bell {
        Bell::new(Wake::Poll(waker))
    }

    fn new(wake: Wake) -> Bell {
        Bell { shared: Arc::new(Shared { sleeping: AtomicBool::new(false), wake }) }
    }

    /// There is work. Call it after the work can be seen.
    pub fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.shared.sleeping.load(Ordering::Relaxed) && self.shared.sleeping.swap(false, Ordering::Relaxed)
        {
            match &self.shared.wake {
                Wake::Thread(unparker) => unparker.unpark(),
                // A poll that can't be woken wakes by its timeout.
                Wake::Poll(waker) => drop(waker.wake()),
            }
        }
    }

    /// Says that the thread is about to sleep. It must look for work once more before it does: whoever brings
    /// work after that look sees this and rings.
    pub fn about_to_sleep(&self) {
        self.shared.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Says that the thread is awake.
    pub fn awake(&self) {
        self.shared.sleeping.store(false, Ordering::Relaxed);
    }
}
