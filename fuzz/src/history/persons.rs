//! Who trades: what is claimed of them, and how they stand to issuers.

use tallystick_rules::{Identity, Insider, InvestorId, Jurisdiction, Place, Region, Standing, Time, Until};

/// Where people live.
pub const PLACES: [&str; 3] = ["US", "DE", "SG"];
/// In which region, if that is claimed.
pub const REGIONS: [&str; 2] = ["NY", "CA"];
/// When everything begins: a little after noon of some day.
pub const BEGINNING: Time = Time(1_000 * Time::DAY_NS + Time::DAY_NS / 2 + 12_345);

/// An investor; claims hold for so many days from the beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Person {
    pub place: u8,
    /// Of [`REGIONS`], from 1; nought for none.
    pub region: u8,
    pub verified_days: u64,
    pub accredited_days: u64,
    pub institutional_days: u64,
    pub purchaser_days: u64,
    pub non_us_days: u64,
    pub screened_days: u64,
    pub good_actor_days: u64,
    pub plan_bps: u16,
    pub fund_owners: u16,
    /// Whose group it belongs to; its own, if it is none.
    pub group: Option<u8>,
    pub suspended: bool,
}

/// How somebody stands to an issuer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Relation {
    Stranger,
    Issuer,
    Affiliate,
    /// It ceased to be an affiliate so many days ago.
    WasAffiliate(u64),
    /// It has control over the issuer's assets.
    Controlling,
    /// It has control, and is an affiliate.
    Both,
}

/// An insider from the beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct InsiderOf {
    pub person: u8,
    pub security: u8,
    pub relation: Relation,
}

impl Person {
    /// Of whom everything good is claimed.
    pub const PLAIN: Person = Person {
        place: 0,
        region: 0,
        verified_days: 500,
        accredited_days: 500,
        institutional_days: 500,
        purchaser_days: 500,
        non_us_days: 500,
        screened_days: 500,
        good_actor_days: 500,
        plan_bps: 0,
        fund_owners: 0,
        group: None,
        suspended: false,
    };

    /// What is known of it under a number.
    pub fn identity(&self, investor: InvestorId, people: usize) -> Identity {
        let until = |days: u64| Time(BEGINNING.0 + days * Time::DAY_NS);
        Identity {
            investor,
            jurisdiction: place(self.place),
            region: region(self.region),
            standing: if self.suspended { Standing::Suspended } else { Standing::Good },
            plan_bps: self.plan_bps,
            fund_owners: self.fund_owners,
            group: self.group.map_or(investor, |n| owner(n, people)),
            until: Until {
                verified: until(self.verified_days),
                accredited: until(self.accredited_days),
                institutional: until(self.institutional_days),
                purchaser: until(self.purchaser_days),
                non_us: until(self.non_us_days),
                screened: until(self.screened_days),
                good_actor: until(self.good_actor_days),
            },
        }
    }
}

impl Relation {
    /// As the registrar has it at a moment.
    pub fn insider(self, now: Time) -> Option<Insider> {
        let none = Insider { issuer: false, affiliate_until: Time::NEVER, controlling: false };
        let until = Time::FOREVER;
        Some(match self {
            Relation::Stranger => return None,
            Relation::Issuer => Insider { issuer: true, ..none },
            Relation::Affiliate => Insider { affiliate_until: until, ..none },
            Relation::WasAffiliate(days) => {
                Insider { affiliate_until: Time(now.0 - days * Time::DAY_NS), ..none }
            }
            Relation::Controlling => Insider { controlling: true, ..none },
            Relation::Both => Insider { affiliate_until: until, controlling: true, ..none },
        })
    }
}

/// The person that a number chooses of so many.
pub fn owner(n: u8, people: usize) -> InvestorId {
    InvestorId(u32::from(n) % people as u32 + 1)
}

/// The place that a number chooses.
pub fn place(n: u8) -> Jurisdiction {
    Jurisdiction::new(PLACES[usize::from(n) % PLACES.len()]).expect("a country code")
}

/// Places by their bits, not in order: that a list of places is sorted is the program's own business.
pub fn places(bits: u8) -> Vec<Place> {
    let regions = REGIONS.iter().map(|region| format!("US-{region}"));
    let all = PLACES.iter().map(|place| (*place).to_string()).chain(regions);
    let mut there: Vec<Place> = all
        .enumerate()
        .filter(|(i, _)| bits >> i & 1 == 1)
        .map(|(_, place)| Place::new(&place).expect("a place"))
        .collect();
    there.reverse();
    there
}

/// The region that a number chooses, or none.
pub fn region(n: u8) -> Region {
    match usize::from(n) % (REGIONS.len() + 1) {
        0 => Region::NONE,
        n => Region::new(REGIONS[n - 1]).expect("a region's code"),
    }
}
