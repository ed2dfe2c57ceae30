//! Carrying out what operators ask about prices: the reference price.

use super::desk::{Failure, find};
use super::specs::price;
use crate::venue::Desk;
use serde_json::{Value, json};
use tallystick_engine::command::Action;

/// Sets a reference price.
pub(super) fn reference(desk: &Desk, security: &str, text: &str, uid: u32) -> Result<Value, Failure> {
    let (security, price) = (find(desk, security)?, price("the reference price", text)?);
    let answer = desk.act(Action::SetReference { security, price }, None, uid)?;
    Ok(json!({ "seq": answer.seq.0 }))
}
