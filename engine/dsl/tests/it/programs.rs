//! Programs and texts: what is written is what is read, whichever way one goes.

use crate::common::Any;
use quickcheck::quickcheck;
use tallystick_dsl::{Compiled, compile, explain, format, to_text};

fn read(text: &str) -> Compiled {
    compile("program.tally", text).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(false)))
}

quickcheck! {
    fn what_a_program_is_written_as_compiles_to_it_again(any: Any) -> bool {
        read(&to_text(&any.0)) == Compiled::Transfers(any.0)
    }

    fn laying_out_changes_no_meaning_and_no_sentence_and_is_done_once(any: Any) -> bool {
        // The same without the line breaks that can be left out.
        let written = to_text(&any.0).replace("  ", " ").replace(" {\n", "{ ").replace("\n }", "; }");
        let laid = format("program.tally", &written).expect("it can be read");
        let again = format("program.tally", &laid).expect("it can be read");
        let (before, after) = (read(&written), read(&laid));
        laid == again && before == after && explain(&before) == explain(&after)
    }
}
