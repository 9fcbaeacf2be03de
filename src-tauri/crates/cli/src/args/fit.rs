//! Options that do not go together by what they say, which is seen before anything is opened or asked.

use super::signing::{Form, LevelChoice, PolicyName, Sign};
use super::values::Visible;
use super::{Command, CommandLine};
use crate::lang::{Lang, say};

impl CommandLine {
    /// Why the command makes no sense as a whole, in the language of the terminal.
    pub(crate) fn contradiction(&self, lang: Lang) -> Option<String> {
        // Elsewhere what goes together is said by the arguments themselves.
        if let Command::Sign(sign) = &self.command { sign.contradiction(lang) } else { None }
    }
}

impl Sign {
    /// Whether a `.p7s` that is there gets one more signature.
    pub(crate) const fn is_again(&self) -> bool {
        self.cosign || self.countersign
    }

    /// Whether something is asked for that only a PDF has a place for.
    pub(crate) const fn is_only_for_pdf(&self) -> bool {
        self.visible.is_some() || self.field.is_some() || self.certify.is_some() || self.lock.is_some()
    }

    /// Options that are given and that a signature inside a PDF, a `.p7s` or a bare value has no place for.
    pub(crate) fn without_place(&self, form: Form) -> Vec<&'static str> {
        let of_pdf = [("--reason", self.reason.is_some()), ("--location", self.location.is_some())];
        let of_cms = [
            ("--mime-type", self.mime_type.is_some()),
            ("--content-hint", self.content_hint.is_some()),
            ("--signer-country", self.signer_country.is_some()),
            ("--signer-city", self.signer_city.is_some()),
            ("--signer-address", !self.signer_address.is_empty()),
        ];
        let of_both = [("--commitment", self.commitment.is_some())];
        match form {
            Form::Pades => given(&of_cms),
            Form::CadesDetached | Form::CadesEnveloping => given(&of_pdf),
            Form::Raw => [given(&of_pdf), given(&of_cms), given(&of_both)].concat(),
        }
    }

    fn contradiction(&self, lang: Lang) -> Option<String> {
        self.other_form(lang).or_else(|| self.no_place(lang)).or_else(|| self.no_level(lang))
    }

    /// What is for another form than the one that was asked for.
    fn other_form(&self, lang: Lang) -> Option<String> {
        if self.is_again() && matches!(self.format, Some(Form::Pades | Form::Raw)) {
            return Some(say!(
                lang,
                "--cosign e --countersign são de um .p7s (CAdES): não podem vir com --format pades ou raw",
                "--cosign and --countersign are for a .p7s (CAdES): they do not go with --format pades or raw"
            ));
        }
        if self.is_only_for_pdf() && (self.is_again() || !matches!(self.format, None | Some(Form::Pades))) {
            return Some(say!(
                lang,
                "--visible, --field, --certify e --lock são de assinaturas dentro de um PDF (--format pades)",
                "--visible, --field, --certify and --lock are for signatures inside a PDF (--format pades)"
            ));
        }
        match (self.visible, &self.field) {
            (Some(Visible::At(_)), Some(_)) => {
                return Some(say!(
                    lang,
                    "num campo, o carimbo fica no lugar dele: --visible field",
                    "in a field the stamp lies where that is: --visible field"
                ));
            }
            (Some(Visible::InField), None) => {
                return Some(say!(lang, "--visible field precisa de --field", "--visible field needs --field"));
            }
            _ => {}
        }
        (!self.content.is_empty() && !self.is_again()).then(|| {
            say!(
                lang,
                "--content é de um .p7s que recebe mais uma assinatura (--cosign, --countersign)",
                "--content is for a .p7s that gets one more signature (--cosign, --countersign)"
            )
        })
    }

    fn no_place(&self, lang: Lang) -> Option<String> {
        let form = if self.is_again() { Form::CadesDetached } else { self.format? };
        let options = self.without_place(form).join(", ");
        let name = match form {
            Form::Pades => "PDF (PAdES)",
            Form::CadesDetached | Form::CadesEnveloping => ".p7s (CAdES)",
            Form::Raw => "raw",
        };
        if !options.is_empty() {
            return Some(say!(
                lang,
                "numa assinatura {name} não há lugar para {options}",
                "a signature of the form {name} has no place for {options}"
            ));
        }
        (form == Form::Pades && self.reason.is_some() && self.commitment.is_some()).then(|| {
            say!(
                lang,
                "uma assinatura PDF (PAdES) leva --reason ou --commitment, não os dois",
                "a signature of the form PDF (PAdES) takes --reason or --commitment, not both"
            )
        })
    }

    /// What is for a level above the one that was asked for.
    fn no_level(&self, lang: Lang) -> Option<String> {
        let level = given(&[("--level", self.level != LevelChoice::BB), ("--policy", self.policy != PolicyName::None)]);
        let bare = match (self.countersign, self.format) {
            (true, _) => Some("--countersign"),
            (false, Some(Form::Raw)) => Some("--format raw"),
            (false, Some(Form::Pades | Form::CadesDetached | Form::CadesEnveloping) | None) => None,
        };
        if let (Some(bare), false) = (bare, level.is_empty()) {
            let level = level.join(", ");
            return Some(say!(
                lang,
                "{bare} não tem nível nem política: sem {level}",
                "{bare} has neither level nor policy: leave {level} out"
            ));
        }
        if self.policy != PolicyName::None && self.work.sources.accept_lower_level {
            return Some(say!(
                lang,
                "--accept-lower-level: abaixo do que uma política pede não há nível dela; use-a com --level, sem --policy",
                "--accept-lower-level: a policy has no level below what it asks for; use it with --level, without --policy"
            ));
        }
        // A policy has the level that its name says; AD-RB is B-B.
        let is_basic = self.level == LevelChoice::BB && matches!(self.policy, PolicyName::None | PolicyName::AdRb);
        // Evidence tells at every level whether the signer is revoked, before the key is asked.
        (is_basic && !self.work.sources.tsa.is_empty()).then(|| {
            say!(
                lang,
                "--tsa: a assinatura pedida (b-b) não leva carimbo; peça um nível maior com --level ou --policy",
                "--tsa: the signature that was asked for (b-b) takes no time stamp; ask for a higher level with --level or --policy"
            )
        })
    }
}

/// The names of the options that are given.
fn given(all: &[(&'static str, bool)]) -> Vec<&'static str> {
    all.iter().filter(|own| own.1).map(|own| own.0).collect()
}
