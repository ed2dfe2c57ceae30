//! What operators are answered.

use crate::risk::{Blocked, Exposure, Limits, RiskScope};
use crate::types::CashId;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What is limited, blocked and counted of a firm, a session or an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct RiskView {
    /// Of which.
    pub scope: RiskScope,
    /// Its limits, if it has any.
    pub limits: Option<Limits>,
    /// Who has blocked it.
    pub blocked: Blocked,
    /// What counts against its credit, in each token that its limits name.
    pub exposures: Vec<(CashId, Exposure)>,
}

/// How many of everything there are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Counts {
    /// Broker-dealers.
    pub firms: u64,
    /// Logical sessions.
    pub sessions: u64,
    /// Accounts.
    pub accounts: u64,
    /// Securities listed.
    pub securities: u64,
    /// Orders open.
    pub open_orders: u64,
    /// Crosses that await an approval.
    pub awaiting: u64,
    /// Trades ever made.
    pub trades: u64,
    /// Trades that wait for settlement.
    pub unsettled: u64,
    /// Trades that the network refused or let expire, or that an operator undid where nothing settles.
    pub busted: u64,
    /// The last height of the network that the venue knows whole; nought before the first.
    pub followed: u64,
    /// Items of work that wait for a Continue; nought when the venue is at rest.
    pub work: u64,
    /// The trading day, `YYYYMMDD`; nought before the first.
    pub date: u32,
    /// The height of the identity registry in force; nought before the first.
    pub registry_height: u64,
}
