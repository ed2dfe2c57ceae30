//! Signing instructions and handing them in.

use super::super::{Failure, serve};
use super::issue::Key;
use crate::admin::client::Operator;
use crate::admin::protocol::Ask;
use crate::settlement::desk::{LedgerAsk, hex, unhex};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tallystick_ledger::instruction::{Instruction, Operation, Signed};
use tallystick_ledger::keys::SecretKey;
use tallystick_ledger::names::{ChainId, Hash, Height};
use tallystick_network::key_file;

/// Arguments of `sign`.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// What is to be done, as JSON, such as {"open_account": {"record_holder": 7, "beneficial_owner": 7}}; or an
    /// instruction that somebody has signed already, in hexadecimal.
    file: PathBuf,
    /// A key file to sign with; more than one where more than one must sign.
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// For which chain; that of the running venue if left out.
    #[arg(long, value_name = "ID", value_parser = hash)]
    chain: Option<Hash>,
    /// The last height at which it may be carried out; a horizon from now if left out.
    #[arg(long, value_name = "HEIGHT")]
    expiry: Option<u64>,
}

/// Arguments of `submit`.
#[derive(Debug, clap::Args)]
pub struct SubmitArgs {
    /// As for `sign`.
    file: PathBuf,
    /// Key files to sign with first, if any.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
}

/// Signs and prints.
pub fn sign(data: &Path, args: &SignArgs) -> Result<(), Failure> {
    let context = |found: Option<(ChainId, u64)>| match (args.chain, args.expiry, found) {
        (Some(chain), Some(expiry), _) => Ok((chain, expiry)),
        (chain, expiry, Some((its, horizon))) => Ok((chain.unwrap_or(its), expiry.unwrap_or(horizon))),
        _ => Err("without a running venue, give --chain and --expiry"),
    };
    let signed = signed(&args.file, &args.key, || {
        let running = match (args.chain, args.expiry) {
            (Some(_), Some(_)) => None,
            _ => Some(running(&mut Operator::connect(&serve::socket(data))?)?),
        };
        Ok(context(running)?)
    })?;
    println!("{}", in_hex(&signed));
    Ok(())
}

/// Hands in, and prints the receipt. Fails if it was refused.
pub fn submit(data: &Path, args: &SubmitArgs) -> Result<(), Failure> {
    let connect = || Operator::connect(&serve::socket(data));
    let signed = signed(&args.file, &args.key, || running(&mut connect()?))?;
    await_receipt(&mut connect()?, &signed)
}

/// Signs an operation with these keys, hands it in, and prints the receipt.
fn hand_in(data: &Path, operation: Operation, keys: &[&SecretKey]) -> Result<(), Failure> {
    let mut operator = Operator::connect(&serve::socket(data))?;
    let (chain, expiry) = running(&mut operator)?;
    let instruction = Instruction { chain, expiry: Height(expiry), blind: blind()?, operation };
    await_receipt(&mut operator, &instruction.sign(keys))
}

/// Hands in what all of these must sign, where all keys are here; else prints it, for whoever has the others.
pub fn hand_in_or_print(data: &Path, operation: Operation, signers: &[Key]) -> Result<(), Failure> {
    let here: Option<Vec<&SecretKey>> = signers.iter().map(Key::here).collect();
    match here {
        Some(keys) => hand_in(data, operation, &keys),
        None => {
            println!("{}", serde_json::to_string_pretty(&operation)?);
            Ok(())
        }
    }
}

/// Signs operations with these keys, hands them in together, and prints their receipts. Fails if one was refused.
pub fn hand_in_all(
    operator: &mut Operator,
    operations: Vec<Operation>,
    keys: &[&SecretKey],
) -> Result<(), Failure> {
    let (chain, expiry) = running(operator)?;
    let mut signed = Vec::with_capacity(operations.len());
    for operation in operations {
        let instruction = Instruction { chain, expiry: Height(expiry), blind: blind()?, operation };
        signed.push(in_hex(&instruction.sign(keys)));
    }
    let receipts = operator.ask(&Ask::Ledger { about: LedgerAsk::Submit { signed } })?;
    println!("{}", serde_json::to_string_pretty(&receipts)?);
    let receipts = receipts.as_array().map(Vec::as_slice).unwrap_or_default();
    let refused: Vec<&Value> = receipts.iter().filter(|receipt| receipt["outcome"] != "done").collect();
    match refused.first() {
        None => Ok(()),
        Some(first) => {
            let why = first["detail"]["reason"].as_str().unwrap_or_default();
            Err(format!("refused: {why} ({} of {})", refused.len(), receipts.len()).into())
        }
    }
}

fn in_hex(signed: &Signed) -> String {
    hex(&borsh::to_vec(signed).expect("writing to memory does not fail"))
}

fn await_receipt(operator: &mut Operator, signed: &Signed) -> Result<(), Failure> {
    let signed = in_hex(signed);
    let receipts = operator.ask(&Ask::Ledger { about: LedgerAsk::Submit { signed: vec![signed] } })?;
    let receipt = &receipts[0];
    println!("{}", serde_json::to_string_pretty(receipt)?);
    match receipt["outcome"].as_str() {
        Some("done") => Ok(()),
        _ => Err(format!("refused: {}", receipt["detail"]["reason"].as_str().unwrap_or_default()).into()),
    }
}

/// What tells an instruction from any other like it.
fn blind() -> Result<Hash, Failure> {
    let mut blind = [0; 32];
    getrandom::fill(&mut blind).map_err(|e| format!("the system gives no random bytes: {e}"))?;
    Ok(Hash(blind))
}

/// The running venue's chain, and the height a horizon from now.
pub fn running(operator: &mut Operator) -> Result<(ChainId, u64), Failure> {
    let head: Value = operator.ask(&Ask::Ledger { about: LedgerAsk::Head })?;
    let chain = head["chain"]["id"].as_str().and_then(Hash::from_hex).ok_or("the venue names no chain")?;
    let height = head["height"].as_u64().unwrap_or_default();
    Ok((chain, height + head["chain"]["horizon"].as_u64().unwrap_or_default()))
}

fn signed(
    file: &Path,
    keys: &[PathBuf],
    context: impl FnOnce() -> Result<(ChainId, u64), Failure>,
) -> Result<Signed, Failure> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{} can't be read: {e}", file.display()))?;
    let keys = keys.iter().map(|path| key_file::load(path)).collect::<Result<Vec<SecretKey>, _>>()?;
    let before: Option<Signed> = unhex(&text).and_then(|bytes| borsh::from_slice(&bytes).ok());
    let (instruction, before) = match before {
        Some(Signed { instruction, signatures }) => (instruction, signatures),
        None => {
            if keys.is_empty() {
                return Err("nobody signs it: give a --key".into());
            }
            let operation: Operation = serde_json::from_str(&text)
                .map_err(|e| format!("{}: this is no instruction: {e}", file.display()))?;
            let (chain, expiry) = context()?;
            (Instruction { chain, expiry: Height(expiry), blind: blind()?, operation }, Vec::new())
        }
    };
    let mut signed = instruction.sign(&keys.iter().collect::<Vec<_>>());
    signed.signatures.splice(0..0, before);
    Ok(signed)
}

fn hash(text: &str) -> Result<Hash, String> {
    Hash::from_hex(text).ok_or("64 hexadecimal digits, in lower case".into())
}
