//! The venue process: sequencer, journal, sessions, command line.
