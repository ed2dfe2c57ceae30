//! How it looks: colours, sizes, and where everything has its place.
//!
//! The picture has a background of its own, so it reads the same on light pages and dark ones. Blue and orange, mint,
//! yellow and pink are told apart by every common kind of colour blindness; where it matters their shapes differ too.

/// The picture's width and height.
pub const SIZE: [f64; 2] = [1_200.0, 700.0];
/// Where panels begin and end from left to right.
pub const ACROSS: [f64; 2] = [72.0, 1_092.0];
/// The strip that names phases.
pub const STRIP: [f64; 2] = [122.0, 138.0];
/// Prices, from the lowest to the highest.
pub const PRICES: [f64; 2] = [430.0, 138.0];
/// Units traded and final, from none to all.
pub const UNITS: [f64; 2] = [570.0, 466.0];
/// Times from trade to final, from the shortest to the longest.
pub const WAITS: [f64; 2] = [658.0, 606.0];
/// Where the names of phases stand that don't fit into the strip.
pub const CALLOUTS: f64 = 112.0;
/// Where the times stand.
pub const CLOCK: f64 = 676.0;

/// The size of small text.
pub const SMALL: f64 = 11.0;

/// What is bought: bids.
pub const BID: &str = "#4f9dff";
/// What is sold: asks.
pub const ASK: &str = "#ff9838";
/// Final.
pub const FINAL: &str = "#7fe9c4";
/// Pending.
pub const PENDING: &str = "#ffe27a";
/// Busted.
pub const BUSTED: &str = "#ff6fb1";
/// Page, panel, lines; text that is read first, text that is read later.
pub const PAGE: &str = "#0e1420";
/// Behind what is drawn.
pub const PANEL: &str = "#131b2a";
/// Lines of the grid.
pub const GRID: &str = "#26324a";
/// Text that is read first.
pub const INK: &str = "#eef2f8";
/// Text that is read later.
pub const FAINT: &str = "#9dabc0";

/// The style sheet and the patterns, as they stand in the document.
pub fn style() -> String {
    format!(
        "text{{font-family:Inter,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif;font-size:{SMALL}px;\
         fill:{FAINT};font-variant-numeric:tabular-nums}}\
         .symbol{{font-size:26px;font-weight:700;fill:{INK}}}.sub{{font-size:12px}}\
         .value{{font-size:16px;font-weight:600;fill:{INK}}}.head{{font-weight:600;fill:{INK}}}\
         .e{{text-anchor:end}}.m{{text-anchor:middle}}\
         .bid{{stroke:{BID}}}.ask{{stroke:{ASK}}}\
         .final{{fill:{FINAL}}}.pending{{fill:{PENDING}}}.busted{{fill:{BUSTED}}}.ink{{fill:{INK}}}\
         .grid{{stroke:{GRID};fill:none}}.leader{{stroke:{FAINT};fill:none;stroke-opacity:.6}}"
    )
}
