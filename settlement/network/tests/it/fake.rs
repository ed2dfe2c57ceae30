//! A small ledger in place of the real one: its state is a hash of all that was ever submitted.

use crate::disk::{Disk, DiskFile};
use crate::support::{Copy, Witness};
use malachite_wal::Storage;
use std::io::{Seek, SeekFrom, Write};
use tallystick_ledger::chain::Head;
use tallystick_ledger::genesis::{Genesis, Validators};
use tallystick_ledger::header::{Block, Certificate, Certified, Header};
use tallystick_ledger::instruction::Submission;
use tallystick_ledger::names::{ChainId, Hash, Height};
use tallystick_network::application::{Application, NotKept};
use tallystick_rules::Time;

/// One validator's copy of a chain of hashes, on a simulated disk.
pub struct Fake {
    chain: ChainId,
    validators: Validators,
    begun: Time,
    blocks: Vec<Certified>,
    file: DiskFile,
}

impl Fake {
    fn read(disk: &Disk, place: usize, genesis: &Genesis) -> Fake {
        let mut file = disk.open(&format!("chain-{place}"));
        let bytes = file.all();
        let (mut at, mut blocks) = (0, Vec::new());
        // A record: length, hash, body. What follows the last whole one was never synced.
        while let Some(head) = bytes.get(at..at + 40) {
            let length = u64::from_le_bytes(head[..8].try_into().unwrap()) as usize;
            let Some(body) = bytes.get(at + 40..).and_then(|rest| rest.get(..length)) else { break };
            if Hash::of("fake", body).0 != head[8..] {
                break;
            }
            let Ok(block) = borsh::from_slice::<Certified>(body) else { break };
            blocks.push(block);
            at += 40 + length;
        }
        file.truncate_to(at as u64).ok();
        let (chain, validators) = (genesis.chain(), genesis.validators.clone());
        Fake { chain, validators, begun: genesis.time, blocks, file }
    }

    fn carry_out(&self, time: Time, submissions: Vec<Submission>) -> Block {
        let head = self.head();
        let instructions = Hash::of_value("fake instructions", &submissions);
        let header = Header {
            chain: self.chain,
            height: head.height.next(),
            time,
            parent: head.hash,
            validators: self.validators.hash(),
            next_validators: self.validators.hash(),
            instructions,
            results: instructions,
            state: Hash::of_value("fake state", &(head.state, instructions)),
        };
        Block { header, submissions }
    }
}

impl Copy for Fake {
    fn open(disk: &Disk, place: usize, genesis: &Genesis) -> Result<Fake, String> {
        Ok(Fake::read(disk, place, genesis))
    }
}

impl Application for Fake {
    type Executed = Block;

    fn head(&self) -> Head {
        match self.blocks.last() {
            None => Head { height: Height(0), hash: self.chain, time: self.begun, state: self.chain },
            Some(Certified { block, .. }) => Head {
                height: block.header.height,
                hash: block.header.hash(),
                time: block.header.time,
                state: block.header.state,
            },
        }
    }

    fn propose(&self, time: Time, submissions: Vec<Submission>) -> Block {
        assert!(time > self.head().time);
        self.carry_out(time, submissions)
    }

    fn check(&self, block: &Block, now: Time) -> Result<Block, String> {
        let (time, head) = (block.header.time, self.head());
        if time <= head.time || time.0 > now.0 + Header::MOST_AHEAD_NS {
            return Err("its time is wrong".to_string());
        }
        match self.carry_out(time, block.submissions.clone()) {
            own if own == *block => Ok(own),
            own => Err(format!("{:?} is not {:?}", block.header, own.header)),
        }
    }

    fn block(executed: &Block) -> &Block {
        executed
    }

    fn commit(&mut self, block: &Block, certificate: &Certificate) -> Result<(), NotKept> {
        let failed = |why: &dyn std::fmt::Display| NotKept::Failed(why.to_string());
        certificate.check(&block.header, &self.validators).map_err(|e| failed(&e))?;
        assert_eq!(block.header.parent, self.head().hash);
        let certified = Certified { block: block.clone(), certificate: certificate.clone() };
        let body = borsh::to_vec(&certified).unwrap();
        let mut bytes = (body.len() as u64).to_le_bytes().to_vec();
        bytes.extend(Hash::of("fake", &body).0);
        bytes.extend(body);
        let written = self.file.seek(SeekFrom::End(0)).and_then(|_| self.file.write_all(&bytes));
        written.and_then(|()| self.file.sync_all()).map_err(|e| failed(&e))?;
        self.blocks.push(certified);
        Ok(())
    }

    fn certified(&self, height: Height) -> Result<Option<Certified>, String> {
        Ok(self.blocks.get(height.0 as usize - 1).cloned())
    }
}

/// How a validator goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Not at all.
    None,
    /// It proposes blocks with another state root.
    Proposes,
    /// It finds another state root than any of the others does.
    Computes,
}

/// An application that goes wrong.
pub struct Liar<A> {
    /// What it runs.
    pub inner: A,
    /// How.
    pub lie: Lie,
    /// Who sees what it commits.
    pub witness: Witness,
}

impl<A: Application> Application for Liar<A> {
    type Executed = (A::Executed, Block);

    fn head(&self) -> Head {
        self.inner.head()
    }

    fn propose(&self, time: Time, submissions: Vec<Submission>) -> Self::Executed {
        let executed = self.inner.propose(time, submissions);
        let mut block = A::block(&executed).clone();
        if self.lie != Lie::None {
            block.header.state = Hash::of("lie", &block.header.state.0);
        }
        (executed, block)
    }

    fn check(&self, block: &Block, now: Time) -> Result<Self::Executed, String> {
        if self.lie == Lie::Computes {
            return Err("the state root is another".to_string());
        }
        self.inner.check(block, now).map(|executed| (executed, block.clone()))
    }

    fn block(executed: &Self::Executed) -> &Block {
        &executed.1
    }

    fn commit(&mut self, executed: &Self::Executed, certificate: &Certificate) -> Result<(), NotKept> {
        let header = A::block(&executed.0).header;
        self.inner.commit(&executed.0, certificate)?;
        self.witness.stands(header.height.0, header.hash());
        Ok(())
    }

    fn certified(&self, height: Height) -> Result<Option<Certified>, String> {
        self.inner.certified(height)
    }
}
