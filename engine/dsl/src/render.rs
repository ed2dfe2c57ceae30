//! Diagnostics as one reads them: the place, the text underlined, and what could stand there.

use crate::diagnostic::{Diagnostic, Diagnostics};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

impl Diagnostics {
    /// All of it as text, with colours for a terminal or without.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let one = |diagnostic: &Diagnostic| renderer.render(&self.report(diagnostic));
        self.all.iter().map(one).collect::<Vec<_>>().join("\n\n")
    }

    fn report<'a>(&'a self, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
        let Diagnostic { fault, message, span, label, other, help, suggestion } = diagnostic;
        let mut primary = AnnotationKind::Primary.span(span.clone());
        if !label.is_empty() {
            primary = primary.label(label.as_str());
        }
        let mut snippet = Snippet::source(self.text.as_str()).path(self.name.as_str()).annotation(primary);
        if let Some((span, label)) = other {
            snippet = snippet.annotation(AnnotationKind::Context.span(span.clone()).label(label.as_str()));
        }
        let mut title = Level::ERROR.primary_title(message.as_str()).id(fault.name()).element(snippet);
        if !help.is_empty() {
            title = title.element(Level::HELP.message(help.as_str()));
        }
        let mut report = vec![title];
        if let Some(instead) = suggestion {
            report.push(Level::HELP.secondary_title(format!("did you mean `{instead}`?")).element(
                Snippet::source(self.text.as_str()).patch(Patch::new(span.clone(), instead.as_str())),
            ));
        }
        report
    }
}
