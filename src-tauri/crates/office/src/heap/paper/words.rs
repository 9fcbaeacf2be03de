//! The words of the inspection report, in both languages.

use crate::dto::Locale;

/// One language.
#[derive(Clone, Copy)]
pub(super) struct Say(pub(super) Locale);

impl Say {
    pub(super) fn one(self, portuguese: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Locale::PtBr => portuguese,
            Locale::En => english,
        }
    }

    pub(super) fn yes(self, yes: bool) -> &'static str {
        if yes { self.one("sim", "yes") } else { self.one("não", "no") }
    }
}

/// The words of a code; the code itself where there are none, so that nothing vanishes.
pub(super) fn label(code: &str, say: Say) -> String {
    LABELS
        .iter()
        .find(|(own, ..)| *own == code)
        .map_or_else(|| plain(code), |(_, portuguese, english)| say.one(portuguese, english).to_owned())
}

/// The words of a reason, a state or a value.
pub(super) fn sentence(code: &str, say: Say) -> String {
    SENTENCES
        .iter()
        .find(|(own, ..)| *own == code)
        .map_or_else(|| code.to_owned(), |(_, portuguese, english)| say.one(portuguese, english).to_owned())
}

/// A code of a family (`fact_…`, `kind_…`) without the family.
fn plain(code: &str) -> String {
    code.split_once('_').map_or(code, |(_, own)| own).replace('_', " ")
}

type Word = (&'static str, &'static str, &'static str);

const LABELS: &[Word] = &[
    ("kind_certificate", "certificado X.509", "X.509 certificate"),
    ("kind_crl", "lista de certificados revogados", "revocation list"),
    ("kind_csr", "pedido de certificado", "certification request"),
    ("kind_ocsp_response", "resposta OCSP", "OCSP response"),
    ("kind_timestamp", "carimbo do tempo", "time stamp"),
    ("kind_cms_signature", "assinatura CMS", "CMS signature"),
    ("kind_p12", "arquivo PKCS#12", "PKCS#12 file"),
    ("kind_jks", "repositório de chaves Java", "Java key store"),
    ("kind_private_key", "chave privada (os bytes não são guardados)", "private key (its bytes are not kept)"),
    ("kind_public_key", "chave pública", "public key"),
    ("kind_unknown", "não reconhecido", "not recognised"),
    ("purpose_any", "qualquer finalidade", "any purpose"),
    ("purpose_document_signing", "assinatura de documentos", "document signing"),
    ("purpose_timestamping", "carimbo do tempo", "time stamping"),
    ("purpose_tls_server", "servidor TLS", "TLS server"),
    ("purpose_tls_client", "cliente TLS", "TLS client"),
    ("purpose_ocsp_signing", "respostas OCSP", "OCSP responses"),
    ("holder_person", "pessoa física", "natural person"),
    ("holder_company", "pessoa jurídica", "legal person"),
    ("holder_equipment", "equipamento ou aplicação", "equipment or application"),
    ("holder_authority", "autoridade", "authority"),
    ("holder_unknown", "não informado", "not told"),
    ("identity_cpf", "CPF", "CPF"),
    ("identity_cnpj", "CNPJ", "CNPJ"),
    ("identity_birth_date", "Nascimento", "Birth date"),
    ("identity_nis", "NIS (PIS/PASEP)", "NIS (PIS/PASEP)"),
    ("identity_rg", "RG", "RG"),
    ("identity_rg_issuer", "Emissor do RG", "Issuer of the RG"),
    ("identity_voter_title", "Título de eleitor", "Voter's title"),
    ("identity_voter_zone", "Zona eleitoral", "Electoral zone"),
    ("identity_voter_section", "Seção eleitoral", "Electoral section"),
    ("identity_voter_place", "Município do título", "Municipality of the title"),
    ("identity_cei", "CEI/CNO", "CEI/CNO"),
    ("identity_ric", "RIC", "RIC"),
    ("identity_name", "Nome", "Name"),
    ("identity_business_name", "Nome empresarial", "Business name"),
    ("identity_responsible_name", "Nome do responsável", "Name of the person responsible"),
    ("identity_responsible_cpf", "CPF do responsável", "CPF of the person responsible"),
    ("identity_responsible_birth_date", "Nascimento do responsável", "Birth date of the person responsible"),
    ("identity_responsible_nis", "NIS do responsável", "NIS of the person responsible"),
    ("identity_responsible_rg", "RG do responsável", "RG of the person responsible"),
    ("identity_responsible_rg_issuer", "Emissor do RG do responsável", "Issuer of that person's RG"),
    ("identity_state_ok", "confere", "checks out"),
    ("identity_state_wrong_check_digit", "dígito verificador errado", "wrong check digit"),
    ("identity_state_malformed", "malformado", "malformed"),
    ("identity_state_not_checked", "sem dígito verificador", "has no check digit"),
    ("integrity_right", "MAC confere", "the MAC is right"),
    ("integrity_not_checked", "não conferida", "not checked"),
    ("integrity_none", "não há MAC: ninguém nota uma alteração", "there is no MAC: nobody notices a change"),
    ("risk_low", "baixo", "low"),
    ("risk_medium", "médio", "medium"),
    ("risk_high", "alto", "high"),
    ("part_container", "recipiente", "container"),
    ("part_key", "chave em claro", "key in the clear"),
    ("part_shrouded_key", "chave cifrada", "encrypted key"),
    ("part_certificate", "certificado", "certificate"),
    ("part_trusted_certificate", "certificado confiável", "trusted certificate"),
    ("part_crl", "lista de revogação", "revocation list"),
    ("part_secret", "segredo", "secret"),
    ("part_other", "outro", "other"),
    ("weight_error", "erro", "error"),
    ("weight_indeterminate", "impede a conclusão", "keeps it undecided"),
    ("weight_note", "nota", "note"),
    ("policy_ok", "atendida", "met"),
    ("policy_violated", "não atendida", "not met"),
    ("policy_none", "nenhuma foi pedida", "none was asked for"),
    ("evidence_crl", "LCR", "CRL"),
    ("evidence_delta_crl", "LCR delta", "delta CRL"),
    ("evidence_ocsp", "resposta OCSP", "OCSP response"),
    ("authority_issuer", "do próprio emissor", "by the issuer itself"),
    ("authority_indirect", "LCR indireta", "indirect CRL"),
    ("authority_delegated", "respondedor delegado", "delegated responder"),
    ("authority_none", "sem autoridade aqui", "no authority here"),
    ("severity_error", "erro", "error"),
    ("severity_warning", "aviso", "warning"),
    ("severity_notice", "nota", "notice"),
    ("section_crl", "Lista de certificados revogados", "Revocation list"),
    ("section_request", "Pedido de certificado", "Certification request"),
    ("section_attributes", "Atributos", "Attributes"),
    ("section_extensions", "Extensões", "Extensions"),
    ("section_ocsp", "Resposta OCSP", "OCSP response"),
    ("section_ocsp_answer", "Situação informada", "Status told"),
    ("section_timestamp", "Carimbo do tempo", "Time stamp"),
    ("section_cms", "Recipiente CMS", "CMS container"),
    ("section_signer", "Signatário", "Signer"),
    ("section_private_key", "Chave privada", "Private key"),
    ("section_public_key", "Chave pública", "Public key"),
    ("section_unknown", "Não reconhecido", "Not recognised"),
    ("fact_issuer", "Emissor", "Issuer"),
    ("fact_subject", "Sujeito", "Subject"),
    ("fact_crl_number", "Número da lista", "Number of the list"),
    ("fact_this_update", "Emitida em", "Made at"),
    ("fact_next_update", "Próxima até", "Next due by"),
    ("fact_crl_scope", "Abrangência", "Scope"),
    ("fact_entries", "Certificados revogados", "Revoked certificates"),
    ("fact_signature_algorithm", "Algoritmo da assinatura", "Signature algorithm"),
    ("fact_signature_method", "Método de assinatura", "Signature method"),
    ("fact_authority_key_id", "Identificador da chave do emissor", "Key identifier of the issuer"),
    ("fact_key", "Chave", "Key"),
    ("fact_key_sha256", "SHA-256 da chave pública", "SHA-256 of the public key"),
    ("fact_possession", "Posse da chave privada", "Possession of the private key"),
    ("fact_version", "Versão", "Version"),
    ("fact_ocsp_status", "Resultado", "Result"),
    ("fact_ocsp_answer", "Situação", "Status"),
    ("fact_response_type", "Tipo da resposta", "Type of response"),
    ("fact_responder", "Respondedor", "Responder"),
    ("fact_responder_key_hash", "Chave do respondedor (SHA-1)", "Key of the responder (SHA-1)"),
    ("fact_produced_at", "Produzida em", "Produced at"),
    ("fact_nonce", "Nonce", "Nonce"),
    ("fact_certificates_inside", "Certificados dentro", "Certificates inside"),
    ("fact_unreadable_certificates", "Certificados ilegíveis", "Unreadable certificates"),
    ("fact_revocation_inside", "Evidências de revogação dentro", "Revocation evidence inside"),
    ("fact_serial", "Número de série", "Serial number"),
    ("fact_revoked_at", "Revogado desde", "Revoked since"),
    ("fact_revocation_reason", "Motivo", "Reason"),
    ("fact_hash_algorithm", "Função de hash", "Hash function"),
    ("fact_issuer_name_hash", "Hash do nome do emissor", "Hash of the issuer's name"),
    ("fact_issuer_key_hash", "Hash da chave do emissor", "Hash of the issuer's key"),
    ("fact_timestamp_status", "Resultado", "Result"),
    ("fact_status_text", "Mensagem", "Message"),
    ("fact_failure_bits", "Bits de falha", "Failure bits"),
    ("fact_gen_time", "Instante", "Instant"),
    ("fact_imprint_algorithm", "Hash do carimbado", "Hash of what was stamped"),
    ("fact_imprint", "Resumo do carimbado", "Digest of what was stamped"),
    ("fact_policy", "Política", "Policy"),
    ("fact_accuracy_microseconds", "Exatidão (µs)", "Accuracy (µs)"),
    ("fact_ordering", "Ordenado", "Ordering"),
    ("fact_tsa", "Autoridade", "Authority"),
    ("fact_cms_type", "Tipo", "Type"),
    ("fact_content_type", "Tipo do conteúdo", "Type of content"),
    ("fact_detached", "Conteúdo à parte", "Detached content"),
    ("fact_content_size", "Tamanho do conteúdo (bytes)", "Size of the content (bytes)"),
    ("fact_digest_algorithm", "Função de hash", "Digest algorithm"),
    ("fact_signer_issuer", "Emissor do certificado", "Issuer of the certificate"),
    ("fact_signer_serial", "Série do certificado", "Serial of the certificate"),
    ("fact_signer_key_id", "Identificador da chave", "Key identifier"),
    ("fact_signer_integrity", "Assinatura", "Signature"),
    ("fact_signing_time", "Hora declarada", "Claimed time"),
    ("fact_message_digest", "Resumo assinado", "Signed digest"),
    ("fact_signature_policy", "Política de assinatura", "Signature policy"),
    ("fact_signed_attribute", "Atributo assinado", "Signed attribute"),
    ("fact_unsigned_attribute", "Atributo não assinado", "Unsigned attribute"),
    ("fact_name", "Nome", "Name"),
    ("fact_algorithm", "Algoritmo", "Algorithm"),
    ("fact_encrypted", "Cifrada", "Encrypted"),
    ("fact_kept", "Bytes guardados", "Bytes kept"),
    ("fact_bits", "Bits", "Bits"),
    ("fact_label", "Rótulo", "Label"),
    ("fact_size", "Tamanho (bytes)", "Size (bytes)"),
];

const SENTENCES: &[Word] = &[
    ("yes", "sim", "yes"),
    ("no", "não", "no"),
    ("critical", "crítica", "critical"),
    ("not_critical", "não crítica", "not critical"),
    ("signature_valid", "certa", "right"),
    ("signature_weak", "certa, com algoritmo fraco", "right, with a weak algorithm"),
    ("signature_unknown", "algoritmo não conhecido aqui", "algorithm not known here"),
    ("signature_missing", "não há com que conferir", "there is nothing to check it with"),
    ("scope_everything", "todos os certificados", "every certificate"),
    ("scope_user_certificates", "certificados de usuários", "user certificates"),
    ("scope_ca_certificates", "certificados de AC", "CA certificates"),
    ("scope_part", "parte dos certificados", "some certificates"),
    ("scope_not_judged", "não julgada aqui", "not judged here"),
    ("ocsp_successful", "respondida", "answered"),
    ("ocsp_good", "não revogado", "not revoked"),
    ("ocsp_revoked", "revogado", "revoked"),
    ("ocsp_unknown", "desconhecido do respondedor", "unknown to the responder"),
    ("timestamp_granted", "concedido", "granted"),
    ("timestamp_granted_with_mods", "concedido com alterações", "granted with changes"),
    ("timestamp_rejection", "recusado", "rejected"),
    ("reason_unspecified", "não especificado", "unspecified"),
    ("reason_key_compromise", "chave comprometida", "key compromise"),
    ("reason_ca_compromise", "AC comprometida", "CA compromise"),
    ("reason_affiliation_changed", "vínculo alterado", "affiliation changed"),
    ("reason_superseded", "substituído", "superseded"),
    ("reason_cessation_of_operation", "fim de operação", "cessation of operation"),
    ("reason_certificate_hold", "suspenso", "on hold"),
    ("reason_remove_from_crl", "retirado da lista", "removed from the list"),
    ("reason_privilege_withdrawn", "privilégio retirado", "privilege withdrawn"),
    ("reason_aa_compromise", "autoridade de atributo comprometida", "attribute authority compromise"),
    ("trust_anchor", "termina em uma âncora de confiança", "ends at a trust anchor"),
    ("untrusted_root", "termina em uma raiz que não é confiável aqui", "ends at a root that is not trusted here"),
    ("issuer_missing", "falta o certificado do emissor", "the issuer's certificate is missing"),
    ("path_too_long", "o caminho é longo demais", "the path is too long"),
    (
        "path_search_truncated",
        "a busca de caminhos foi interrompida por um limite",
        "the search for paths was cut off by a limit",
    ),
    ("no_certificate_chain_found", "nenhum caminho foi encontrado", "no path was found"),
    ("not_yet_valid", "a validade ainda não começou nesse instante", "its validity had not begun at that instant"),
    ("expired", "a validade já tinha terminado nesse instante", "its validity was over at that instant"),
    ("signature_wrong", "a assinatura está errada", "the signature is wrong"),
    ("signature_not_checkable", "a assinatura não pode ser conferida aqui", "the signature cannot be checked here"),
    ("not_a_ca", "emitiu um certificado sem ser AC", "it issued a certificate without being a CA"),
    ("key_cert_sign_missing", "emitiu sem o uso keyCertSign", "it issued without keyCertSign"),
    ("path_length_exceeded", "há mais ACs abaixo do que ela permite", "there are more CAs below than it allows"),
    ("too_many_intermediates", "há intermediárias demais", "there are too many intermediates"),
    ("unknown_critical_extension", "extensão crítica desconhecida", "unknown critical extension"),
    ("malformed_extension", "extensão malformada", "malformed extension"),
    (
        "name_mismatch",
        "o nome do emissor não é o do certificado acima",
        "the issuer's name is not that of the certificate above",
    ),
    (
        "key_id_mismatch",
        "o identificador de chave não é o do certificado acima",
        "the key identifier is not that of the certificate above",
    ),
    ("name_not_permitted", "nome fora do que a AC pode certificar", "a name outside what the CA may certify"),
    ("name_excluded", "nome entre os que a AC não pode certificar", "a name among those that the CA may not certify"),
    (
        "policy_extension_invalid",
        "as extensões de política se contradizem",
        "the policy extensions contradict each other",
    ),
    ("no_valid_policy", "nenhuma política exigida vale em todo o caminho", "no required policy holds along the path"),
    ("purpose_not_allowed", "não serve para a finalidade pedida", "it is not for the purpose that was asked for"),
    ("too_complex", "nomes, restrições ou políticas demais", "too many names, constraints or policies"),
    ("certificate_unreadable", "o OpenSSL não lê o certificado", "OpenSSL does not read the certificate"),
    ("refused_by_engine", "recusado pelo OpenSSL", "refused by OpenSSL"),
    ("weak_signature", "assinado com hash quebrado", "signed with a broken hash"),
    ("weak_key", "chave curta demais", "the key is too short"),
    ("revocation_not_needed", "não se aplica: âncora ou raiz", "does not apply: anchor or root"),
    ("revocation_off", "não foi verificada", "was not looked at"),
    ("revocation_not_checked", "não foi verificada", "was not looked at"),
    ("revocation_good", "não revogado", "not revoked"),
    ("revoked", "revogado", "revoked"),
    ("on_hold", "suspenso", "on hold"),
    ("revoked_later", "revogado depois desse instante", "revoked after that instant"),
    (
        "revocation_stale",
        "a evidência já não valia nesse instante",
        "the evidence was no longer in force at that instant",
    ),
    ("no_revocation_evidence", "não há evidência de revogação", "there is no revocation evidence"),
    ("crl_other_issuer", "LCR de outro emissor", "list by another issuer"),
    ("crl_missing_crl_sign", "o emissor não pode assinar LCRs", "its issuer may not sign lists"),
    ("crl_signature_wrong", "a assinatura da LCR está errada", "the signature of the list is wrong"),
    (
        "crl_signature_not_checkable",
        "a assinatura da LCR não pode ser conferida",
        "the signature of the list cannot be checked",
    ),
    ("crl_weak_signature", "assinatura fraca demais para provar algo bom", "signature too weak to prove anything good"),
    ("crl_out_of_scope", "a LCR não abrange este certificado", "the list does not cover this certificate"),
    ("ocsp_other_certificate", "a resposta é sobre outro certificado", "the response is about another certificate"),
    ("ocsp_responder_missing", "falta o certificado do respondedor", "the responder's certificate is missing"),
    (
        "ocsp_responder_revoked",
        "o certificado do respondedor estava revogado ou suspenso",
        "the responder's certificate was revoked or on hold",
    ),
    ("ocsp_signature_wrong", "a assinatura da resposta está errada", "the signature of the response is wrong"),
    ("ocsp_stale", "a resposta já não valia", "the response was no longer in force"),
    ("no_mac", "não há MAC", "there is no MAC"),
    ("sha1_mac", "MAC com SHA-1", "MAC with SHA-1"),
    ("few_iterations", "poucas iterações", "few iterations"),
    ("few_mac_iterations", "poucas iterações no MAC", "few iterations of the MAC"),
    ("modest_iterations", "menos iterações do que hoje se recomenda", "fewer iterations than advised today"),
    ("rc2_40", "cifra de 40 bits", "40-bit cipher"),
    ("des", "DES simples", "single DES"),
    ("des3", "DES triplo", "triple DES"),
    ("old_cipher", "cifra antiga", "old cipher"),
    ("jks_protector", "proteção de chave do JKS", "key protector of JKS"),
    ("unencrypted_key", "chave privada em claro", "private key in the clear"),
    ("null_password", "sem senha", "no password"),
    ("empty_password", "senha vazia", "empty password"),
    ("short_salt", "sal curto", "short salt"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_once() {
        for words in [LABELS, SENTENCES] {
            for (place, (code, portuguese, english)) in words.iter().enumerate() {
                assert!(!portuguese.is_empty() && !english.is_empty(), "{code}");
                assert!(!words[..place].iter().any(|(own, ..)| own == code), "{code} stands twice");
            }
        }
        assert_eq!(label("fact_nunca_visto", Say(Locale::PtBr)), "nunca visto");
        assert_eq!(sentence("nunca_visto", Say(Locale::En)), "nunca_visto");
    }
}
