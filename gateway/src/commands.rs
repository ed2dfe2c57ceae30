//! Clients' messages as commands.

use tallystick_engine::command::{
    CancelOrder, Command, From, NewOrder, OrderRef, RefusedMessage, ReplaceOrder,
};
use tallystick_engine::crosses::{CrossSide, NewCross};
use tallystick_engine::mass::{MassCancel, MassFilter};
use tallystick_engine::quotes::{
    MassQuote, ProtectionLimits, QuoteCancel, QuoteEntry, QuoteProtection, QuoteSide,
};
use tallystick_engine::reject::MessageFault;
use tallystick_engine::risk::{CashLimit, Limits, OrderRate, PartyAction, RiskScope, SetRisk};
use tallystick_engine::types::{
    AccountId, CashId, ClOrdId, FirmId, Instructions, Minimum, Money, OrdType, Peg, PegTo, PostOnly, Price,
    Scope, SecurityId, SelfTrade, SelfTradeAction, SessionId, Side, TimeInForce, Units,
};
use tallystick_wire as wire;
use tallystick_wire::{BusinessFault, BusinessHeader, FieldFault, Message};

/// The command that an application message asks for; where an order's instructions can't be said to the engine at all,
/// the one that refuses the message. Whether they go together, and with the order, is the engine's to judge.
///
/// # Panics
/// If it is a session message, or one that only the venue sends: the session layer lets neither through.
pub fn command(message: &Message) -> Command {
    match message {
        Message::NewOrderSingle(m) => match instructions(m) {
            Ok(instructions) => Command::New(NewOrder {
                from: from(&m.header),
                clordid: ClOrdId(*m.cl_ord_id.as_padded()),
                account: AccountId(m.account),
                security: SecurityId(m.security_id),
                side: side(m.side),
                ord_type: ord_type(m.ord_type),
                time_in_force: time_in_force(m.time_in_force),
                price: price(m.price),
                quantity: Units(m.order_qty),
                instructions,
            }),
            Err((tag, fault)) => refused(message, &m.header, tag, fault),
        },
        Message::OrderCancelReplaceRequest(m) => Command::Replace(ReplaceOrder {
            from: from(&m.header),
            order: order_ref(m.cl_ord_id, m.orig_cl_ord_id, m.account, m.security_id, m.side),
            price: Price(m.price.mantissa()),
            quantity: Units(m.order_qty),
            stop_price: price(m.stop_px),
        }),
        Message::OrderCancelRequest(m) => Command::Cancel(CancelOrder {
            from: from(&m.header),
            order: order_ref(m.cl_ord_id, m.orig_cl_ord_id, m.account, m.security_id, m.side),
        }),
        Message::MassQuote(m) => match quote_entries(m) {
            Ok(entries) => Command::MassQuote(MassQuote {
                from: from(&m.header),
                quote_id: ClOrdId(*m.quote_id.as_padded()),
                account: AccountId(m.account),
                entries,
            }),
            Err((tag, fault)) => refused(message, &m.header, tag, fault),
        },
        Message::QuoteCancel(m) => Command::QuoteCancel(QuoteCancel {
            from: from(&m.header),
            request: ClOrdId(*m.quote_msg_id.as_padded()),
            account: AccountId(m.account),
            security: m.security_id.map(SecurityId),
        }),
        Message::QuoteProtectionRequest(m) => match protection(m) {
            Ok(limits) => Command::QuoteProtection(QuoteProtection {
                from: from(&m.header),
                request: ClOrdId(*m.quote_msg_id.as_padded()),
                account: AccountId(m.account),
                limits,
            }),
            Err((tag, fault)) => refused(message, &m.header, tag, fault),
        },
        Message::OrderMassActionRequest(m) => Command::MassCancel(MassCancel {
            from: from(&m.header),
            clordid: ClOrdId(*m.cl_ord_id.as_padded()),
            filter: MassFilter {
                session: m.target_session_id.map(SessionId),
                firm: m.target_firm_id.map(FirmId),
                account: m.account.map(AccountId),
                security: m.security_id.map(SecurityId),
                side: m.side.map(side),
            },
        }),
        Message::PartyRiskLimitsDefinitionRequest(m) => match limits(m) {
            Ok(limits) => Command::SetRisk(SetRisk {
                from: from(&m.header),
                request: ClOrdId(*m.risk_limit_request_id.as_padded()),
                scope: scope(m.risk_limit_scope, m.risk_limit_scope_id),
                limits,
            }),
            Err((tag, fault)) => refused(message, &m.header, tag, fault),
        },
        Message::NewOrderCross(m) => match cross(m) {
            Ok(cross) => Command::NewCross(cross),
            Err((tag, fault)) => refused(message, &m.header, tag, fault),
        },
        Message::PartyActionRequest(m) => Command::PartyAction(PartyAction {
            from: from(&m.header),
            request: ClOrdId(*m.party_action_request_id.as_padded()),
            scope: scope(m.risk_limit_scope, m.risk_limit_scope_id),
            block: m.party_action_type == wire::PartyActionType::Suspend,
        }),
        other => panic!("{} is no request of a client", other.layout().name),
    }
}

fn refused(message: &Message, header: &BusinessHeader, tag: u16, fault: MessageFault) -> Command {
    let template = message.layout().template_id;
    Command::Refuse(RefusedMessage { from: from(header), template, tag, fault })
}

/// The command that refuses a message which is wrong in a field.
pub fn refusal(fault: &BusinessFault) -> Command {
    let kind = match fault.fault {
        FieldFault::ReservedBit { .. } => MessageFault::ReservedBit,
        FieldFault::Null | FieldFault::Nought => MessageFault::RequiredFieldNull,
        FieldFault::NotAscii | FieldFault::TooLong => MessageFault::Text,
        FieldFault::InvalidEnum { .. } | FieldFault::TooMany => MessageFault::InvalidValue,
    };
    Command::Refuse(RefusedMessage {
        from: From { session: SessionId(fault.session_id), number: fault.msg_seq_num },
        template: fault.template_id,
        tag: fault.ref_tag,
        fault: kind,
    })
}

/// What an order asks beyond its price and quantity; else the tag of the field at fault, and what is wrong.
fn instructions(m: &wire::NewOrderSingle) -> Result<Instructions, (u16, MessageFault)> {
    Ok(Instructions {
        stop_price: price(m.stop_px),
        peg: peg(m)?,
        expire_date: m.expire_date,
        display_qty: m.display_qty.map(Units),
        minimum: minimum(m)?,
        post_only: match (m.exec_inst.participate_dont_initiate, m.exec_inst.slide) {
            (true, false) => Some(PostOnly::Reject),
            (true, true) => Some(PostOnly::Slide),
            (false, false) => None,
            // Only what never takes can slide.
            (false, true) => return Err((EXEC_INST, MessageFault::InvalidValue)),
        },
        self_trade: self_trade(m)?,
    })
}

const EXEC_INST: u16 = 18;
const MIN_QTY: u16 = 110;
const PEG_PRICE_TYPE: u16 = 1094;
const MIN_QTY_METHOD: u16 = 1822;
const SELF_MATCH_PREVENTION_ID: u16 = 2362;
const SELF_MATCH_PREVENTION_INSTRUCTION: u16 = 2964;
const SELF_MATCH_PREVENTION_SCOPE: u16 = 20_023;

fn peg(m: &wire::NewOrderSingle) -> Result<Option<Peg>, (u16, MessageFault)> {
    let to = match m.peg_price_type {
        Some(wire::PegPriceType::MidPricePeg) => PegTo::Midpoint,
        Some(wire::PegPriceType::MarketPeg) => PegTo::Market,
        Some(wire::PegPriceType::PrimaryPeg) => PegTo::Primary,
        Some(wire::PegPriceType::TrailingStopPeg) => PegTo::Trailing,
        None if m.peg_offset_value.is_some() => {
            return Err((PEG_PRICE_TYPE, MessageFault::RequiredFieldNull));
        }
        None => return Ok(None),
    };
    Ok(Some(Peg { to, offset: price(m.peg_offset_value).unwrap_or(Price(0)) }))
}

fn minimum(m: &wire::NewOrderSingle) -> Result<Option<Minimum>, (u16, MessageFault)> {
    let minimum = match (m.min_qty, m.min_qty_method) {
        (None, None) => return Ok(m.exec_inst.all_or_none.then_some(Minimum::All)),
        (Some(units), Some(wire::MinQtyMethod::Once)) => Minimum::Once(Units(units)),
        (Some(units), Some(wire::MinQtyMethod::Multiple)) => Minimum::Each(Units(units)),
        (Some(_), None) => return Err((MIN_QTY_METHOD, MessageFault::RequiredFieldNull)),
        (None, Some(_)) => return Err((MIN_QTY, MessageFault::RequiredFieldNull)),
    };
    // All or none is a minimum too, and an order has one.
    if m.exec_inst.all_or_none { Err((EXEC_INST, MessageFault::InvalidValue)) } else { Ok(Some(minimum)) }
}

fn self_trade(m: &wire::NewOrderSingle) -> Result<Option<SelfTrade>, (u16, MessageFault)> {
    use wire::{SelfMatchPreventionInstruction as I, SelfMatchPreventionScope as S};
    let scope = match (m.self_match_prevention_scope, m.self_match_prevention_id) {
        (Some(S::Firm), None) => Some(Scope::Firm),
        (Some(S::Group), Some(id)) => Some(Scope::Group(id)),
        (Some(S::Owner), None) => Some(Scope::Owner),
        (None, None) => None,
        (Some(S::Group), None) => return Err((SELF_MATCH_PREVENTION_ID, MessageFault::RequiredFieldNull)),
        // A number is of a group.
        (Some(S::Firm | S::Owner), Some(_)) => {
            return Err((SELF_MATCH_PREVENTION_ID, MessageFault::InvalidValue));
        }
        (None, Some(_)) => return Err((SELF_MATCH_PREVENTION_SCOPE, MessageFault::RequiredFieldNull)),
    };
    let action = m.self_match_prevention_instruction.map(|instruction| match instruction {
        I::CancelNewest => SelfTradeAction::CancelNewest,
        I::CancelOldest => SelfTradeAction::CancelOldest,
        I::CancelBoth => SelfTradeAction::CancelBoth,
        I::DecrementAndCancel => SelfTradeAction::Decrement,
    });
    match (scope, action) {
        (Some(scope), Some(action)) => Ok(Some(SelfTrade { scope, action })),
        (None, None) => Ok(None),
        (Some(_), None) => Err((SELF_MATCH_PREVENTION_INSTRUCTION, MessageFault::RequiredFieldNull)),
        (None, Some(_)) => Err((SELF_MATCH_PREVENTION_SCOPE, MessageFault::RequiredFieldNull)),
    }
}

const NO_SIDES: u16 = 552;

/// The two orders of a cross, in whichever order they come: one that buys, one that sells.
fn cross(m: &wire::NewOrderCross) -> Result<NewCross, (u16, MessageFault)> {
    let of = |wanted| {
        let mut all = m.sides.iter().filter(|side| side.side == wanted);
        let found = all.next().ok_or((NO_SIDES, MessageFault::RequiredFieldNull))?;
        match all.next() {
            None => Ok(CrossSide {
                clordid: ClOrdId(*found.cl_ord_id.as_padded()),
                account: AccountId(found.account),
            }),
            Some(_) => Err((NO_SIDES, MessageFault::InvalidValue)),
        }
    };
    Ok(NewCross {
        from: from(&m.header),
        security: SecurityId(m.security_id),
        price: Price(m.price.mantissa()),
        quantity: Units(m.order_qty),
        prioritized: match m.cross_prioritization {
            wire::CrossPrioritization::None | wire::CrossPrioritization::Buy => Side::Buy,
            wire::CrossPrioritization::Sell => Side::Sell,
        },
        buy: of(wire::Side::Buy)?,
        sell: of(wire::Side::Sell)?,
    })
}

const BID_PX: u16 = 132;
const OFFER_PX: u16 = 133;
const BID_SIZE: u16 = 134;
const OFFER_SIZE: u16 = 135;
const NO_QUOTE_ENTRIES: u16 = 295;
const PROTECTION_WINDOW: u16 = 20_070;
const PROTECTION_EXECUTIONS: u16 = 20_071;
const PROTECTION_VALUE: u16 = 20_073;

fn quote_entries(m: &wire::MassQuote) -> Result<Vec<QuoteEntry>, (u16, MessageFault)> {
    if m.entries.is_empty() {
        return Err((NO_QUOTE_ENTRIES, MessageFault::RequiredFieldNull));
    }
    let entry = |entry: &wire::QuoteEntry| {
        let bid = quote_side(entry.bid_px, entry.bid_size, (BID_PX, BID_SIZE))?;
        let offer = quote_side(entry.offer_px, entry.offer_size, (OFFER_PX, OFFER_SIZE))?;
        Ok(QuoteEntry { security: SecurityId(entry.security_id), sides: [bid, offer] })
    };
    m.entries.iter().map(entry).collect()
}

fn quote_side(
    at: Option<wire::Price8>,
    size: Option<u64>,
    (price_tag, size_tag): (u16, u16),
) -> Result<Option<QuoteSide>, (u16, MessageFault)> {
    match (price(at), size) {
        (None, None) => Ok(None),
        // Of a side that is withdrawn it is not looked at.
        (at, Some(0)) => Ok(Some(QuoteSide { price: at.unwrap_or(Price(0)), size: Units(0) })),
        (Some(price), Some(size)) => Ok(Some(QuoteSide { price, size: Units(size) })),
        (None, Some(_)) => Err((price_tag, MessageFault::RequiredFieldNull)),
        (Some(_), None) => Err((size_tag, MessageFault::RequiredFieldNull)),
    }
}

fn protection(m: &wire::QuoteProtectionRequest) -> Result<Option<ProtectionLimits>, (u16, MessageFault)> {
    let (units, value) = (m.protection_units, m.protection_value);
    match (m.protection_window, m.protection_executions) {
        (None, None) if units.is_none() && value.is_none() => Ok(None),
        (None, _) => Err((PROTECTION_WINDOW, MessageFault::RequiredFieldNull)),
        (Some(_), None) => Err((PROTECTION_EXECUTIONS, MessageFault::RequiredFieldNull)),
        (Some(window_ns), Some(executions)) => {
            let money = |value| i64::try_from(value).map(Money);
            let value = value.map(money).transpose();
            let value = value.map_err(|_| (PROTECTION_VALUE, MessageFault::InvalidValue))?;
            Ok(Some(ProtectionLimits { window_ns, executions, units: units.map(Units), value }))
        }
    }
}

const LIST_UPDATE_ACTION: u16 = 1324;
const RISK_LIMIT_AMOUNT: u16 = 1531;
const ORDER_RATE_COUNT: u16 = 20_035;
const ORDER_RATE_WINDOW: u16 = 20_036;

/// Which limits are to be in force, if any; else the tag of the field at fault, and what is wrong.
fn limits(m: &wire::PartyRiskLimitsDefinitionRequest) -> Result<Option<Limits>, (u16, MessageFault)> {
    let amounts = |kind| {
        let of_kind = m.risk_limit_types.iter().filter(move |amount| amount.risk_limit_type == kind);
        let limit = |amount: &wire::RiskLimitAmount| {
            let most = i64::try_from(amount.risk_limit_amount);
            let most = Money(most.map_err(|_| (RISK_LIMIT_AMOUNT, MessageFault::InvalidValue))?);
            Ok(CashLimit { cash: CashId(amount.risk_limit_currency), most })
        };
        of_kind.map(limit).collect::<Result<Vec<_>, (u16, MessageFault)>>()
    };
    let limits = Limits {
        credit: amounts(wire::RiskLimitType::CreditLimit)?,
        order_value: amounts(wire::RiskLimitType::MaxNotionalOrderSize)?,
        order_quantity: m.order_qty_limit.map(Units),
        order_rate: match (m.order_rate_count, m.order_rate_window) {
            (Some(count), Some(window_ns)) => Some(OrderRate { count, window_ns }),
            (None, None) => None,
            (Some(_), None) => return Err((ORDER_RATE_WINDOW, MessageFault::RequiredFieldNull)),
            (None, Some(_)) => return Err((ORDER_RATE_COUNT, MessageFault::RequiredFieldNull)),
        },
        duplicate_window_ns: m.duplicate_window,
        collar_bps: m.collar_bps,
        restricted: m.restricted_securities.iter().map(|entry| SecurityId(entry.security_id)).collect(),
    };
    match m.list_update_action {
        wire::ListUpdateAction::Modify => Ok(Some(limits)),
        wire::ListUpdateAction::Delete if limits == Limits::default() => Ok(None),
        // Whoever states limits hardly means that there be none.
        wire::ListUpdateAction::Delete => Err((LIST_UPDATE_ACTION, MessageFault::InvalidValue)),
    }
}

fn scope(scope: wire::RiskLimitScope, number: u32) -> RiskScope {
    match scope {
        wire::RiskLimitScope::Firm => RiskScope::Firm(FirmId(number)),
        wire::RiskLimitScope::Session => RiskScope::Session(SessionId(number)),
        wire::RiskLimitScope::Account => RiskScope::Account(AccountId(number)),
    }
}

fn price(price: Option<wire::Price8>) -> Option<Price> {
    price.map(|p| Price(p.mantissa()))
}

fn ord_type(ord_type: wire::OrdType) -> OrdType {
    match ord_type {
        wire::OrdType::Market => OrdType::Market,
        wire::OrdType::Limit => OrdType::Limit,
        wire::OrdType::Stop => OrdType::Stop,
        wire::OrdType::StopLimit => OrdType::StopLimit,
        wire::OrdType::MarketToLimit => OrdType::MarketToLimit,
        wire::OrdType::Pegged => OrdType::Pegged,
    }
}

fn time_in_force(time_in_force: wire::TimeInForce) -> TimeInForce {
    match time_in_force {
        wire::TimeInForce::Day => TimeInForce::Day,
        wire::TimeInForce::GoodTillCancel => TimeInForce::GoodTillCancel,
        wire::TimeInForce::AtTheOpening => TimeInForce::AtTheOpening,
        wire::TimeInForce::ImmediateOrCancel => TimeInForce::ImmediateOrCancel,
        wire::TimeInForce::FillOrKill => TimeInForce::FillOrKill,
        wire::TimeInForce::GoodTillDate => TimeInForce::GoodTillDate,
        wire::TimeInForce::AtTheClose => TimeInForce::AtTheClose,
        wire::TimeInForce::GoodForAuction => TimeInForce::GoodForAuction,
    }
}

fn from(header: &BusinessHeader) -> From {
    From { session: SessionId(header.session_id), number: header.msg_seq_num }
}

fn order_ref(
    clordid: wire::ClOrdId,
    original: wire::ClOrdId,
    account: u32,
    security: u32,
    at: wire::Side,
) -> OrderRef {
    OrderRef {
        clordid: ClOrdId(*clordid.as_padded()),
        original: ClOrdId(*original.as_padded()),
        account: AccountId(account),
        security: SecurityId(security),
        side: side(at),
    }
}

fn side(side: wire::Side) -> Side {
    match side {
        wire::Side::Buy => Side::Buy,
        wire::Side::Sell => Side::Sell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tallystick_wire::{
        ExecInst, MinQtyMethod, NewOrderSingle, PegPriceType, SelfMatchPreventionInstruction,
        SelfMatchPreventionScope,
    };

    fn plain() -> NewOrderSingle {
        let header =
            BusinessHeader { session_id: 7, msg_seq_num: 42, sending_time: 1, possible_resend: false };
        let price = wire::Price8::from_mantissa(500_000_000).unwrap();
        NewOrderSingle::day_limit(header, "A".parse().unwrap(), 1001, 55, wire::Side::Buy, price, 10)
    }

    fn ordered(message: NewOrderSingle) -> NewOrder {
        match command(&message.into()) {
            Command::New(order) => order,
            other => panic!("{other:?}"),
        }
    }

    fn asked(message: NewOrderSingle) -> Instructions {
        ordered(message).instructions
    }

    /// Tag and fault of the refusal.
    fn refused(message: NewOrderSingle) -> (u16, MessageFault) {
        match command(&message.into()) {
            Command::Refuse(RefusedMessage { from, template: 100, tag, fault }) => {
                assert_eq!((from.session, from.number), (SessionId(7), 42), "its number is used");
                (tag, fault)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_order_that_asks_nothing_has_no_instructions() {
        assert_eq!(asked(plain()), Instructions::default());
    }

    #[test]
    fn types_and_times_in_force_keep_their_values() {
        for &(_, value) in wire::OrdType::VALUES {
            let ord_type = wire::OrdType::from_value(value).unwrap();
            assert_eq!(ordered(NewOrderSingle { ord_type, ..plain() }).ord_type as u8, value);
        }
        for &(_, value) in wire::TimeInForce::VALUES {
            let time_in_force = wire::TimeInForce::from_value(value).unwrap();
            assert_eq!(ordered(NewOrderSingle { time_in_force, ..plain() }).time_in_force as u8, value);
        }
    }

    #[test]
    fn each_instruction_reaches_the_engine() {
        let [at, offset] = [700_000_000, -1_000_000].map(wire::Price8::from_mantissa);
        let asks = NewOrderSingle {
            stop_px: at,
            peg_price_type: Some(PegPriceType::PrimaryPeg),
            peg_offset_value: offset,
            expire_date: Some(20_261_231),
            display_qty: Some(0),
            min_qty: Some(0),
            min_qty_method: Some(MinQtyMethod::Multiple),
            exec_inst: ExecInst { participate_dont_initiate: true, ..ExecInst::NONE },
            self_match_prevention_instruction: Some(SelfMatchPreventionInstruction::CancelBoth),
            self_match_prevention_scope: Some(SelfMatchPreventionScope::Group),
            self_match_prevention_id: Some(0),
            ..plain()
        };
        let all = Instructions {
            stop_price: Some(Price(700_000_000)),
            peg: Some(Peg { to: PegTo::Primary, offset: Price(-1_000_000) }),
            expire_date: Some(20_261_231),
            display_qty: Some(Units(0)),
            minimum: Some(Minimum::Each(Units(0))),
            post_only: Some(PostOnly::Reject),
            self_trade: Some(SelfTrade { scope: Scope::Group(0), action: SelfTradeAction::CancelBoth }),
        };
        assert_eq!(asked(asks), all, "whether it makes sense is the engine's to judge");

        let pegs = PegPriceType::VALUES.iter().map(|&(_, value)| {
            let peg_price_type = PegPriceType::from_value(value);
            (asked(NewOrderSingle { peg_price_type, ..plain() }).peg.unwrap(), value)
        });
        for (Peg { to, offset }, value) in pegs {
            assert_eq!((to as u8, offset), (value, Price(0)), "an offset that is left out is nought");
        }
        let once = NewOrderSingle { min_qty: Some(3), min_qty_method: Some(MinQtyMethod::Once), ..plain() };
        assert_eq!(asked(once).minimum, Some(Minimum::Once(Units(3))));
        let bits = |bits| NewOrderSingle { exec_inst: ExecInst::from_bits(bits).unwrap(), ..plain() };
        assert_eq!(asked(bits(3)).post_only, Some(PostOnly::Slide));
        assert_eq!(asked(bits(4)).minimum, Some(Minimum::All));
        for &(_, value) in SelfMatchPreventionInstruction::VALUES {
            for (scope, to) in [
                (SelfMatchPreventionScope::Firm, Scope::Firm),
                (SelfMatchPreventionScope::Owner, Scope::Owner),
            ] {
                let own = NewOrderSingle {
                    self_match_prevention_instruction: SelfMatchPreventionInstruction::from_value(value),
                    self_match_prevention_scope: Some(scope),
                    ..plain()
                };
                let own = asked(own).self_trade.unwrap();
                assert_eq!((own.scope, own.action as u8), (to, value));
            }
        }
    }

    #[test]
    fn what_the_engine_has_no_words_for_is_refused_with_the_field_s_tag() {
        use MessageFault::{InvalidValue, RequiredFieldNull};
        let bits = |bits| NewOrderSingle { exec_inst: ExecInst::from_bits(bits).unwrap(), ..plain() };
        let offset = NewOrderSingle { peg_offset_value: plain().price, ..plain() };
        assert_eq!(refused(offset), (1094, RequiredFieldNull));
        assert_eq!(refused(bits(2)), (18, InvalidValue), "only what never takes can slide");
        assert_eq!(refused(NewOrderSingle { min_qty: Some(3), ..plain() }), (1822, RequiredFieldNull));
        for min_qty_method in [Some(MinQtyMethod::Once), Some(MinQtyMethod::Multiple)] {
            assert_eq!(refused(NewOrderSingle { min_qty_method, ..plain() }), (110, RequiredFieldNull));
            let both = NewOrderSingle { min_qty: Some(3), min_qty_method, ..bits(4) };
            assert_eq!(refused(both), (18, InvalidValue), "all or none is a minimum too");
        }
        let own = |instruction, scope, id| NewOrderSingle {
            self_match_prevention_instruction: instruction,
            self_match_prevention_scope: scope,
            self_match_prevention_id: id,
            ..plain()
        };
        let newest = Some(SelfMatchPreventionInstruction::CancelNewest);
        let [firm, group, owner] = [
            SelfMatchPreventionScope::Firm,
            SelfMatchPreventionScope::Group,
            SelfMatchPreventionScope::Owner,
        ]
        .map(Some);
        assert_eq!(refused(own(newest, None, None)), (20_023, RequiredFieldNull));
        assert_eq!(refused(own(newest, None, Some(1))), (20_023, RequiredFieldNull));
        assert_eq!(refused(own(None, None, Some(1))), (20_023, RequiredFieldNull));
        assert_eq!(refused(own(newest, group, None)), (2362, RequiredFieldNull));
        assert_eq!(refused(own(newest, firm, Some(1))), (2362, InvalidValue), "a number is of a group");
        assert_eq!(refused(own(newest, owner, Some(1))), (2362, InvalidValue));
        assert_eq!(refused(own(None, group, Some(1))), (2964, RequiredFieldNull));
    }

    fn quotes(entries: Vec<wire::QuoteEntry>) -> Command {
        let header = plain().header;
        command(&wire::MassQuote { header, quote_id: "Q".parse().unwrap(), account: 7, entries }.into())
    }

    const NOTHING: wire::QuoteEntry =
        wire::QuoteEntry { security_id: 55, bid_px: None, bid_size: None, offer_px: None, offer_size: None };

    #[test]
    fn each_side_of_a_quote_is_stated_withdrawn_or_left() {
        let entry = wire::QuoteEntry {
            bid_px: wire::Price8::from_mantissa(500_000_000),
            bid_size: Some(30),
            offer_size: Some(0),
            ..NOTHING
        };
        let Command::MassQuote(quote) = quotes(vec![entry, NOTHING]) else { panic!("quotes") };
        let bid = Some(QuoteSide { price: Price(500_000_000), size: Units(30) });
        let gone = Some(QuoteSide { price: Price(0), size: Units(0) });
        let sides: Vec<_> = quote.entries.iter().map(|entry| entry.sides).collect();
        assert_eq!(sides, [[bid, gone], [None, None]], "whether that makes sense is the engine's to judge");
        assert_eq!((quote.account, quote.from.number), (AccountId(7), 42));
    }

    #[test]
    fn quotes_that_can_t_be_said_to_the_engine_are_refused_with_the_field_at_fault() {
        let price = wire::Price8::from_mantissa(500_000_000);
        let cases = [
            (vec![], 295),
            (vec![NOTHING, wire::QuoteEntry { bid_px: price, ..NOTHING }], 134),
            (vec![wire::QuoteEntry { bid_size: Some(1), ..NOTHING }], 132),
            (vec![wire::QuoteEntry { offer_px: price, ..NOTHING }], 135),
            (vec![wire::QuoteEntry { offer_size: Some(1), ..NOTHING }], 133),
        ];
        for (entries, expected) in cases {
            let Command::Refuse(RefusedMessage { template: 110, tag, fault, .. }) = quotes(entries) else {
                panic!("{expected}")
            };
            assert_eq!((tag, fault), (expected, MessageFault::RequiredFieldNull));
        }
    }
}
