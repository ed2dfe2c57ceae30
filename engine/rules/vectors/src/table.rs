//! Tables: a head, the rule in words, and cases.

use crate::sentence::{Answer, Fact};

/// Cases of one rule.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// Where the rule stands.
    pub cites: String,
    /// The protocols that it is about, as they stand in a security's text.
    pub protocols: Vec<String>,
    /// The rule in words.
    pub words: String,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What is so, in the order in which it counts.
    pub facts: Vec<Fact>,
    /// What follows.
    pub answers: Vec<Answer>,
}

impl Table {
    /// Reads a table, or says on which line, from 1, it cannot be read.
    pub fn read(text: &str) -> Result<Table, String> {
        let mut table = Table {
            title: String::new(),
            cites: String::new(),
            protocols: Vec::new(),
            words: String::new(),
            cases: Vec::new(),
        };
        let mut given: Vec<Fact> = Vec::new();
        let mut into = Into::Head;
        for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())) {
            let wrong = |what: String| format!("{number}: {what}");
            match line.split_once(": ").map_or((line, ""), |(word, rest)| (word, rest.trim())) {
                _ if line.is_empty() => {}
                ("title", rest) => table.title = rest.into(),
                ("cites", rest) => table.cites = rest.into(),
                ("protocol", rest) => table.protocols.push(rest.into()),
                ("given:", _) => into = Into::Given,
                ("case", name) => {
                    if table.cases.iter().any(|case| case.name == name) {
                        return Err(wrong(format!("there is a case {name:?} already")));
                    }
                    let case =
                        Case { name: name.into(), line: number, facts: given.clone(), answers: Vec::new() };
                    table.cases.push(case);
                    into = Into::Case;
                }
                ("then", answer) => match table.cases.last_mut() {
                    Some(case) if into == Into::Case => {
                        case.answers.push(Answer::read(answer).map_err(wrong)?)
                    }
                    _ => return Err(wrong("an answer stands in no case".into())),
                },
                _ => match into {
                    Into::Head => table.words = format!("{} {line}", table.words).trim().into(),
                    Into::Given => given.push(Fact::read(line).map_err(wrong)?),
                    Into::Case => {
                        let case = table.cases.last_mut().expect("a case is begun");
                        case.facts.push(Fact::read(line).map_err(wrong)?);
                    }
                },
            }
        }
        let without = table.cases.iter().find(|case| case.answers.is_empty());
        match without {
            Some(case) => Err(format!("{}: nothing follows from this case", case.line)),
            None if [&table.title, &table.cites, &table.words].into_iter().any(String::is_empty) => {
                Err("1: a table has a title, cites, protocols and the rule in words".into())
            }
            None => Ok(table),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Into {
    Head,
    Given,
    Case,
}
