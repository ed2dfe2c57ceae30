//! Lists that miss nothing.

/// One of each variant; a new one does not compile until it stands here.
macro_rules! every {
    ($type:ident: $($variant:ident $(($inside:expr))? $({ $($field:ident: $value:expr),+ })?),* $(,)?) => {{
        let _every = |it: &$type| match it { $($type::$variant { .. } => (),)* };
        vec![$($type::$variant $(($inside))? $({ $($field: $value),+ })?),*]
    }};
}
