//! What a line says. Articles mean nothing; numbers may have commas; a day begins at midnight, UTC.

use tallystick_rules::{Jurisdiction, Path, Place, ReasonCode, Source, Time, Topic, Units};

/// Something that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `today is 2026-07-15`, or `today is 2026-07-15 at 09:30`.
    Today(Time),
    /// `the market is in DE`.
    Market(Jurisdiction),
    /// `the market is gated`: only those who were let in see the security there.
    Gated,
    /// `the market is open to everybody`.
    Open,
    /// `the issuer has reported since 2025-01-01`.
    Reporting(Time),
    /// `information is current until 2027-01-01`.
    Informed(Time),
    /// `the issuer is a shell`.
    Shell,
    /// `the issuer is bankrupt`.
    Bankrupt,
    /// `a like class is listed`.
    LikeClassListed,
    /// `the weekly volume is 20,000 units`.
    WeeklyVolume(Units),
    /// `units are outstanding since 2025-01-01`.
    Outstanding(Time),
    /// `the distribution ended on 2026-01-01`: the later of first offer and closing.
    DistributionEnded(Time),
    /// `a blackout is from 2026-06-20 to 2026-07-20`, the latter day not included.
    Blackout(Time, Time),
    /// `reports are current until 2027-01-01`: those that the exemption of the offering asks for.
    Filed(Time),
    /// `the issuer is small until 2027-01-01`: small enough for its holders of record not to count.
    Small(Time),
    /// `a registered agent serves the class`, or `no registered agent serves the class`.
    Agent(bool),
    /// `there are 1,000,000 units`: what nobody is said to hold, one more person holds.
    Issued(Units),
    /// `100 units are approved beforehand`, or `100 units are approved until 2026-12-31`: that the buyer may buy them of the
    /// seller.
    Approved(Units, Time),
    /// Something about a person.
    Of(String, OfPerson),
    /// `1,998 others hold 1 unit each`.
    Others(u32, Units, Vec<Detail>),
}

/// Something that is so of a person: `the buyer`, `the seller`, or one with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfPerson {
    /// `the buyer is unknown`.
    Unknown,
    /// `the buyer is suspended`.
    Suspended,
    /// `the buyer is from US-NY`.
    From(Place),
    /// `the buyer is accredited until 2026-12-31`; without the end, for ever; `is not accredited`, or `nothing says that the
    /// buyer is accredited`, never.
    Claim(Topic, Time),
    /// `the buyer is the issuer`.
    Issuer,
    /// `the buyer is an affiliate`, or `was an affiliate until 2026-01-01`.
    Affiliate(Time),
    /// `the buyer controls the assets`.
    Controls,
    /// `the buyer is a benefit plan`, or `40 % of the buyer belongs to benefit plans`.
    Plan(u16),
    /// `the buyer is a fund of 40 owners`.
    Fund(u16),
    /// `Ann is of the seller's group`.
    Group(String),
    /// `the seller holds 100 units, acquired 2026-01-15 from the issuer, restricted`.
    Holds(Units, Vec<Detail>),
    /// `the buyer buys in the name of Broker`.
    BuysInNameOf(String),
    /// `Ann sold 100 units on 2026-05-01`.
    Sold(Units, Time),
}

/// What is so of units, or of those who hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// `acquired 2026-01-15 from the issuer`, `from an affiliate`, or `from a holder`.
    Acquired(Time, Source),
    /// `issued 2025-01-01`.
    Issued(Time),
    /// `restricted`.
    Restricted,
    /// `not paid in full`.
    NotPaid,
    /// `in the name of Broker`.
    InNameOf(String),
    /// `counted as accredited`: it was when it acquired them.
    CountedAsAccredited,
    /// `accredited`, of others.
    Accredited,
    /// `benefit plans`, of others.
    Plans,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `may trade up to 100`, `may trade 40 only`, `may trade 10 to 90`, `may trade multiples of 10 up to 90`, and several of
    /// them with `or`: these quantities and no others. Each is the first, the last and the step.
    Trades(Vec<[u64; 3]>),
    /// `refused: lock-up`.
    Refused(ReasonCode),
    /// `the buyer alone is refused: not accredited`, before the other side is known.
    AloneRefused(Side, ReasonCode),
    /// `the buyer alone may order up to 100`.
    Alone(Side, Units),
    /// `lots go under rule 144, unrestricted afterwards, held since 2026-01-15`.
    Lots {
        /// By which way.
        path: Path,
        /// Whether they are restricted afterwards, if that is said.
        restricted: Option<bool>,
        /// Since when they count as held afterwards, if that is said.
        since: Option<Time>,
    },
}

/// One side of a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who would acquire.
    Buyer,
    /// Who would part with.
    Seller,
}

impl Fact {
    /// Reads a line, or says what cannot be read.
    pub fn read(line: &str) -> Result<Fact, String> {
        let plain = plain(line);
        let mut clauses = plain.split(", ");
        let main = clauses.next().unwrap_or_default();
        let details = || clauses.map(detail).collect::<Result<Vec<_>, String>>();
        let of = |who: &str, what| Ok(Fact::Of(who.into(), what));
        let words: Vec<&str> = main.split(' ').collect();
        match words[..] {
            ["today", "is", on] => Ok(Fact::Today(day(on)?)),
            ["today", "is", on, "at", at] => Ok(Fact::Today(Time(day(on)?.0 + time(at)?))),
            ["market", "is", "in", country] => Ok(Fact::Market(
                Jurisdiction::new(country).ok_or_else(|| format!("{country:?} is no country"))?,
            )),
            ["market", "is", "gated"] => Ok(Fact::Gated),
            ["market", "is", "open", "to", "everybody"] => Ok(Fact::Open),
            ["issuer", "has", "reported", "since", on] => Ok(Fact::Reporting(day(on)?)),
            ["information", "is", "current", "until", on] => Ok(Fact::Informed(day(on)?)),
            ["issuer", "is", "shell"] => Ok(Fact::Shell),
            ["issuer", "is", "bankrupt"] => Ok(Fact::Bankrupt),
            ["like", "class", "is", "listed"] => Ok(Fact::LikeClassListed),
            ["weekly", "volume", "is", units, "units"] => Ok(Fact::WeeklyVolume(number(units).map(Units)?)),
            ["units", "are", "outstanding", "since", on] => Ok(Fact::Outstanding(day(on)?)),
            ["distribution", "ended", "on", on] => Ok(Fact::DistributionEnded(day(on)?)),
            ["blackout", "is", "from", from, "to", to] => Ok(Fact::Blackout(day(from)?, day(to)?)),
            ["reports", "are", "current", "until", on] => Ok(Fact::Filed(day(on)?)),
            ["issuer", "is", "small", "until", on] => Ok(Fact::Small(day(on)?)),
            ["registered", "agent", "serves", "class"] => Ok(Fact::Agent(true)),
            ["no", "registered", "agent", "serves", "class"] => Ok(Fact::Agent(false)),
            ["there", "are", units, "units"] => Ok(Fact::Issued(number(units).map(Units)?)),
            [units, "units", "are" | "is", "approved", "beforehand"] => {
                Ok(Fact::Approved(number(units).map(Units)?, Time::FOREVER))
            }
            [units, "units", "are" | "is", "approved", "until", on] => {
                Ok(Fact::Approved(number(units).map(Units)?, day(on)?))
            }
            [count, "others", "hold", units, "units", "each"] => {
                let count = u32::try_from(number(count)?).map_err(|error| error.to_string())?;
                Ok(Fact::Others(count, number(units).map(Units)?, details()?))
            }
            [who, "is", "unknown"] => of(who, OfPerson::Unknown),
            [who, "is", "suspended"] => of(who, OfPerson::Suspended),
            [who, "is", "from", place] => {
                let place = Place::new(place).ok_or_else(|| format!("{place:?} is no place"))?;
                of(who, OfPerson::From(place))
            }
            [who, "is", "issuer"] => of(who, OfPerson::Issuer),
            [who, "is", "affiliate"] => of(who, OfPerson::Affiliate(Time::FOREVER)),
            [who, "was", "affiliate", "until", on] => of(who, OfPerson::Affiliate(day(on)?)),
            [who, "controls", "assets"] => of(who, OfPerson::Controls),
            [who, "is", "benefit", "plan"] => of(who, OfPerson::Plan(10_000)),
            [percent, "%", "of", who, "belongs", "to", "benefit", "plans"] => {
                let bps = u16::try_from(number(percent)? * 100).map_err(|error| error.to_string())?;
                of(who, OfPerson::Plan(bps))
            }
            [who, "is", "fund", "of", count, "owners"] => {
                let owners = u16::try_from(number(count)?).map_err(|error| error.to_string())?;
                of(who, OfPerson::Fund(owners))
            }
            [who, "is", "of", whose, "group"] => {
                let whose = whose.strip_suffix("'s").ok_or_else(|| format!("whose group is {whose:?}?"))?;
                of(who, OfPerson::Group(whose.into()))
            }
            [who, "holds", units, "units"] => of(who, OfPerson::Holds(number(units).map(Units)?, details()?)),
            [who, "buys", "in", "name", "of", name] => of(who, OfPerson::BuysInNameOf(name.into())),
            [who, "sold", units, "units", "on", on] => {
                of(who, OfPerson::Sold(number(units).map(Units)?, day(on)?))
            }
            ["nothing", "says", "that", who, "is", ref claim @ ..] => {
                of(who, OfPerson::Claim(topic(claim)?, Time::NEVER))
            }
            [who, "is", "not", ref claim @ ..] => of(who, OfPerson::Claim(topic(claim)?, Time::NEVER)),
            [who, "is", ref claim @ .., "until", on] => of(who, OfPerson::Claim(topic(claim)?, day(on)?)),
            [who, "is", ref claim @ .., "until", on, "at", at] => {
                of(who, OfPerson::Claim(topic(claim)?, Time(day(on)?.0 + time(at)?)))
            }
            [who, "is", ref claim @ ..] => of(who, OfPerson::Claim(topic(claim)?, Time::FOREVER)),
            _ => Err(format!("{line:?} is no sentence that is known here")),
        }
    }
}

impl Answer {
    /// Reads what stands behind `then:`, or says what cannot be read.
    pub fn read(line: &str) -> Result<Answer, String> {
        let plain = plain(line);
        if let Some(reason) = plain.strip_prefix("refused: ") {
            return Ok(Answer::Refused(reason_of(reason)?));
        }
        for (name, side) in [("buyer", Side::Buyer), ("seller", Side::Seller)] {
            if let Some(reason) = plain.strip_prefix(&format!("{name} alone is refused: ")) {
                return Ok(Answer::AloneRefused(side, reason_of(reason)?));
            }
            if let Some(most) = plain.strip_prefix(&format!("{name} alone may order up to ")) {
                return Ok(Answer::Alone(side, Units(number(most)?)));
            }
        }
        if let Some(quantities) = plain.strip_prefix("may trade ") {
            let spans = quantities.split(" or ").map(|part| match part.split(' ').collect::<Vec<_>>()[..] {
                ["up", "to", most] => Ok([1, number(most)?, 1]),
                [only, "only"] => Ok([number(only)?, number(only)?, 1]),
                [least, "to", most] => Ok([number(least)?, number(most)?, 1]),
                ["multiples", "of", step, "up", "to", most] => {
                    let step = number(step)?;
                    Ok([step, number(most)?, step])
                }
                _ => Err(format!("{part:?} are no quantities")),
            });
            return Ok(Answer::Trades(spans.collect::<Result<_, _>>()?));
        }
        let Some(how) = plain.strip_prefix("lots go under ") else {
            return Err(format!("{line:?} is no answer that is known here"));
        };
        let mut clauses = how.split(", ");
        let path = path_of(clauses.next().unwrap_or_default())?;
        let (mut restricted, mut since) = (None, None);
        for clause in clauses {
            match clause.split(' ').collect::<Vec<_>>()[..] {
                ["restricted", "afterwards"] => restricted = Some(true),
                ["unrestricted", "afterwards"] => restricted = Some(false),
                ["held", "since", on] => since = Some(day(on)?),
                _ => return Err(format!("{clause:?} is nothing that lots can be afterwards")),
            }
        }
        Ok(Answer::Lots { path, restricted, since })
    }
}

/// The line without articles, and with units always in the plural.
fn plain(line: &str) -> String {
    let is_article = |word: &&str| !matches!(*word, "the" | "a" | "an" | "The" | "A" | "An");
    let words = line.split_whitespace().filter(is_article);
    let words = words.map(|word| match word {
        "unit" => "units",
        "unit," => "units,",
        word => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn detail(clause: &str) -> Result<Detail, String> {
    let source = |from| match from {
        "issuer" => Ok(Source::Issuer),
        "affiliate" => Ok(Source::Affiliate),
        "holder" => Ok(Source::Holder),
        _ => Err(format!("from {from:?} nothing is acquired")),
    };
    match clause.split(' ').collect::<Vec<_>>()[..] {
        ["acquired", on] => Ok(Detail::Acquired(day(on)?, Source::Issuer)),
        ["acquired", on, "from", from] => Ok(Detail::Acquired(day(on)?, source(from)?)),
        ["issued", on] => Ok(Detail::Issued(day(on)?)),
        ["restricted"] => Ok(Detail::Restricted),
        ["not", "paid", "in", "full"] => Ok(Detail::NotPaid),
        ["in", "name", "of", name] => Ok(Detail::InNameOf(name.into())),
        ["counted", "as", "accredited"] => Ok(Detail::CountedAsAccredited),
        ["accredited"] => Ok(Detail::Accredited),
        ["benefit", "plans"] => Ok(Detail::Plans),
        _ => Err(format!("{clause:?} is nothing that units can be")),
    }
}

fn topic(words: &[&str]) -> Result<Topic, String> {
    Ok(match words {
        ["verified"] => Topic::Verified,
        ["accredited"] => Topic::Accredited,
        ["qualified", "institutional", "buyer"] => Topic::QualifiedInstitutionalBuyer,
        ["qualified", "purchaser"] => Topic::QualifiedPurchaser,
        ["no", "US", "person"] => Topic::NonUsPerson,
        ["screened"] => Topic::Screened,
        ["no", "bad", "actor"] => Topic::GoodActor,
        _ => return Err(format!("{:?} is nothing that can be claimed", words.join(" "))),
    })
}

fn path_of(words: &str) -> Result<Path, String> {
    Ok(match words {
        "no exemption in particular" => Path::Plain,
        "rule 144" => Path::Rule144,
        "section 4(a)(7)" => Path::Section4a7,
        "rule 144A" => Path::Rule144a,
        "regulation S" => Path::RegS,
        "regulation CF" => Path::RegCf,
        "registration" => Path::Free,
        _ => return Err(format!("{words:?} is no way that lots go")),
    })
}

/// What reasons are called in tables.
pub const REASONS: [(&str, ReasonCode); 28] = [
    ("no rules", ReasonCode::NoRules),
    ("registry stale", ReasonCode::RegistryStale),
    ("unknown", ReasonCode::IdentityUnknown),
    ("suspended", ReasonCode::IdentitySuspended),
    ("not verified", ReasonCode::IdentityLapsed),
    ("place", ReasonCode::Jurisdiction),
    ("not accredited", ReasonCode::NotAccredited),
    ("conditions", ReasonCode::TransferRestricted),
    ("lock-up", ReasonCode::LockUp),
    ("holders", ReasonCode::HolderCap),
    ("same owner", ReasonCode::OwnerUnchanged),
    ("no qualified institutional buyer", ReasonCode::NotInstitutional),
    ("no qualified purchaser", ReasonCode::NotPurchaser),
    ("US person", ReasonCode::UsPerson),
    ("not screened", ReasonCode::NotScreened),
    ("bad actor", ReasonCode::BadActor),
    ("affiliate", ReasonCode::Affiliate),
    ("no exemption", ReasonCode::NoWay),
    ("disclosure", ReasonCode::Disclosure),
    ("market", ReasonCode::Market),
    ("too much owned", ReasonCode::Concentration),
    ("too little left", ReasonCode::MinimumHolding),
    ("denomination", ReasonCode::Denomination),
    ("benefit plans", ReasonCode::BenefitPlans),
    ("volume", ReasonCode::Volume),
    ("velocity", ReasonCode::Velocity),
    ("not approved", ReasonCode::NotApproved),
    ("headroom", ReasonCode::Headroom),
];

fn reason_of(words: &str) -> Result<ReasonCode, String> {
    let known = REASONS.iter().find(|(name, _)| *name == words);
    known.map(|(_, code)| *code).ok_or_else(|| format!("{words:?} is no reason"))
}

fn number(text: &str) -> Result<u64, String> {
    text.replace(',', "").parse().map_err(|_| format!("{text:?} is no number"))
}

fn day(text: &str) -> Result<Time, String> {
    let date: jiff::civil::Date =
        text.parse().map_err(|_| format!("{text:?} is no day, as 2026-07-15 is"))?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
    u64::try_from(at.timestamp().as_nanosecond()).map(Time).map_err(|error| error.to_string())
}

fn time(text: &str) -> Result<u64, String> {
    let (hours, minutes) = text.split_once(':').ok_or_else(|| format!("{text:?} is no time, as 09:30 is"))?;
    Ok((number(hours)? * 60 + number(minutes)?) * 60 * 1_000_000_000)
}
