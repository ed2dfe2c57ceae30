//! What must have happened for a world to be as it is: who was issued what, who acquired it from whom, what was sold.

use std::collections::BTreeMap;
use tallystick_ledger::instruction::Opening;
use tallystick_rules::{AccountId, History, InvestorId, Program, Source, Time, Units};
use tallystick_vectors::World;
use tallystick_vectors::world::Holding;

/// Since when those who sold something before the case had held it: before everything else.
pub const STOCK: Time = Time(10_001 * Time::DAY_NS);

/// All of it.
pub struct Story {
    /// Accounts, by beneficial owner and record holder.
    pub accounts: BTreeMap<(InvestorId, InvestorId), AccountId>,
    /// Of `the seller` and of `the buyer` of the case.
    pub seller: AccountId,
    pub buyer: AccountId,
    /// Two whom the world does not know: of them others acquired what they did not acquire from the issuer.
    pub dealer: InvestorId,
    pub affiliate: InvestorId,
    /// Who holds what from the issuer.
    pub opening: Vec<Opening>,
    /// What changed hands.
    pub past: Vec<Past>,
}

/// Units that changed hands before the case.
pub struct Past {
    /// When.
    pub at: Time,
    pub from: AccountId,
    pub to: AccountId,
    pub units: Units,
    /// Of which history, if they were issued for it; otherwise whatever there is.
    pub of: Option<History>,
}

impl Story {
    /// What must have happened; or what can't have.
    pub fn of(program: &Program, world: &World) -> Result<Story, String> {
        let strangers = world.people.len() as u32;
        let mut story = Story {
            accounts: BTreeMap::new(),
            seller: AccountId(0),
            buyer: AccountId(0),
            dealer: InvestorId(strangers + 1),
            affiliate: InvestorId(strangers + 2),
            opening: Vec::new(),
            past: Vec::new(),
        };
        let is_the_seller_s = |holding: &&Holding| holding.owner == "seller";
        let [seller, buyer] = ["seller", "buyer"].map(|name| number(world, name));
        let holder = world.holdings.iter().find(is_the_seller_s).map_or("seller", |holding| &holding.record);
        if world.holdings.iter().filter(is_the_seller_s).any(|holding| holding.record != holder) {
            return Err("one transfer moves units out of one account only".into());
        }
        story.seller = story.account(seller, number(world, holder));
        let holder = world.people["buyer"].buys_in_name_of.as_deref().unwrap_or("buyer");
        story.buyer = story.account(buyer, number(world, holder));
        for holding in &world.holdings {
            story.acquired(world, holding)?;
        }
        story.sold(program, world)?;
        story.past.sort_by_key(|past| past.at);
        Ok(story)
    }

    /// Those who must be able to trade.
    pub fn traders(&self) -> Vec<AccountId> {
        let mut traders: Vec<_> = self.past.iter().flat_map(|past| [past.from, past.to]).collect();
        traders.extend([self.seller, self.buyer]);
        traders.sort_unstable();
        traders.dedup();
        traders
    }

    fn account(&mut self, owner: InvestorId, holder: InvestorId) -> AccountId {
        let next = AccountId(self.accounts.len() as u32 + 1);
        *self.accounts.entry((owner, holder)).or_insert(next)
    }

    fn acquired(&mut self, world: &World, holding: &Holding) -> Result<(), String> {
        let History { acquired, issued, source, restricted, paid, .. } = holding.history;
        let to = self.account(number(world, &holding.owner), number(world, &holding.record));
        let units = holding.units;
        let from = match source {
            Source::Issuer if issued != acquired => {
                return Err(
                    "who acquires from the issuer does so when units are issued; and nobody pays later here"
                        .into(),
                );
            }
            Source::Issuer => {
                self.opening.push(Opening { account: to, units, acquired, restricted, paid });
                return Ok(());
            }
            Source::Affiliate if !paid => return Err("who buys from an affiliate pays it".into()),
            Source::Holder => self.dealer,
            Source::Affiliate => self.affiliate,
        };
        let from = self.account(from, from);
        let of = Some(History { paid, ..History::of_issue(issued, restricted) });
        self.past.push(Past { at: acquired, from, to, units, of });
        Ok(())
    }

    /// What was sold is with somebody: with whoever holds the most, as a part of that. Whether the seller itself may have
    /// got units back depends on whether the rules look at where they come from.
    fn sold(&mut self, program: &Program, world: &World) -> Result<(), String> {
        let sales: Vec<(InvestorId, Units, Time)> = world
            .people
            .values()
            .flat_map(|person| person.sold.iter().map(|&(units, on)| (person.identity.investor, units, on)))
            .collect();
        let all: Units = sales.iter().map(|(_, units, _)| *units).sum();
        if all.is_zero() {
            return Ok(());
        }
        let has = |line: &&mut Opening| line.units >= all;
        let (own, others): (Vec<_>, Vec<_>) =
            self.opening.iter_mut().filter(has).partition(|line| line.account == self.seller);
        let own = own.into_iter().find(|_| !program.has_ways());
        let line = others.into_iter().max_by_key(|line| line.units).or(own);
        let line = line.ok_or("nobody has the units that were sold")?;
        line.units -= all;
        let to = line.account;
        self.opening.retain(|line| !line.units.is_zero());
        let owner = *self.accounts.iter().find(|(_, account)| **account == to).expect("its account").0;
        for (from, units, at) in sales {
            let of = Some(History::of_issue(STOCK, false));
            let seller = self.account(from, from);
            if from != owner.0 {
                self.past.push(Past { at, from: seller, to, units, of });
                continue;
            }
            let dealer = self.account(self.dealer, self.dealer);
            self.past.push(Past { at, from: seller, to: dealer, units, of });
            self.past.push(Past { at: Time(at.0 + 2), from: dealer, to, units, of: None });
        }
        Ok(())
    }
}

/// The number of somebody of the world.
pub fn number(world: &World, name: &str) -> InvestorId {
    world.people[name].identity.investor
}
