//! Whether the rules of its security allow a transfer: all that they may look at is gathered, and they are asked.
//!
//! Rules, claims, disclosures and relations to the issuer count as of the height that the transfer pins, at the time of the
//! trade: so what was legal when it was matched is legal when it is voted on. Who is suspended, and who owns how much and
//! what is left of an approval, counts as of now. What other venues have leased of what the rules limit counts as theirs already,
//! and a place that somebody has just left is still its own.

use super::Work;
use super::stakes::own;
use crate::instruction::Transfer;
use crate::lot::Lot;
use crate::names::{Asset, VenueName};
use crate::receipt::Refusal;
use crate::state::{
    AccountRecord, Counted, GroupRecord, InsiderRecord, KeptPlaces, Key, Pair, PersonRecord, SecurityRecord,
    Stake,
};
use std::collections::BTreeMap;
use tallystick_rules::evaluate::{asks_approval, is_affiliate};
use tallystick_rules::{
    Class, Counter, Counts, Disclosure, Facts, History, Holders, Identity, Insider, InvestorId, Needed,
    Party, Period, Places, Plans, Program, Rooms, Sales, Scope, Units, pair, way,
};

impl Work<'_> {
    /// The rules must allow these two to trade so much, and each lot must go by the way that is open to it. What the lots
    /// become, and whose approval the transfer uses, if it uses one.
    pub fn check_rules(
        &mut self,
        venue: &VenueName,
        transfer: &Transfer,
        seller: &AccountRecord,
        buyer: &AccountRecord,
        lots: &[Lot],
    ) -> Result<(Vec<History>, Option<Pair>), Refusal> {
        let key = Key::Security(transfer.security);
        let (seller_id, buyer_id) = (seller.beneficial_owner, buyer.beneficial_owner);
        let at = Pair { security: transfer.security, venue: *venue, seller: seller_id, buyer: buyer_id };
        let approved = self.approved(at, transfer.traded);
        let record = self.state.read::<SecurityRecord>(key).expect("it is known");
        let (issued, counted) = (record.issued, record.counted);

        let [selling, buying] = [seller, buyer].map(|account| self.side(transfer, account, issued));
        let leased = self.leased(venue, transfer, &selling, &buying);
        let (kept, shared) = (self.kept(transfer.security), self.genesis.is_shared());
        let all = [&selling.owner, &selling.holder, &buying.owner, &buying.holder];
        let persons: BTreeMap<InvestorId, &Judged> = all.map(|one| (one.investor, one)).into();
        let known = persons.into_values().fold(counted, |all, one| all.with(&one.stored, &one.known));

        let record = self.state.seen::<SecurityRecord>(key).expect("it is known");
        let (none, nothing) = (Program::default(), Disclosure::default());
        let program = record.rules_at(transfer.pinned).unwrap_or(&none);
        let sales = self.state.seen::<GroupRecord>(Key::Group(selling.owner.class.group, transfer.security));
        let days = sales.map_or(&[][..], |group| &group.sold);
        let seller = Party { sold: Sales { days, waiting: leased.sold }, ..selling.party() };
        let buyer = buying.party();
        let with = |units: Units, leased: Units| Units(units.0.saturating_add(leased.0));
        let (owned, group_owned) =
            (with(buyer.owned, leased.owned), with(buyer.group_owned, leased.group_owned));
        let facts = Facts {
            now: transfer.traded,
            buyer: Some(Party { owned, group_owned, ..buyer }),
            seller: Some(seller),
            security: record.disclosure_at(transfer.pinned).unwrap_or(&nothing),
            issued,
            market: transfer.market,
        };
        let same_owner = selling.owner.investor == buying.owner.investor;
        let (buyer, seller) = (&buying, &selling);
        let counts = Tally { counted, known, leased, kept, shared, approved, issued, buyer, seller };
        // The lots are given, so they have no say in how much it may be; each is asked by itself.
        let verdict = pair(program, &facts, &counts, same_owner, Units::MAX);
        if !verdict.allows(transfer.units) {
            return Err(Refusal::Compliance(verdict.reason.expect("what restricts says why")));
        }
        for (part, lot) in transfer.lots.iter().zip(lots) {
            let open = way(program, &facts, &lot.history).map_err(Refusal::Compliance)?;
            if open != part.path {
                return Err(Refusal::WrongPath { lot: lot.id, open });
            }
        }
        let approval = asks_approval(program, &facts).then_some(at);
        // 17 CFR 230.144(b)(1): who was an affiliate within three months sells as one.
        let from_affiliate = is_affiliate(&selling.party(), Period::months(3), transfer.traded);
        let parts = transfer.lots.iter().zip(lots);
        let moved = parts.map(|(part, lot)| lot.history.moved(part.path, transfer.traded, from_affiliate));
        Ok((moved.collect(), approval))
    }

    /// What other venues have leased of all that this transfer may use up.
    fn leased(
        &mut self,
        venue: &VenueName,
        transfer: &Transfer,
        seller: &OneSide,
        buyer: &OneSide,
    ) -> Leased {
        let mut of = |counter| self.leased_by_others(venue, transfer.security, counter);
        Leased {
            places: Holders::ALL.map(|holders| (holders, of(Counter::Holders(holders)))),
            plans: of(Counter::Plans),
            owned: Units(of(Counter::Owned(Scope::Owner, buyer.owner.investor))),
            group_owned: Units(of(Counter::Owned(Scope::Group, buyer.owner.class.group))),
            sold: Units(of(Counter::Sold(seller.owner.class.group))),
        }
    }

    /// All that is known of one side.
    fn side(&mut self, transfer: &Transfer, account: &AccountRecord, issued: Units) -> OneSide {
        let owner = self.judged(transfer, account.beneficial_owner, issued);
        let holder = self.judged(transfer, account.record_holder, issued);
        let (group, security) = (owner.class.group, transfer.security);
        let alone = own(self.state.read::<Stake>(Key::Stake(group, Asset::Security(security))), group);
        let record = self.state.read::<GroupRecord>(Key::Group(group, security));
        let of_group = record.map_or(alone, |record| record.owned);
        // It may be counted with another group since before.
        let others =
            of_group.saturating_sub(if owner.stored_in == Some(group) { owner.owned } else { Units::ZERO });
        OneSide { group_owned: others + owner.owned, owner, holder }
    }

    /// One person as it is judged.
    fn judged(&mut self, transfer: &Transfer, investor: InvestorId, issued: Units) -> Judged {
        let security = transfer.security;
        let insider = self.state.read::<InsiderRecord>(Key::Insider(investor, security));
        let insider = insider.and_then(|record| record.insider_at(transfer.pinned));
        let person = self.state.read::<PersonRecord>(Key::Person(investor));
        let identity = person.and_then(|person| {
            let pinned = person.identity_at(transfer.pinned)?;
            Some(Identity { standing: person.standing, ..*pinned })
        });
        let class = Class::of(investor, identity.as_ref(), insider, transfer.traded);
        let asset = Asset::Security(security);
        let stake = self.state.read::<Stake>(Key::Stake(investor, asset)).cloned();
        let mut stake = stake.unwrap_or_else(|| Stake::new(investor, asset));
        let (stored, stored_in) = (Counted::of(&stake, issued), stake.class.map(|class| class.group));
        stake.class = Some(class);
        Judged {
            investor,
            identity,
            insider,
            class,
            owned: Units(stake.beneficial),
            named: Units(stake.record),
            stored,
            stored_in,
            known: Counted::of(&stake, issued),
            left: self.left(security, investor, transfer.pinned),
        }
    }
}

/// A person of one side.
struct Judged {
    investor: InvestorId,
    identity: Option<Identity>,
    insider: Option<Insider>,
    /// As what it is to be counted now.
    class: Class,
    /// Units that are its own.
    owned: Units,
    /// Units that stand in its name.
    named: Units,
    /// What its stake adds to the counts, and with which group, as what it was when it last changed.
    stored: Counted,
    stored_in: Option<InvestorId>,
    /// What it adds as what is known of it now.
    known: Counted,
    /// The places that are kept for it, and whether it has left them since the trade was matched.
    left: Option<(KeptPlaces, bool)>,
}

/// One side of a transfer.
struct OneSide {
    owner: Judged,
    /// In whose name the register has its account.
    holder: Judged,
    group_owned: Units,
}

impl OneSide {
    fn party(&self) -> Party<'_> {
        let Judged { owned, insider, .. } = self.owner;
        Party {
            identity: self.owner.identity.as_ref(),
            insider,
            owned,
            left: owned,
            group_owned: self.group_owned,
            sold: Sales::default(),
            whole: Some(owned),
            room: Rooms::default(),
        }
    }

    /// The one of them that a cap counts.
    fn whom(&self, holders: Holders) -> &Judged {
        match holders {
            Holders::Beneficial | Holders::LookThrough => &self.owner,
            Holders::Record | Holders::RecordNotAccredited => &self.holder,
        }
    }
}

/// What other venues have leased.
struct Leased {
    places: [(Holders, u64); Holders::ALL.len()],
    plans: u64,
    owned: Units,
    group_owned: Units,
    sold: Units,
}

impl Leased {
    fn places(&self, holders: Holders) -> u64 {
        self.places.iter().filter(|(of, _)| *of == holders).map(|(_, places)| places).sum()
    }
}

/// What the caps count.
struct Tally<'a> {
    /// Everybody counted as what it was when its stake last changed.
    counted: Counted,
    /// The two sides counted as what is known of them now.
    known: Counted,
    leased: Leased,
    /// The places that are kept for who has left them.
    kept: KeptPlaces,
    /// Whether there are other venues: then a place that is left is kept, and not handed over.
    shared: bool,
    /// What is left of what the two were approved to trade.
    approved: Units,
    issued: Units,
    buyer: &'a OneSide,
    seller: &'a OneSide,
}

impl Counts for Tally<'_> {
    fn places(&self, holders: Holders) -> Places {
        let places = |places: u64| u32::try_from(places).unwrap_or(u32::MAX);
        let of = |side: &OneSide| side.whom(holders).stored.holders(holders);
        // What its owner sells leaves the name it stands in without units only if nothing else stands there.
        let leaves = match holders {
            _ if self.shared => false,
            Holders::Beneficial | Holders::LookThrough => true,
            Holders::Record | Holders::RecordNotAccredited => {
                self.seller.holder.named == self.seller.owner.owned
            }
        };
        // Who had its places when the trade was matched has them still; who had left them may take them, like a free one.
        let (own, has) = match &self.buyer.whom(holders).left {
            Some((left, since)) => (left.of(holders), if *since { left.of(holders) } else { 0 }),
            None => (0, 0),
        };
        let kept = self.kept.of(holders) - own + has;
        Places {
            taken: self.counted.holders(holders) + self.leased.places(holders) + kept,
            of_buyer: places(of(self.buyer) + has),
            buyer_is_leaving: false,
            of_seller: if leaves { places(of(self.seller)) } else { 0 },
            needed: needed(self.buyer.whom(holders), holders, self.issued),
            room: None,
        }
    }

    fn plans(&self) -> Plans {
        let of = self.issued.saturating_sub(Units(self.known.controlling));
        let units_bps = self.known.plan_units_bps + 10_000 * u128::from(self.leased.plans);
        Plans { units_bps, of, room: None }
    }

    fn approved(&self) -> Units {
        self.approved
    }
}

/// How many places a buyer would take.
fn needed(buyer: &Judged, holders: Holders, issued: Units) -> Needed {
    match holders {
        Holders::Beneficial | Holders::Record => Needed::default(),
        Holders::RecordNotAccredited if buyer.class.accredited => {
            Needed { below: 0, above: 0, ..Needed::default() }
        }
        Holders::RecordNotAccredited => Needed::default(),
        Holders::LookThrough if buyer.class.fund_owners == 0 => Needed::default(),
        Holders::LookThrough => {
            let under_a_tenth = Units(issued.0.div_ceil(10)).saturating_sub(Units(1));
            let above = buyer.class.fund_owners.into();
            Needed { upto: under_a_tenth.saturating_sub(buyer.owned), below: 1, above }
        }
    }
}
