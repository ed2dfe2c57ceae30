//! Obligations of trades and the port to a settlement network.
