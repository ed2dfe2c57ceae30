//! What a venue says, as text that can be compared whole: without what differs from run to run.

use crate::common::schema_reader;
use std::fmt::Write;
use tallystick_client::{Client, Price8, Report};

/// What is of the frame, or a time, or differs with what was sent before.
const LEFT_OUT: [&str; 12] = [
    "frameLength",
    "encodingType",
    "blockLength",
    "templateId",
    "schemaId",
    "version",
    "sessionID",
    "msgSeqNum",
    "sendingTime",
    "flags",
    "transactTime",
    "execID",
];

/// Reads reports and texts; orders are called #1, #2 and so on, as they are first met, since their numbers are those of
/// commands, and how many commands there were before depends on chance.
#[derive(Debug, Default)]
pub struct Plain {
    orders: Vec<String>,
}

impl Plain {
    fn order(&mut self, number: &str) -> String {
        let at = self.orders.iter().position(|known| known == number).unwrap_or_else(|| {
            self.orders.push(number.to_owned());
            self.orders.len() - 1
        });
        format!("#{}", at + 1)
    }

    /// A report in one line: its name, and all of its fields that are not null, as a reader of the schema sees them.
    pub fn report(&mut self, report: &Report) -> String {
        let message = report.message().unwrap_or_else(|| panic!("{report:?} is no report"));
        let mut frame = Vec::new();
        message.encode(&mut frame);
        let mut line = message.layout().name.to_owned();
        for field in schema_reader::read(&frame).lines() {
            let (name, value) = field[6..].split_once("  ").unwrap().1.split_once('=').unwrap();
            if LEFT_OUT.contains(&name) || name.ends_with(".blockLength") || value == "null" {
                continue;
            }
            let value = match name {
                "orderID" | "bidOrderID" | "offerOrderID" => self.order(value),
                "interruptedUntil" => "then".into(),
                "price" => decimal(value),
                _ if name.ends_with("Px") => decimal(value),
                _ => value.into(),
            };
            write!(line, " {name}={value}").unwrap();
        }
        line
    }

    /// The next so many reports of a client, a line each.
    #[track_caller]
    pub fn next(&mut self, client: &mut Client, count: usize) -> Vec<String> {
        let next = |_| client.poll(super::PATIENCE).unwrap().expect("a report comes");
        let reports: Vec<Report> = (0..count).map(next).collect();
        reports.iter().map(|report| self.report(report)).collect()
    }

    /// What a command has printed.
    pub fn text(&mut self, text: &str) -> String {
        let mut plain = String::new();
        let mut parts = text.split("order ");
        plain += parts.next().unwrap_or_default();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at(digits);
            plain += "order ";
            if digits > 0 {
                plain += &self.order(number);
            }
            plain += rest;
        }
        plain
    }

    /// The number of an order that was met.
    pub fn number(&self, order: usize) -> u64 {
        self.orders[order - 1].parse().unwrap()
    }
}

fn decimal(mantissa: &str) -> String {
    Price8::from_mantissa(mantissa.parse().unwrap()).unwrap().to_string()
}
