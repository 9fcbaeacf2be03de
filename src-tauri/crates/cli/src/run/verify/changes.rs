//! What later revisions of a PDF changed, in the window's words: object numbers are for programs (`--json`).

use std::collections::BTreeMap;

use cartorio_office::dto::ChangeView;

use crate::lang::Lang;

/// One line for each change that is told in other words than the others: a page often changes by several objects at a time.
pub(super) fn lines(changes: &[ChangeView], lang: Lang) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for change in changes {
        let line = line(change, lang);
        match lines.iter_mut().find(|own| own.0 == line) {
            Some(own) => own.1 += 1,
            None => lines.push((line, 1)),
        }
    }
    lines.into_iter().map(|(line, times)| if times == 1 { line } else { format!("{line} ×{times}") }).collect()
}

/// Whether the signature allows it, what it is, in which revision, and which pages look different.
fn line(change: &ChangeView, lang: Lang) -> String {
    let allowed = lang.word("", if change.allowed { "change_allowed" } else { "change_not_allowed" });
    let mut place = with(lang, "change_revision", &[("revision", &change.revision.to_string())]);
    let pages = change.pages.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    match change.pages.len() {
        0 => {}
        1 => place.push_str(&format!(", {}", with(lang, "change_page", &[("page", &pages)]))),
        _ => place.push_str(&format!(", {}", with(lang, "change_pages", &[("pages", &pages)]))),
    }
    format!("{allowed}: {} ({place})", word(change, lang))
}

/// What was changed. The window chooses the words in the same way.
fn word(change: &ChangeView, lang: Lang) -> String {
    let ChangeView { what, subject, kind, name, grade, .. } = change;
    let grade = || found(lang, &format!("change_grade_{grade}")).unwrap_or_else(|| lang.word("", "change_grade_other"));
    let plain = || found(lang, &format!("change_what_{what}")).unwrap_or_else(grade);
    if what == "objects_changed" {
        return match subject {
            None => plain(),
            Some(count) => with(lang, "change_more_objects", &[("count", count)]),
        };
    }
    if let Some(act) = act(what) {
        let word = kind.as_ref().and_then(|kind| found(lang, &format!("change_kind_{kind}")));
        // An annotation is told as one, whatever lies in it.
        let Some(word) = word.filter(|_| !what.starts_with("annotation_")) else { return plain() };
        if kind.as_deref() == Some("page_content") && act == "changed" {
            return lang.word("", "change_page_contents");
        }
        let object = match name {
            None => word,
            Some(name) => with(lang, "change_named", &[("object", &word), ("name", name)]),
        };
        // What is shared by several places was changed in all of them.
        let act = if act == "shared" { "changed" } else { act };
        return with(lang, &format!("change_act_{act}"), &[("object", &object)]);
    }
    match (what.as_str(), subject) {
        ("page" | "catalog" | "form" | "trailer" | "evidence", subject) => {
            let own = subject.as_deref().and_then(|key| entry(what, key));
            let other = (what == "page" && subject.is_some()).then_some("change_page_other");
            own.or(other).map_or_else(plain, |key| lang.word("", key))
        }
        (_, Some(subject)) if !subject.is_empty() => {
            with(lang, "change_with_subject", &[("change", &plain()), ("subject", subject)])
        }
        (_, _) => plain(),
    }
}

/// What was done to an object.
fn act(what: &str) -> Option<&str> {
    let (of, act) = what.split_once('_')?;
    let is_one = matches!(of, "object" | "annotation" | "appearance")
        && matches!(act, "added" | "changed" | "removed" | "shared");
    is_one.then_some(act)
}

/// What an entry of a dictionary means to those who read the document (ISO 32000-2, tables 15, 29, 31 and 224).
fn entry(what: &str, key: &str) -> Option<&'static str> {
    Some(match (what, key) {
        ("page", "Contents") => "change_page_contents",
        ("page", "Resources") => "change_page_resources",
        ("page", "MediaBox" | "CropBox" | "BleedBox" | "TrimBox" | "ArtBox" | "UserUnit") => "change_page_size",
        ("page", "Rotate") => "change_page_rotation",
        ("page", "AA") => "change_page_actions",
        ("catalog", "OpenAction" | "AA") => "change_catalog_actions",
        ("catalog", "Names" | "Dests" | "AF" | "Collection") => "change_catalog_names",
        ("catalog", "Outlines") => "change_catalog_bookmarks",
        ("catalog", "PageLabels") => "change_catalog_labels",
        ("catalog", "OCProperties") => "change_catalog_layers",
        ("catalog", "StructTreeRoot" | "MarkInfo") => "change_catalog_structure",
        ("catalog", "Perms") => "change_catalog_permissions",
        ("catalog", "ViewerPreferences" | "PageMode" | "PageLayout") => "change_catalog_view",
        ("catalog", "Lang") => "change_catalog_language",
        ("catalog", "Version" | "Extensions") => "change_catalog_version",
        ("catalog", "Metadata") => "change_catalog_metadata",
        ("catalog", "Pages") => "change_catalog_pages",
        ("form", "DR") => "change_form_fonts",
        ("form", "DA" | "Q" | "NeedAppearances") => "change_form_look",
        ("form", "SigFlags") => "change_form_flags",
        ("form", "XFA") => "change_form_xfa",
        ("form", "CO") => "change_form_order",
        ("trailer", "Encrypt") => "change_trailer_encryption",
        (_, _) => return None,
    })
}

fn found(lang: Lang, key: &str) -> Option<String> {
    lang.shared(key, &BTreeMap::new())
}

fn with(lang: Lang, key: &str, params: &[(&str, &str)]) -> String {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    lang.shared(key, &params).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(what: &str, subject: Option<&str>, kind: Option<&str>, name: Option<&str>) -> ChangeView {
        let own = |text: Option<&str>| text.map(str::to_owned);
        ChangeView {
            revision: 2,
            grade: "other".to_owned(),
            allowed: false,
            pages: Vec::new(),
            what: what.to_owned(),
            subject: own(subject),
            kind: own(kind),
            name: own(name),
        }
    }

    /// Sentences of the window's own test (ui/src/features/verify/extend.test.ts).
    #[test]
    fn changes_are_told_in_the_windows_words() {
        let of = |what, subject, kind, name| word(&change(what, subject, kind, name), Lang::PtBr);
        let object = |what, kind| of(what, Some("59 0 R"), Some(kind), None);
        assert_eq!(object("object_changed", "page_content"), "Conteúdo da página alterado");
        assert_eq!(object("object_added", "page_content"), "Acréscimo: conteúdo da página");
        assert_eq!(object("object_removed", "font"), "Retirada: fonte de letra");
        assert_eq!(object("object_changed", "coisa nova"), "Dado interno alterado");
        assert_eq!(object("annotation_changed", "image"), "Anotação alterada");
        assert_eq!(object("appearance_shared", "drawing"), "Alteração: desenho");
        assert_eq!(
            of("object_changed", Some("7 0 R"), Some("field"), Some("cpf")),
            "Alteração: campo de formulário «cpf»"
        );
        assert_eq!(of("objects_changed", Some("12"), None, None), "Mais 12 objetos internos alterados");
        assert_eq!(of("objects_changed", None, None, None), "Outros objetos internos alterados");
        assert_eq!(of("page", Some("Rotate"), None, None), "Rotação da página alterada");
        assert_eq!(of("page", Some("Coisa"), None, None), "Configuração da página alterada");
        assert_eq!(of("catalog", Some("Coisa"), None, None), "Configuração do documento alterada");
        assert_eq!(Some(of("evidence", Some("Certs"), None, None)), found(Lang::PtBr, "change_what_evidence"));
        assert_eq!(of("signed", Some("Assinatura2"), None, None), "Assinatura acrescentada: «Assinatura2»");
        assert_eq!(of("novidade", None, None, None), "Outra alteração");
        let page = change("page", Some("MediaBox"), None, None);
        assert_eq!(word(&page, Lang::En), "Size or crop of the page changed");
    }

    #[test]
    fn no_object_number_is_printed_and_what_reads_the_same_is_printed_once() {
        let mut all: Vec<ChangeView> = (5..9)
            .map(|number| ChangeView {
                pages: vec![1],
                ..change("object_changed", Some(&format!("{number} 0 R")), Some("page_content"), None)
            })
            .collect();
        all.push(ChangeView { pages: vec![1, 3], allowed: true, ..change("page", Some("Contents"), None, None) });
        let told = lines(&all, Lang::PtBr);
        assert_eq!(
            told,
            [
                "Não permitido pela assinatura: Conteúdo da página alterado (Revisão 2, página 1) ×4",
                "Permitido pela assinatura: Conteúdo da página alterado (Revisão 2, páginas 1, 3)",
            ]
        );
        for what in ["object", "annotation", "appearance"] {
            for act in ["added", "changed", "removed", "shared"] {
                for kind in [None, Some("font"), Some("desconhecido")] {
                    let told = word(&change(&format!("{what}_{act}"), Some("59 0 R"), kind, None), Lang::En);
                    assert!(!told.is_empty() && !told.contains("59"), "{told}");
                }
            }
        }
    }

    #[test]
    fn every_word_is_the_windows_own() {
        for key in [
            "change_revision",
            "change_page",
            "change_pages",
            "change_with_subject",
            "change_named",
            "change_more_objects",
            "change_act_added",
            "change_act_changed",
            "change_act_removed",
            "change_allowed",
            "change_not_allowed",
            "change_grade_other",
            "change_page_other",
            "change_page_contents",
        ] {
            for lang in [Lang::PtBr, Lang::En] {
                assert!(found(lang, key).is_some(), "{key}");
            }
        }
        let keys = "Contents Resources MediaBox CropBox BleedBox TrimBox ArtBox UserUnit Rotate AA OpenAction Names Dests AF \
                    Collection Outlines PageLabels OCProperties StructTreeRoot MarkInfo Perms ViewerPreferences PageMode PageLayout \
                    Lang Version Extensions Metadata Pages DR DA Q NeedAppearances SigFlags XFA CO Encrypt";
        let all = ["page", "catalog", "form", "trailer"]
            .map(|what| keys.split_whitespace().filter_map(move |key| entry(what, key)));
        let all: Vec<_> = all.into_iter().flatten().collect();
        assert!(all.len() > 35, "{}", all.len());
        assert!(all.iter().all(|key| found(Lang::PtBr, key).is_some() && found(Lang::En, key).is_some()), "{all:?}");
    }
}
