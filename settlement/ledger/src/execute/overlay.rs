//! The working state of a block: each record is read and decoded once, changed in place, and handed over at the end.

use crate::names::Hash;
use crate::names::Height;
use crate::receipt::Refusal;
use crate::state::{
    AccountRecord, ApprovalRecord, ApprovalsRecord, CashRecord, Changes, Counters, Decided, Ends,
    FundsRecord, GroupRecord, Holding, InsiderRecord, KeptRecord, Key, LapsesRecord, LeasesRecord,
    LeftRecord, LesseesRecord, PersonRecord, Record, SecurityRecord, Stake, View,
};
use std::collections::BTreeMap;
use tallystick_rules::{AccountId, InvestorId, Time};

/// What a block has read, and changed of it.
pub(super) struct Overlay<'a> {
    view: &'a dyn View,
    /// Where in `slots` a key's record is. Records are big: they stay where they are while others are read.
    places: BTreeMap<Key, usize>,
    slots: Vec<Slot>,
}

struct Slot {
    record: Option<Record>,
    existed: bool,
    changed: bool,
}

/// One kind of record.
pub(super) trait Kind: Sized {
    fn of(record: &Record) -> Option<&Self>;
    fn of_mut(record: &mut Record) -> Option<&mut Self>;
    fn into_record(self) -> Record;
}

macro_rules! kinds {
    ($($variant:ident($kind:ty),)*) => {$(
        impl Kind for $kind {
            fn of(record: &Record) -> Option<&Self> {
                match record {
                    Record::$variant(it) => Some(it),
                    _ => None,
                }
            }
            fn of_mut(record: &mut Record) -> Option<&mut Self> {
                match record {
                    Record::$variant(it) => Some(it),
                    _ => None,
                }
            }
            fn into_record(self) -> Record {
                Record::$variant(self)
            }
        }
    )*};
}

kinds! {
    Counters(Counters),
    Person(PersonRecord),
    Account(AccountRecord),
    Cash(CashRecord),
    Security(SecurityRecord),
    Holding(Holding),
    Stake(Stake),
    Decided(Decided),
    Ends(Ends),
    Time(Time),
    Handle(InvestorId),
    Insider(InsiderRecord),
    Group(GroupRecord),
    Funds(FundsRecord),
    Leases(LeasesRecord),
    Lessees(LesseesRecord),
    Approval(ApprovalRecord),
    Approvals(ApprovalsRecord),
    Lapses(LapsesRecord),
    Left(LeftRecord),
    Kept(KeptRecord),
}

const KIND: &str = "a key's record is of its kind";

impl<'a> Overlay<'a> {
    pub fn new(view: &'a dyn View) -> Overlay<'a> {
        Overlay { view, places: BTreeMap::new(), slots: Vec::new() }
    }

    /// The record under a key.
    pub fn read<T: Kind>(&mut self, key: Key) -> Option<&T> {
        self.slot(key).record.as_ref().map(|record| T::of(record).expect(KIND))
    }

    /// The record under a key that was [`read`](Overlay::read) before: several can be looked at together.
    pub fn seen<T: Kind>(&self, key: Key) -> Option<&T> {
        let place = self.places.get(&key).expect("what is looked at was read before");
        self.slots[*place].record.as_ref().map(|record| T::of(record).expect(KIND))
    }

    /// The record under a key, or a refusal that says what is unknown.
    pub fn known<T: Kind>(&mut self, key: Key) -> Result<&T, Refusal> {
        self.read(key).ok_or_else(|| unknown(key))
    }

    /// The record under a key, to be changed.
    pub fn edit<T: Kind>(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slot(key);
        slot.changed |= slot.record.is_some();
        slot.record.as_mut().map(|record| T::of_mut(record).expect(KIND))
    }

    /// [`edit`](Overlay::edit) of a record that the checks have found.
    pub fn change<T: Kind>(&mut self, key: Key) -> &mut T {
        self.edit(key).expect("a change follows its checks, which found the record")
    }

    /// [`edit`](Overlay::edit), after putting a record there where there is none.
    pub fn edit_or<T: Kind>(&mut self, key: Key, new: impl FnOnce() -> T) -> &mut T {
        let slot = self.slot(key);
        slot.changed = true;
        let record = slot.record.get_or_insert_with(|| new().into_record());
        T::of_mut(record).expect(KIND)
    }

    /// Puts a record under a key.
    pub fn put<T: Kind>(&mut self, key: Key, record: T) {
        let slot = self.slot(key);
        (slot.record, slot.changed) = (Some(record.into_record()), true);
    }

    /// Takes the record under a key away.
    pub fn remove(&mut self, key: Key) {
        let slot = self.slot(key);
        (slot.record, slot.changed) = (None, true);
    }

    /// The keys of holdings that were changed, of stakes, groups and lists of funds, in their order.
    pub fn changed(&self) -> Vec<Key> {
        let of_interest =
            |key: &Key| matches!(key, Key::Holding(..) | Key::Stake(..) | Key::Group(..) | Key::Funds(_));
        let changed = |(key, place): &(&Key, &usize)| of_interest(key) && self.slots[**place].changed;
        self.places.iter().filter(changed).map(|(key, _)| *key).collect()
    }

    /// What has become of the state.
    pub fn finish(mut self) -> Changes {
        let mut changes = Vec::with_capacity(self.slots.len());
        for (key, place) in self.places {
            let Slot { record, existed, changed } = &mut self.slots[place];
            // What was made and is gone within one block never was.
            if *changed && (*existed || record.is_some()) {
                changes.push((key, record.take()));
            }
        }
        changes.into_iter().collect()
    }

    /// An account that is known to be there.
    pub fn account(&mut self, account: AccountId) -> AccountRecord {
        self.read::<AccountRecord>(Key::Account(account)).expect("holdings are of known accounts").clone()
    }

    /// The time of a block that can be pinned.
    pub fn time(&mut self, height: Height) -> Option<Time> {
        self.read(Key::Time(height)).copied()
    }

    /// Whose handle this is.
    pub fn handle(&mut self, handle: Hash) -> Option<InvestorId> {
        self.read(Key::Handle(handle)).copied()
    }

    fn slot(&mut self, key: Key) -> &mut Slot {
        let place = *self.places.entry(key).or_insert_with(|| {
            let record = self.view.get(&key);
            self.slots.push(Slot { existed: record.is_some(), record, changed: false });
            self.slots.len() - 1
        });
        &mut self.slots[place]
    }
}

/// The refusal of what names a thing that is not there.
pub(super) fn unknown(key: Key) -> Refusal {
    let what = match key {
        Key::Person(id) => format!("person {}", id.0),
        Key::Account(id) => format!("account {id}"),
        Key::Cash(id) => format!("cash token {id}"),
        Key::Security(id) => format!("security {id}"),
        other => format!("{other:?}"),
    };
    Refusal::Unknown { what }
}

/// The refusal of a value that is not within its range.
pub(super) fn range(what: &str, range: impl Into<String>) -> Refusal {
    Refusal::OutOfRange { what: what.into(), range: range.into() }
}

/// The refusal of a sum that would pass what can be counted.
pub(super) fn overflow(what: &str) -> Refusal {
    Refusal::Overflow { what: what.into() }
}
