//! How records are laid out in the store: under keys whose bytes are in the keys' own order.
//!
//! Numbers stand there with their highest byte first. Trades are numbered as they are made, so those of a block are
//! neighbours in the store, and so are the holdings of an account.

use crate::names::{Asset, Hash, Height};
use crate::state::{Key, Pair, Record};
use tallystick_rules::{AccountId, CashId, Counter, Holders, InvestorId, Scope, SecurityId};

/// The bytes of a key.
pub(super) fn of_key(key: &Key) -> Vec<u8> {
    let mut row = Vec::with_capacity(33);
    row.push(kind(key));
    match key {
        Key::Counters => {}
        Key::Person(person) => row.extend(person.0.to_be_bytes()),
        Key::Account(account) => row.extend(account.0.to_be_bytes()),
        Key::Cash(cash) => row.extend(cash.0.to_be_bytes()),
        Key::Security(security) | Key::Funds(security) | Key::Lessees(security) | Key::Kept(security) => {
            row.extend(security.0.to_be_bytes());
        }
        Key::Holding(account, asset) => {
            row.extend(account.0.to_be_bytes());
            put_asset(&mut row, asset);
        }
        Key::Stake(person, asset) => {
            row.extend(person.0.to_be_bytes());
            put_asset(&mut row, asset);
        }
        Key::Trade(venue, shard, epoch, trade) => {
            row.extend(venue);
            row.extend(shard.to_be_bytes());
            row.extend(epoch.to_be_bytes());
            row.extend(trade.to_be_bytes());
        }
        Key::Direct(id) => row.extend(id.0),
        Key::Ends(height, page) => {
            row.extend(height.0.to_be_bytes());
            row.extend(page.to_be_bytes());
        }
        Key::Time(height) => row.extend(height.0.to_be_bytes()),
        Key::Handle(handle) => row.extend(handle.0),
        Key::Insider(person, security) | Key::Group(person, security) | Key::Left(person, security) => {
            row.extend(person.0.to_be_bytes());
            row.extend(security.0.to_be_bytes());
        }
        Key::Leases(security, counter) => {
            row.extend(security.0.to_be_bytes());
            put_counter(&mut row, counter);
        }
        Key::Approval(Pair { security, venue, seller, buyer }) => {
            row.extend(security.0.to_be_bytes());
            row.extend(venue);
            row.extend(seller.0.to_be_bytes());
            row.extend(buyer.0.to_be_bytes());
        }
        Key::Approvals(security, venue) => {
            row.extend(security.0.to_be_bytes());
            row.extend(venue);
        }
        Key::Lapses(day, page) => {
            row.extend(day.to_be_bytes());
            row.extend(page.to_be_bytes());
        }
    }
    row
}

/// The key of these bytes; none if they are of no key.
pub(super) fn to_key(row: &[u8]) -> Option<Key> {
    let (kind, mut rest) = row.split_first()?;
    let rest = &mut rest;
    let key = match kind {
        0 => Key::Counters,
        1 => Key::Person(InvestorId(u32::from_be_bytes(take(rest)?))),
        2 => Key::Account(AccountId(u32::from_be_bytes(take(rest)?))),
        3 => Key::Cash(CashId(u16::from_be_bytes(take(rest)?))),
        4 => Key::Security(SecurityId(u32::from_be_bytes(take(rest)?))),
        5 => Key::Holding(AccountId(u32::from_be_bytes(take(rest)?)), take_asset(rest)?),
        6 => Key::Stake(InvestorId(u32::from_be_bytes(take(rest)?)), take_asset(rest)?),
        7 => Key::Trade(
            take(rest)?,
            u16::from_be_bytes(take(rest)?),
            u32::from_be_bytes(take(rest)?),
            u64::from_be_bytes(take(rest)?),
        ),
        8 => Key::Direct(Hash(take(rest)?)),
        9 => Key::Ends(Height(u64::from_be_bytes(take(rest)?)), u32::from_be_bytes(take(rest)?)),
        10 => Key::Time(Height(u64::from_be_bytes(take(rest)?))),
        11 => Key::Handle(Hash(take(rest)?)),
        13 => Key::Insider(
            InvestorId(u32::from_be_bytes(take(rest)?)),
            SecurityId(u32::from_be_bytes(take(rest)?)),
        ),
        14 => Key::Group(
            InvestorId(u32::from_be_bytes(take(rest)?)),
            SecurityId(u32::from_be_bytes(take(rest)?)),
        ),
        15 => Key::Funds(SecurityId(u32::from_be_bytes(take(rest)?))),
        16 => Key::Leases(SecurityId(u32::from_be_bytes(take(rest)?)), take_counter(rest)?),
        17 => Key::Lessees(SecurityId(u32::from_be_bytes(take(rest)?))),
        18 => Key::Approval(Pair {
            security: SecurityId(u32::from_be_bytes(take(rest)?)),
            venue: take(rest)?,
            seller: InvestorId(u32::from_be_bytes(take(rest)?)),
            buyer: InvestorId(u32::from_be_bytes(take(rest)?)),
        }),
        19 => Key::Approvals(SecurityId(u32::from_be_bytes(take(rest)?)), take(rest)?),
        20 => Key::Lapses(u32::from_be_bytes(take(rest)?), u32::from_be_bytes(take(rest)?)),
        21 => Key::Left(
            InvestorId(u32::from_be_bytes(take(rest)?)),
            SecurityId(u32::from_be_bytes(take(rest)?)),
        ),
        22 => Key::Kept(SecurityId(u32::from_be_bytes(take(rest)?))),
        _ => return None,
    };
    rest.is_empty().then_some(key)
}

/// The first byte of a key: which kind of record it is of.
pub(super) fn kind(key: &Key) -> u8 {
    match key {
        Key::Counters => 0,
        Key::Person(_) => 1,
        Key::Account(_) => 2,
        Key::Cash(_) => 3,
        Key::Security(_) => 4,
        Key::Holding(..) => 5,
        Key::Stake(..) => 6,
        Key::Trade(..) => 7,
        Key::Direct(_) => 8,
        Key::Ends(..) => 9,
        Key::Time(_) => 10,
        Key::Handle(_) => 11,
        Key::Insider(..) => 13,
        Key::Group(..) => 14,
        Key::Funds(_) => 15,
        Key::Leases(..) => 16,
        Key::Lessees(_) => 17,
        Key::Approval(_) => 18,
        Key::Approvals(..) => 19,
        Key::Lapses(..) => 20,
        Key::Left(..) => 21,
        Key::Kept(_) => 22,
    }
}

/// A record as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept<'a> {
    /// The height of its last change, which its leaf's salt is derived from.
    pub height: Height,
    /// Whether it has a leaf of its own.
    pub has_leaf: bool,
    /// Its encoding.
    pub record: &'a [u8],
}

impl<'a> Kept<'a> {
    /// Its bytes in the store.
    pub fn to_row(self) -> Vec<u8> {
        let mut row = Vec::with_capacity(9 + self.record.len());
        row.extend(self.height.0.to_le_bytes());
        row.push(self.has_leaf.into());
        row.extend(self.record);
        row
    }

    /// What [`Kept::to_row`] wrote.
    pub fn from_row(row: &'a [u8]) -> Option<Kept<'a>> {
        let (height, rest) = row.split_first_chunk()?;
        let (has_leaf, record) = rest.split_first()?;
        let has_leaf = match has_leaf {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Kept { height: Height(u64::from_le_bytes(*height)), has_leaf, record })
    }

    /// The record, decoded.
    pub fn record(&self, key: &Key) -> Option<Record> {
        Record::from_bytes(key, self.record).ok()
    }
}

fn put_asset(row: &mut Vec<u8>, asset: &Asset) {
    match asset {
        Asset::Security(security) => {
            row.push(0);
            row.extend(security.0.to_be_bytes());
        }
        Asset::Cash(cash) => {
            row.push(1);
            row.extend(cash.0.to_be_bytes());
        }
    }
}

fn take_asset(rest: &mut &[u8]) -> Option<Asset> {
    match take::<1>(rest)? {
        [0] => Some(Asset::Security(SecurityId(u32::from_be_bytes(take(rest)?)))),
        [1] => Some(Asset::Cash(CashId(u16::from_be_bytes(take(rest)?)))),
        _ => None,
    }
}

fn put_counter(row: &mut Vec<u8>, counter: &Counter) {
    match counter {
        Counter::Holders(holders) => row.extend([1, *holders as u8]),
        Counter::Plans => row.push(2),
        Counter::Owned(scope, person) => {
            row.extend([3, *scope as u8]);
            row.extend(person.0.to_be_bytes());
        }
        Counter::Sold(person) => {
            row.push(4);
            row.extend(person.0.to_be_bytes());
        }
    }
}

fn take_counter(rest: &mut &[u8]) -> Option<Counter> {
    match take::<1>(rest)? {
        [1] => {
            let [number] = take(rest)?;
            Some(Counter::Holders(Holders::ALL.into_iter().find(|holders| *holders as u8 == number)?))
        }
        [2] => Some(Counter::Plans),
        [3] => {
            let [number] = take(rest)?;
            let scope = [Scope::Owner, Scope::Group].into_iter().find(|scope| *scope as u8 == number)?;
            Some(Counter::Owned(scope, InvestorId(u32::from_be_bytes(take(rest)?))))
        }
        [4] => Some(Counter::Sold(InvestorId(u32::from_be_bytes(take(rest)?)))),
        _ => None,
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_their_keys_and_lead_back_to_them() {
        let assets = [
            Asset::Security(SecurityId(1)),
            Asset::Security(SecurityId(258)),
            Asset::Cash(CashId(1)),
            Asset::Cash(CashId(513)),
        ];
        let mut keys = vec![
            Key::Counters,
            Key::Handle(Hash([1; 32])),
            Key::Direct(Hash([1; 32])),
            Key::Direct(Hash([2; 32])),
        ];
        for n in [1u32, 2, 255, 256, 70_000, u32::MAX] {
            keys.extend([
                Key::Person(InvestorId(n)),
                Key::Account(AccountId(n)),
                Key::Security(SecurityId(n)),
                Key::Funds(SecurityId(n)),
            ]);
            keys.extend(assets.map(|asset| Key::Holding(AccountId(n), asset)));
            keys.extend(assets.map(|asset| Key::Stake(InvestorId(n), asset)));
            keys.extend([1, 258].map(|id| Key::Insider(InvestorId(n), SecurityId(id))));
            keys.extend([1, 258].map(|id| Key::Group(InvestorId(n), SecurityId(id))));
            let person = InvestorId(n);
            let of = [Counter::Owned(Scope::Owner, person), Counter::Owned(Scope::Group, person)];
            keys.extend(of.map(|counter| Key::Leases(SecurityId(n), counter)));
            keys.extend(
                [Counter::Sold(person), Counter::Plans].map(|counter| Key::Leases(SecurityId(7), counter)),
            );
            keys.extend([Key::Lessees(SecurityId(n)), Key::Kept(SecurityId(n))]);
            keys.extend([1, 258].map(|id| Key::Left(InvestorId(n), SecurityId(id))));
            keys.extend(Holders::ALL.map(|holders| Key::Leases(SecurityId(n), Counter::Holders(holders))));
            for (venue, buyer) in [([7; 16], 1), ([7; 16], 258), ([8; 16], 1)] {
                let [security, seller] = [SecurityId(n), SecurityId(3)].map(|id| (id, InvestorId(n)));
                let pair = |(security, seller)| Pair { security, venue, seller, buyer: InvestorId(buyer) };
                keys.extend([security, seller].map(|it| Key::Approval(pair(it))));
            }
            keys.extend([[7; 16], [8; 16]].map(|venue| Key::Approvals(SecurityId(n), venue)));
            keys.extend([1, 258].map(|page| Key::Lapses(n, page)));
            keys.extend([Key::Ends(Height(3), n), Key::Time(Height(n.into())), Key::Cash(CashId(n as u16))]);
            for (shard, epoch) in [(0, 1), (0, 256), (1, 1)] {
                keys.push(Key::Trade([7; 16], shard, epoch, u64::from(n) << 3));
            }
        }
        keys.sort();
        let rows: Vec<_> = keys.iter().map(of_key).collect();
        assert!(rows.is_sorted());
        for (key, row) in keys.iter().zip(&rows) {
            assert_eq!(to_key(row), Some(*key));
            assert_eq!(to_key(&row[..row.len() - 1]), None);
            assert_eq!(to_key(&[row.as_slice(), &[0]].concat()), None);
        }
    }
}
