//! x
#![allow(missing_docs)]
#[path = "../tests/common/mod.rs"]
mod common;
use common::*;
use tallystick_ledger::execute::*;
use tallystick_ledger::instruction::*;
use tallystick_ledger::keys::Signature;
use tallystick_ledger::names::Height;
use tallystick_ledger::receipt::*;
use tallystick_rules::*;
use std::time::Instant;
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut m = Market::with_rules(vec![Rule::Person { who: Who::Both, must: Condition::IdentityValid }]);
    // n sellers and buyers
    let mut subs = vec![];
    for i in 0..2*n { subs.push(m.world.direct(Operation::Register { key: key("ann").public(), handle: hash(1<<40|i as u64) }, &["kyc"])); }
    for c in subs.chunks(4096) { m.world.run(c.to_vec()); }
    let mut subs = vec![];
    for i in 0..2*n { let investor = InvestorId(5+i as u32); for v in [ClaimValue::Verified, ClaimValue::ResidentOf(Jurisdiction::new("US").unwrap())] { subs.push(m.world.direct(Operation::Attest{investor, claim: claim(v)}, &["kyc"])); }
      subs.push(m.world.direct(Operation::OpenAccount{record_holder: investor, beneficial_owner: investor}, &["custodian"])); }
    for c in subs.chunks(4096) { m.world.run(c.to_vec()); }
    let mut subs = vec![];
    let exp = m.world.head.height.plus(1_000);
    let acc = |i: usize| AccountId(5+i as u32);
    let (sale, purchase) = (m.sale(), m.purchase());
    let ids: Vec<usize> = (0..n).collect();
    for c in ids.chunks(4000) { let opening = c.iter().map(|i| Opening{account: acc(*i), units: Units(1000), acquired: ACQUIRED}).collect();
        subs.push(m.world.direct(Operation::IssueMore{security: m.security, opening}, &["issuer","registrar"])); }
    for i in 0..n { subs.push(m.world.direct(Operation::MintCash{cash: m.cash, account: acc(n+i), amount: Money(1_000_000)}, &["bank"]));
        subs.push(m.world.direct(Operation::Allocate(Allocate{account: acc(i), expiry: exp, ..sale}), &["custodian"]));
        subs.push(m.world.direct(Operation::Allocate(Allocate{account: acc(n+i), expiry: exp, most: 1_000_000, ..purchase}), &["custodian"])); }
    for c in subs.chunks(4096) { let r = m.world.run(c.to_vec()); let bad = r.iter().filter(|r| matches!(r.outcome, Outcome::Refused(_))).count(); assert_eq!(bad, 0, "{:?}", r[0]); }
    let head = m.world.head;
    let mut t0 = std::time::Duration::ZERO; let mut done = 0; let mut total=0;
    for b in 0..20u64 {
        let head = m.world.head;
        let transfers: Vec<Transfer> = (0..1000u64).map(|k| { let i = ((b*1000+k)*7919 % n as u64) as usize; let mut t = m.transfer();
            t.seller = acc(i); t.buyer = acc(n+(i*31+7)%n); t.units = Units(1); t.lots[0].units = Units(1); t.money = Money(1000); t.legs[0].amount = Money(1); t.legs[1].amount=Money(1);
            t.traded = head.time; t.pinned = head.height; t.expiry = Height(head.height.0+5); t}).collect();
        let batch = Submission::Batch(Batch{chain: m.world.chain, venue: venue(VENUE), shard:0, journal_epoch:1, transfers, key: key(VENUE).public(), signature: Signature([0;64])});
        let at = At{height: head.height.next(), time: Time(head.time.0+SECOND)};
        let s = [batch];
        let t = Instant::now();
        let e = execute(&m.world.state, &m.world.genesis, m.world.chain, at, &s);
        t0 += t.elapsed();
        done += e.receipts.iter().filter(|r| matches!(r.outcome, Outcome::Done(_))).count(); total += 1000;
        if b==0 { if let Some(r) = e.receipts.iter().find(|r| matches!(r.outcome, Outcome::Refused(_))) { println!("{r:?}"); } }
        m.world.state.apply(e.changes); m.world.head = at;
    }
    let _ = head;
    println!("{done}/{total} done, {:?}, {:.1} us each", t0, t0.as_secs_f64()*1e6/total as f64);
}
