//! Places that pass with trades that wait: where a cap is full, a seller who leaves entirely hands its own to the buyer.
//!
//! Until such a trade is final the place is the seller's, so what the buyer waits for takes none. But what the buyer would
//! need with everything that it waits for, less what sellers leave to it, it takes at once and keeps while it waits,
//! whatever else it buys and sells: nobody else can come to count on that. This is enough whichever of its trades become
//! final, as long as who may need more than one place awaits one at a time ([`Position::awaits_enough`]).

use super::{Position, is_of_record};
use crate::obligation::HandedOver;
use crate::types::Units;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use tallystick_rules::Holders;

/// What of a stake's places among one kind of holders passes with trades that are not final.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
pub struct Handed {
    /// Of what they will bring, how much takes the places of sellers that leave: it takes none of its own before.
    pub awaited: Units,
    /// How many places these sellers leave to it.
    pub places: u32,
    /// Whether its own go to the buyer of a trade that takes everything, once that is final.
    pub leaving: bool,
}

impl Handed {
    /// With what passes besides.
    pub(crate) fn with(self, more: Handed) -> Handed {
        Handed {
            awaited: self.awaited + more.awaited,
            places: self.places + more.places,
            leaving: self.leaving || more.leaving,
        }
    }
}

impl Position {
    /// What of its places among holders of a kind, which it is counted among, passes with trades that wait.
    pub fn handed(&self, holders: Holders) -> &Handed {
        &self.handed[at(holders)]
    }

    /// Whether it awaits so many places already that it is handed no more among holders of a kind. Of two sellers who leave
    /// one each, to a fund that comes to need four, either could be the only one whose trade becomes final: then the other's
    /// place would be counted on in vain.
    pub(crate) fn awaits_enough(&self, holders: Holders, needed: u32) -> bool {
        needed > 1 && !self.handed(holders).awaited.is_zero()
    }

    /// Whether it hands its place over among any holders.
    pub(crate) fn is_leaving(&self) -> bool {
        self.handed.iter().any(|handed| handed.leaving)
    }
}

/// Of the places that pass with a trade those of holders of record, or those of beneficial owners.
pub(crate) fn of(places: &[HandedOver], of_record: bool) -> impl Iterator<Item = &HandedOver> {
    places.iter().filter(move |place| is_of_record(place.holders) == of_record)
}

/// A purchase of so many units waits that comes with these places.
pub(crate) fn expect<'a>(
    handed: &mut [Handed; 2],
    units: Units,
    places: impl Iterator<Item = &'a HandedOver>,
) {
    for place in places {
        let handed = &mut handed[at(place.holders)];
        handed.awaited += units;
        handed.places += place.places;
    }
}

/// It waits no more.
pub(crate) fn expect_no_more<'a>(
    handed: &mut [Handed; 2],
    units: Units,
    places: impl Iterator<Item = &'a HandedOver>,
) {
    for place in places {
        let handed = &mut handed[at(place.holders)];
        handed.awaited -= units;
        handed.places -= place.places;
    }
}

/// A sale of everything waits, or no more, that these places go with.
pub(crate) fn leave<'a>(handed: &mut [Handed; 2], places: impl Iterator<Item = &'a HandedOver>, waits: bool) {
    for place in places {
        let leaving = &mut handed[at(place.holders)].leaving;
        assert!(*leaving != waits, "a place is handed over once");
        *leaving = waits;
    }
}

/// Where in a stake holders of a kind are, of the two that it is counted among.
fn at(holders: Holders) -> usize {
    match holders {
        Holders::Beneficial | Holders::Record => 0,
        Holders::LookThrough | Holders::RecordNotAccredited => 1,
    }
}
