//! What the venue's process says on its standard error and output. Nobody has to be there to read it: a message
//! that can't be written (its file's disk is full, its reader has gone) is lost, and the venue goes on.
//! `eprintln!` and `println!` would panic.

use std::fmt;
use std::io::{self, Write};

/// Says on standard error what an operator should know.
macro_rules! complain {
    ($($what:tt)*) => { $crate::say::on(&mut std::io::stderr().lock(), format_args!($($what)*)) };
}

/// Says on standard output what the venue does.
macro_rules! announce {
    ($($what:tt)*) => { $crate::say::on(&mut std::io::stdout().lock(), format_args!($($what)*)) };
}

pub(crate) use {announce, complain};

/// Writes a line, if it can be written.
pub(crate) fn on(stream: &mut impl Write, what: fmt::Arguments<'_>) {
    // In one piece, so that two processes that share a file don't mix their lines.
    let line = format!("{what}\n");
    let written: io::Result<()> = stream.write_all(line.as_bytes()).and_then(|()| stream.flush());
    // There is nobody to tell that nobody can be told.
    drop(written);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn what_cannot_be_written_is_lost_and_nothing_else() {
        on(&mut Full, format_args!("the disk is full"));
        let mut whole = Vec::new();
        on(&mut whole, format_args!("command {}", 7));
        assert_eq!(whole, b"command 7\n");
    }
}
