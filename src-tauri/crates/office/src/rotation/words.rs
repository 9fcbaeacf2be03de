//! The words of the evidence report on paper, in both languages.

use cartorio_registry::{Role, RotationState, RotationStep, StepPhase};

use crate::dto::{Locale, RotationCertificate};

/// Words in one language.
#[derive(Clone, Copy)]
pub(super) struct Words(Locale);

impl Words {
    pub(super) const fn of(locale: Locale) -> Self {
        Self(locale)
    }

    pub(super) const fn locale(self) -> Locale {
        self.0
    }

    pub(super) const fn say(self, portuguese: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Locale::PtBr => portuguese,
            Locale::En => english,
        }
    }

    pub(super) const fn title(self) -> &'static str {
        self.say("Relatório de troca de chave", "Report on a key rotation")
    }

    pub(super) const fn file_stem(self) -> &'static str {
        self.say("troca-de-chave", "key-rotation")
    }

    pub(super) const fn role(self, role: Role) -> &'static str {
        match role {
            Role::Clerk => self.say("escrevente", "clerk"),
            Role::Supervisor => self.say("supervisor", "supervisor"),
            Role::Notary => self.say("tabelião", "notary"),
            Role::Auditor => self.say("auditor", "auditor"),
        }
    }

    pub(super) const fn state(self, state: RotationState) -> &'static str {
        match state {
            RotationState::Running => self.say("em andamento", "under way"),
            RotationState::Transition => {
                self.say("em transição: as duas chaves estão em uso", "in transition: both keys are in use")
            }
            RotationState::Finished => self.say("concluída", "finished"),
            RotationState::RollingBack => self.say("sendo desfeita", "being undone"),
            RotationState::RolledBack => self.say("desfeita", "undone"),
        }
    }

    pub(super) const fn step(self, step: RotationStep) -> &'static str {
        match step {
            RotationStep::CreateKey => self.say("1. Criar a chave nova", "1. Create the new key"),
            RotationStep::Certificate => self.say("2. Certificado da chave nova", "2. Certificate for the new key"),
            RotationStep::MoveAlias => {
                self.say("3. Apontar o nome para a chave nova", "3. Point the name to the new key")
            }
            RotationStep::Validate => self.say("4. Provar as duas chaves", "4. Prove both keys"),
            RotationStep::Transition => self.say("5. Período de transição", "5. Transition period"),
            RotationStep::DisableOld => self.say("6. Desativar a chave antiga", "6. Disable the old key"),
            RotationStep::ScheduleDeletion => {
                self.say("7. Agendar a exclusão da chave antiga", "7. Schedule the old key's deletion")
            }
        }
    }

    pub(super) const fn phase(self, phase: StepPhase, skipped: bool) -> &'static str {
        match (phase, skipped) {
            (StepPhase::Begun, _) => self.say("iniciada", "begun"),
            (StepPhase::Done, false) => self.say("concluída", "done"),
            (StepPhase::Done, true) => self.say("não foi necessária", "not needed"),
            (StepPhase::Failed, _) => self.say("falhou", "failed"),
            (StepPhase::Undone, _) => self.say("desfeita", "undone"),
        }
    }

    pub(super) const fn certificate(self, source: &RotationCertificate) -> &'static str {
        match source {
            RotationCertificate::None => {
                self.say("nenhum: a chave não tem identidade", "none: the key has no identity")
            }
            RotationCertificate::Office => self.say("AC do próprio cartório", "the office's own CA"),
            RotationCertificate::PrivateCa { .. } => self.say("AC privada na AWS", "private CA in AWS"),
            RotationCertificate::External => {
                self.say("AC externa, por pedido (PKCS#10)", "CA outside, by request (PKCS#10)")
            }
        }
    }

    /// What a fact is called; `None` for one that a program reads and a page does not need.
    pub(super) fn fact(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "old_key_id" => self.say("Chave antiga", "Old key"),
            "new_key_id" => self.say("Chave nova", "New key"),
            "new_key" => self.say("Chave nova", "New key"),
            "old_public_key_sha256" => {
                self.say("Impressão digital da chave antiga (SHA-256)", "Old key's fingerprint (SHA-256)")
            }
            "public_key_sha256" => {
                self.say("Impressão digital da chave nova (SHA-256)", "New key's fingerprint (SHA-256)")
            }
            "spec" => self.say("Tipo", "Type"),
            "multi_region" => self.say("Em várias regiões", "In several regions"),
            "tags" => self.say("Etiquetas", "Tags"),
            "creation_token" => self.say("Pedido de criação", "Creation token"),
            "created_at" => self.say("Criada em", "Created at"),
            "found_again" => self.say("Reencontrada depois de uma interrupção", "Found again after an interruption"),
            "certificate_source" => self.say("Origem do certificado", "Source of the certificate"),
            "authority" => self.say("Autoridade", "Authority"),
            "certificate_sha256" => self.say("Certificado (SHA-256)", "Certificate (SHA-256)"),
            "certificate_subject" => self.say("Titular", "Holder"),
            "certificate_issuer" => self.say("Emissor", "Issuer"),
            "certificate_serial" => self.say("Número de série", "Serial number"),
            "not_before" => self.say("Válido desde", "Valid from"),
            "not_after" => self.say("Válido até", "Valid until"),
            "chain_complete" => self.say("Cadeia completa", "Chain complete"),
            "old_certificate_sha256" => self.say("Certificado antigo (SHA-256)", "Old certificate (SHA-256)"),
            "old_certificate_subject" => self.say("Titular do certificado antigo", "Old certificate's holder"),
            "identity_label" => self.say("Identidade nova", "New identity"),
            "identity_retired" => self.say("Identidade retirada de uso", "Identity out of use"),
            "request_sha256" => self.say("Pedido de certificado (SHA-256)", "Certificate request (SHA-256)"),
            "subject_left_out" => {
                self.say("Atributos não repetidos no pedido", "Attributes not repeated in the request")
            }
            "alias" => self.say("Nome", "Name"),
            "alias_elsewhere" => self.say("Nome que já era de outra chave", "Name that was another key's already"),
            "from" => self.say("de", "from"),
            "to" => self.say("para", "to"),
            "via_alias" => self.say("Assinada pelo nome", "Signed through the name"),
            "probe_verified_with" => self.say("Prova nova conferida com", "New proof checked with"),
            "old_probe_verified_with" => self.say("Prova antiga conferida com", "Old proof checked with"),
            "old_probe_skipped" => self.say("Prova antiga não feita: a chave está", "Old proof not made: the key is"),
            "old_document" => self.say("Documento assinado antes", "Document signed before"),
            "old_document_sha256" => self.say("SHA-256 do documento", "SHA-256 of the document"),
            "old_document_signed_at" => self.say("Assinado em", "Signed at"),
            "old_document_result" => self.say("Assinatura do documento", "The document's signature"),
            "days" => self.say("Dias", "Days"),
            "until" => self.say("Até", "Until"),
            "ended_early" => self.say("Encerrada antes do prazo", "Ended early"),
            "old_key_state" => self.say("Estado da chave antiga", "Old key's state"),
            "new_key_state" => self.say("Estado da chave nova", "New key's state"),
            "deletion_at" => self.say("Exclusão em", "Deletion at"),
            "reason" => self.say("Motivo", "Reason"),
            // The probes have a table of their own.
            _ => return None,
        })
    }

    /// Values that are words themselves.
    pub(super) fn value(self, value: &str) -> Option<&'static str> {
        Some(match value {
            "true" => self.say("sim", "yes"),
            "false" => self.say("não", "no"),
            "none" => self.say("nenhuma", "none"),
            "enabled" => self.say("ativa", "enabled"),
            "disabled" => self.say("desativada", "disabled"),
            "pending_deletion" => self.say("aguardando exclusão", "waiting for deletion"),
            "unavailable" => self.say("indisponível", "unavailable"),
            "public_key" => self.say("a chave pública", "the public key"),
            "certificate" => self.say("o certificado", "the certificate"),
            "valid" => self.say("confere", "verifies"),
            "missing" => {
                self.say("o arquivo não está mais onde foi gravado", "the file is no longer where it was written")
            }
            "changed" => self.say("há outro arquivo no lugar", "another file lies in its place"),
            "not_checkable" => self.say("não pôde ser conferida aqui", "could not be checked here"),
            "office" => self.say("AC do próprio cartório", "the office's own CA"),
            "private_ca" => self.say("AC privada na AWS", "private CA in AWS"),
            "external" => self.say("AC externa", "CA outside"),
            "no_identity" => self.say("a chave não tem identidade", "the key has no identity"),
            "no_alias" => self.say("a chave não tem nome", "the key has no name"),
            "keep_old_key" => self.say("a chave antiga fica guardada, desativada", "the old key is kept, disabled"),
            "no_deletion" => self.say("este lugar não agenda exclusões", "this place schedules no deletions"),
            _ => return None,
        })
    }
}
