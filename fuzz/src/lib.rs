//! The slow, obvious model of the engine and the tests against it.
