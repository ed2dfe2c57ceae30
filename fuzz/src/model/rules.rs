//! What a security's rules say, one quantity at a time: no verdicts and nothing to compose.

use super::order::Order;
use super::stakes::Book;
use super::{Model, Security};
use crate::law::entry::{Has, Room};
use crate::law::trade::{Books, Deal, Sold};
use crate::law::{Person, Scene, Sides};
use tallystick_engine::Work;
use tallystick_engine::obligation::HandedOver;
use tallystick_engine::types::{AccountId, Asset, InvestorId, SecurityId, Side, Time};
use tallystick_rules::{History, Identity, Market, Path, Reason, ReasonCode, Rule, RuleId, Scope};

/// Two who might trade with each other.
struct Meeting<'a> {
    scene: Scene<'a>,
    sides: Sides<'a>,
    books: Books,
    deal: Deal<'a>,
}

impl Meeting<'_> {
    /// Whether they may trade exactly so many units; or why not.
    fn judge(&self, units: u64) -> Result<(), Reason> {
        self.scene.judge(&self.sides, &self.books, &Deal { units, ..self.deal })
    }
}

impl Model {
    /// Everybody who is known: by the registry, or by what the network has told since.
    pub fn everybody(&self) -> Vec<Identity> {
        let mut all: Vec<Identity> =
            self.registry.as_ref().map_or(Vec::new(), |registry| registry.identities().to_vec());
        for (investor, identity) in &self.persons {
            all.retain(|other| other.investor != *investor);
            // Under the number that is told, whatever number the identity has in itself.
            all.extend(identity.map(|identity| Identity { investor: *investor, ..identity }));
        }
        all
    }

    /// The height that what is known of persons is of.
    pub fn known_height(&self) -> u64 {
        let of_registry = self.registry.as_ref().map_or(0, |registry| registry.height());
        self.told.map_or(of_registry, |told| told.0)
    }

    /// The time that what is known of persons is of.
    pub fn known_time(&self) -> Time {
        let of_registry = self.registry.as_ref().map_or(Time(0), |registry| registry.as_of());
        self.told.map_or(of_registry, |told| told.1)
    }

    /// Everybody who is known, if what is known is recent enough to be relied upon.
    pub fn reliable(&self) -> Option<Vec<Identity>> {
        self.registry.as_ref()?;
        // The network's clock may be ahead of the venue's.
        let age = i128::from(self.now.0) - i128::from(self.known_time().0);
        let allowed = i128::from(self.params.as_ref()?.max_registry_age_ns);
        (age <= allowed).then(|| self.everybody())
    }

    /// A security just now, as its rules see it.
    fn scene<'a>(&self, listed: &'a Security) -> Scene<'a> {
        let listing = &listed.listing;
        let place = self.params.expect("securities come to a venue that is open").place;
        Scene {
            protocols: &listing.protocols,
            now: self.now,
            security: &listing.disclosure,
            market: Market { place, gated: listing.gated },
            issued: self.issued(listing.security),
        }
    }

    /// Where a security is traded.
    pub(super) fn market(&self, security: SecurityId) -> Market {
        self.scene(self.security(security).expect("a listed security")).market
    }

    /// How many units of a security there are: as the network told last, or all that is deposited.
    pub fn issued(&self, security: SecurityId) -> u64 {
        let told = self.issued_told.get(&security).copied().unwrap_or(0);
        self.deposited(|d| d.security == security) + told
    }

    /// What is known of somebody.
    fn person<'a>(
        &self,
        everybody: &'a [Identity],
        investor: InvestorId,
        security: SecurityId,
    ) -> Person<'a> {
        let identity = everybody.iter().find(|identity| identity.investor == investor);
        Person { identity, insider: self.insiders.get(&(security, investor)).copied() }
    }

    /// Why an order may not stand, if it may not, for those who are known now; beside the other open orders.
    pub fn entry_refusal(&self, order: &Order) -> Option<Reason> {
        let Some(everybody) = self.reliable() else {
            return Some(Reason { code: ReasonCode::RegistryStale, rule: RuleId::STANDING });
        };
        self.refusal_by(&everybody, order, true)
    }

    /// Why these identities forbid an order, if they do: what its side may trade at most is less than what is left of it.
    /// No order that stands ends for want of headroom.
    pub fn refusal_by(&self, everybody: &[Identity], order: &Order, headroom: bool) -> Option<Reason> {
        let others: Vec<Order> = self.orders.iter().filter(|o| o.order != order.order).copied().collect();
        let Order { security, side, account, .. } = *order;
        let (most, reason) = self.most_at_entry(everybody, security, (side, account), &others, headroom);
        reason.filter(|_| most < order.leaves.0)
    }

    /// The most that an account may trade on one side, beside other open orders, and which rule says so; with `headroom`,
    /// within what the venue may take up on the network.
    pub fn most_at_entry(
        &self,
        everybody: &[Identity],
        security: SecurityId,
        (side, account): (Side, AccountId),
        others: &[Order],
        headroom: bool,
    ) -> (u64, Option<Reason>) {
        let listed = self.security(security).expect("a listed security");
        let owner = self.owner(account);
        let person = Some(self.person(everybody, owner, security));
        let sides = match side {
            Side::Buy => Sides { buyer: person, seller: None },
            Side::Sell => Sides { buyer: None, seller: person },
        };
        let mut has = Has::default();
        if self.counts_anything(security) {
            let books = self.books(security, [account; 2]);
            let group = self.group_now(owner);
            let open = |side: Side, which: &dyn Fn(InvestorId) -> bool| {
                let others = others.iter().filter(|o| (o.security, o.side) == (security, side));
                others.filter(|o| which(self.owner(o.account))).map(|o| o.leaves.0).sum::<u64>()
            };
            let in_group = |who: InvestorId| self.group_now(who) == group;
            let buys = [open(Side::Buy, &|who| who == owner), open(Side::Buy, &in_group)];
            let sells = open(Side::Sell, &in_group);
            let sold = self.sold_by(security, account, account);
            has = Has {
                owned: books.owned(Scope::Owner, owner) + buys[0],
                group_owned: books.owned(Scope::Group, owner) + buys[1],
                sold: Sold { waiting: sold.waiting + sells, ..sold },
                room: Room::default(),
            };
            if headroom {
                let less = |room: Option<u64>, open: u64| room.map(|room| room.saturating_sub(open));
                let room = self.room_of(security, account, &[account]);
                has.room = Room {
                    owned: less(room.owned, buys[0]),
                    group_owned: less(room.group_owned, buys[1]),
                    sold: less(room.sold, sells),
                };
            }
        }
        self.scene(listed).most_at_entry(&sides, has)
    }

    /// By which way a lot of an account may go: to an account, or to somebody.
    pub(super) fn way(
        &self,
        security: SecurityId,
        [buyer, seller]: [Option<AccountId>; 2],
        history: &History,
    ) -> Result<Path, Reason> {
        let listed = self.security(security).expect("a listed security");
        let everybody = self.everybody();
        // What is allocated may be told before its account is there.
        let known = |account: &AccountId| self.account(*account).is_some();
        let person = |account| self.person(&everybody, self.owner(account), security);
        if seller.is_some_and(|seller| !known(&seller)) {
            return Ok(Path::Plain);
        }
        self.scene(listed).way(&Sides { buyer: buyer.map(person), seller: seller.map(person) }, history)
    }

    /// Whether these two orders may meet at all.
    pub(super) fn may_meet(&self, one: &Order, other: &Order) -> bool {
        let [buy, sell] = if one.side == Side::Buy { [one, other] } else { [other, one] };
        !self.is_blocked(one)
            && !self.is_blocked(other)
            && self.may_meet_at_all([buy.account, sell.account], one.security)
    }

    /// Whether what is known of persons is recent enough, and what these rely on stays. What an order relies on may be
    /// gone, and its rules may be about to change: then it is about to go.
    fn may_meet_at_all(&self, [buyer, seller]: [AccountId; 2], security: SecurityId) -> bool {
        let listed = self.security(security).expect("a listed security");
        let goes = |account, asset| {
            let of_it = |work: &Work| matches!(work, Work::Cover { account: a, asset: b, .. } if (*a, *b) == (account, asset));
            self.work.iter().any(of_it)
        };
        listed.coming.is_none()
            && !goes(seller, Asset::Security(security))
            && !goes(buyer, Asset::Cash(listed.listing.cash))
            && self.reliable().is_some()
    }

    /// The most of `wanted` that these two accounts may trade with each other now: every multiple of the lot
    /// is tried from the top.
    pub fn may_trade(&self, buyer: AccountId, seller: AccountId, security: SecurityId, wanted: u64) -> u64 {
        let listed = self.security(security).expect("a listed security");
        if !self.may_meet_at_all([buyer, seller], security) {
            return 0;
        }
        let Some(everybody) = self.reliable() else { return 0 };
        let lot = listed.listing.ticks.lot.0;
        let meeting = self.meeting(&everybody, [buyer, seller], security);
        let mut units = wanted - wanted % lot;
        while units > 0 && meeting.judge(units).is_err() {
            units -= lot;
        }
        units
    }

    /// All that there is to know of two accounts that might trade with each other.
    fn meeting<'a>(
        &'a self,
        everybody: &'a [Identity],
        [buyer, seller]: [AccountId; 2],
        security: SecurityId,
    ) -> Meeting<'a> {
        let counts = self.counts_anything(security);
        let deal = Deal {
            buyer: Book::BOTH.map(|book| self.holder(book, buyer)),
            seller: Book::BOTH.map(|book| self.holder(book, seller)),
            units: 0,
            open: self.open_to(Some(buyer), seller, security),
            whole: if counts { self.leaves_whole(seller, security) } else { None },
            sold: self.sold_by(security, seller, buyer),
            approved: self.approved([buyer, seller], security),
            room: if counts { self.room_between([buyer, seller], security) } else { Room::default() },
        };
        let person = |account| Some(self.person(everybody, self.owner(account), security));
        Meeting {
            scene: self.scene(self.security(security).expect("a listed security")),
            sides: Sides { buyer: person(buyer), seller: person(seller) },
            // Where nothing is counted, nobody is.
            books: if counts { self.books_with_room(security, [buyer, seller]) } else { Books::default() },
            deal,
        }
    }

    /// Who owns what, and how much more of it all may.
    fn books_with_room(&self, security: SecurityId, [buyer, seller]: [AccountId; 2]) -> Books {
        let measures = |rule: &Rule| matches!(rule, Rule::BenefitPlans(_));
        let measured = self.bare_rules(security).iter().any(measures);
        let plans_left = if measured { self.plans_left(security, [buyer, seller]) } else { None };
        let places_left = self.places_left(security, seller);
        Books { places_left, plans_left, ..self.books(security, [buyer, seller]) }
    }

    /// How much the buyer may still come to own, and the seller's group sell.
    fn room_between(&self, [buyer, seller]: [AccountId; 2], security: SecurityId) -> Room {
        let parties = [buyer, seller];
        let sold = self.room_of(security, seller, &parties).sold;
        Room { sold, ..self.room_of(security, buyer, &parties) }
    }

    /// The rules that apply to one side, or may once the other is known.
    pub(super) fn may_apply(&self, security: SecurityId, (side, account): (Side, AccountId)) -> Vec<Rule> {
        let everybody = self.everybody();
        let person = Some(self.person(&everybody, self.owner(account), security));
        let sides = match side {
            Side::Buy => Sides { buyer: person, seller: None },
            Side::Sell => Sides { buyer: None, seller: person },
        };
        let scene = self.scene(self.security(security).expect("a listed security"));
        let rules = scene
            .rules()
            .filter(|(_, under, _)| under.iter().all(|when| scene.answer(when, &sides, None) != Some(false)));
        rules.map(|(_, _, rule)| rule.clone()).collect()
    }

    /// The rules that apply to two accounts.
    pub(super) fn applying_to(&self, parties: [AccountId; 2], security: SecurityId) -> Vec<Rule> {
        let everybody = self.everybody();
        let meeting = self.meeting(&everybody, parties, security);
        meeting.scene.applying(&meeting.sides).into_iter().map(|(_, rule)| rule.clone()).collect()
    }

    /// Why two accounts may not trade so many units with each other, by the rules; nothing, if they may.
    pub fn kept_apart_by(&self, parties: [AccountId; 2], security: SecurityId, units: u64) -> Option<Reason> {
        self.meeting(&self.everybody(), parties, security).judge(units).err()
    }

    /// Among which holders the seller's places go to the buyer if they trade so much, and how many.
    pub(super) fn handed_over(
        &self,
        parties: [AccountId; 2],
        security: SecurityId,
        units: u64,
    ) -> Vec<HandedOver> {
        let everybody = self.everybody();
        let Meeting { scene, sides, books, deal } = self.meeting(&everybody, parties, security);
        let all = scene.handed_over(&sides, &books, &Deal { units, ..deal });
        let counted = |places: u64| u32::try_from(places).expect("places can be counted");
        all.into_iter().map(|(holders, places)| HandedOver { holders, places: counted(places) }).collect()
    }

    /// The units with which this account's owner would leave the security altogether: everything it has is
    /// in this account and nothing of it is pending.
    fn leaves_whole(&self, account: AccountId, security: SecurityId) -> Option<u64> {
        let owner = self.owner(account);
        let here = self.units_of(account, security);
        let all = self.settled(Book::Owners, owner, security);
        let pending = self.trades.iter().any(|t| {
            t.security == security && (self.owner(t.seller) == owner || self.owner(t.buyer) == owner)
        });
        (here == all && here > 0 && !pending).then_some(here)
    }
}
