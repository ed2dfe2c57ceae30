//! Who is let into a gated segment, before it is known where and who that is.

use super::resolve::{choose, security_of};
use crate::model::Model;
use tallystick_engine::command::Action;
use tallystick_engine::types::{FirmId, SecurityId};

/// An operator lets a firm in, or shuts it out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Chooses among the gated securities, if there are any; 254: one that is not gated, if there is one; 255: one that is
    /// not there.
    pub security: u8,
    /// 255: one that is not there.
    pub firm: u8,
    /// Whether it is let in.
    pub admitted: bool,
}

impl Gate {
    pub(super) fn action(self, model: &Model) -> Action {
        let of_kind = |gated: bool| {
            let all = model.securities.iter().filter(move |listed| listed.listing.gated == gated);
            all.map(|listed| listed.listing.security).collect::<Vec<_>>()
        };
        let chosen = match self.security {
            254 => of_kind(false).first().copied(),
            n => {
                let gated = of_kind(true);
                gated.get(choose(n, gated.len())).copied()
            }
        };
        let security = match self.security {
            255 => SecurityId(77),
            n => chosen.unwrap_or(security_of(n, model)),
        };
        let firm = match self.firm {
            255 => FirmId(77),
            n => model.firms[choose(n, model.firms.len())],
        };
        Action::Admission { security, firm, admitted: self.admitted }
    }

    /// How far from plain it is.
    pub(super) fn weight(self) -> u64 {
        1 + u64::from(self.security > 0) + u64::from(self.firm > 0)
    }

    /// Gates like this one with one thing about them plainer.
    pub(super) fn simpler(self) -> Vec<Gate> {
        vec![Gate { security: 0, ..self }, Gate { firm: 0, ..self }]
    }
}
