//! Clients' messages as commands.

use tallystick_engine::command::{
    CancelOrder, Command, From, NewOrder, OrderRef, RefusedMessage, ReplaceOrder,
};
use tallystick_engine::reject::MessageFault;
use tallystick_engine::types::{
    AccountId, ClOrdId, OrdType, Price, SecurityId, SessionId, Side, TimeInForce, Units,
};
use tallystick_wire as wire;
use tallystick_wire::{BusinessFault, BusinessHeader, FieldFault, Message};

/// The command that an application message asks for.
///
/// # Panics
/// If it is a session message, or one that only the venue sends: the session layer lets neither through.
pub fn command(message: &Message) -> Command {
    match message {
        Message::NewOrderSingle(m) => Command::New(NewOrder {
            from: from(&m.header),
            clordid: ClOrdId(*m.cl_ord_id.as_padded()),
            account: AccountId(m.account),
            security: SecurityId(m.security_id),
            side: side(m.side),
            ord_type: match m.ord_type {
                wire::OrdType::Market => OrdType::Market,
                wire::OrdType::Limit => OrdType::Limit,
            },
            time_in_force: match m.time_in_force {
                wire::TimeInForce::Day => TimeInForce::Day,
                wire::TimeInForce::ImmediateOrCancel => TimeInForce::ImmediateOrCancel,
                wire::TimeInForce::FillOrKill => TimeInForce::FillOrKill,
            },
            price: m.price.map(|p| Price(p.mantissa())),
            quantity: Units(m.order_qty),
            instructions: Default::default(),
        }),
        Message::OrderCancelReplaceRequest(m) => Command::Replace(ReplaceOrder {
            from: from(&m.header),
            order: order_ref(m.cl_ord_id, m.orig_cl_ord_id, m.account, m.security_id, m.side),
            price: Price(m.price.mantissa()),
            quantity: Units(m.order_qty),
            stop_price: None,
        }),
        Message::OrderCancelRequest(m) => Command::Cancel(CancelOrder {
            from: from(&m.header),
            order: order_ref(m.cl_ord_id, m.orig_cl_ord_id, m.account, m.security_id, m.side),
        }),
        other => panic!("{} is no request of a client", other.layout().name),
    }
}

/// The command that refuses a message which is wrong in a field.
pub fn refusal(fault: &BusinessFault) -> Command {
    let kind = match fault.fault {
        FieldFault::ReservedBit { .. } => MessageFault::ReservedBit,
        FieldFault::Null | FieldFault::Nought => MessageFault::RequiredFieldNull,
        FieldFault::NotAscii | FieldFault::TooLong => MessageFault::Text,
        FieldFault::InvalidEnum { .. } => MessageFault::InvalidValue,
    };
    Command::Refuse(RefusedMessage {
        from: From { session: SessionId(fault.session_id), number: fault.msg_seq_num },
        template: fault.template_id,
        tag: fault.ref_tag,
        fault: kind,
    })
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
