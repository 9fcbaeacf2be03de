//! Portuguese for the first commands.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Signs, verifies and inspects documents and certificates of a notary office",
        "Assina, valida e examina documentos e certificados de um cartório",
    ),
    (
        "Folder that holds everything an installation keeps (default: the platform's data folder)",
        "Pasta com tudo o que a instalação guarda (padrão: a pasta de dados do sistema)",
    ),
    (
        "Prints one JSON document on stdout and nothing else there",
        "Escreve um documento JSON na saída padrão, e nada mais ali",
    ),
    ("Language: pt-BR or en (default: the terminal's)", "Idioma: pt-BR ou en (padrão: o do terminal)"),
    (
        "File with the passphrase of the key store, for a machine without a keyring",
        "Arquivo com a frase-senha do cofre de chaves, para máquina sem chaveiro",
    ),
    ("Shows this help", "Mostra esta ajuda"),
    ("Shows the version", "Mostra a versão"),
    ("Demonstration office, without legal value", "Cartório de demonstração, sem valor jurídico"),
    ("AWS profiles", "Perfis da AWS"),
    ("Signing keys", "Chaves de assinatura"),
    (
        "Signing identities: a key with its certificate chain",
        "Identidades de assinatura: uma chave com a sua cadeia de certificados",
    ),
    ("Certificates of the office's own authority", "Certificados da autoridade do próprio cartório"),
    (
        "Signs files: a PDF from the inside (PAdES), any other file beside it (CAdES, .p7s)",
        "Assina arquivos: um PDF por dentro (PAdES), qualquer outro ao lado (CAdES, .p7s)",
    ),
    (
        "Says whether a signed file is intact and can be trusted",
        "Diz se um arquivo assinado está íntegro e é confiável",
    ),
    ("P12 files: a certificate with its key", "Arquivos P12: um certificado com a sua chave"),
    ("Audit trail", "Trilha de auditoria"),
    (
        "Builds the demonstration office, or completes it; can be repeated",
        "Monta o cartório de demonstração, ou o completa; pode ser repetido",
    ),
    (
        "How a new key store keeps its master key: automatic, keyring, passphrase or plain-file (demonstration only)",
        "Como um novo cofre guarda a chave mestra: automatic, keyring, passphrase ou plain-file (só demonstração)",
    ),
    ("Adds or changes a profile", "Acrescenta ou altera um perfil"),
    ("Lists the profiles", "Lista os perfis"),
    ("Opens the production office with a profile", "Abre o cartório de produção com um perfil"),
    ("Name of the office; needed the first time", "Nome do cartório; preciso na primeira vez"),
    ("Name of the notary; needed the first time", "Nome do tabelião; preciso na primeira vez"),
    ("Asks AWS who the credentials of a profile are", "Pergunta à AWS de quem são as credenciais de um perfil"),
    ("Removes a profile and its access keys", "Remove um perfil e as suas chaves de acesso"),
    ("Name of the profile", "Nome do perfil"),
    ("AWS region, e.g. sa-east-1", "Região da AWS, p. ex. sa-east-1"),
    (
        "Another endpoint than AWS's own (emulator, PrivateLink)",
        "Outro endereço em vez do da AWS (emulador, PrivateLink)",
    ),
    ("Another endpoint for AWS Private CA alone", "Outro endereço só para o AWS Private CA"),
    ("Uses FIPS 140 endpoints", "Usa endereços FIPS 140"),
    (
        "ARN of an AWS Private CA that issues it (default: the office's own authority)",
        "ARN de um AWS Private CA que o emite (padrão: a autoridade do próprio cartório)",
    ),
    (
        "Credentials of this profile of ~/.aws/config (also SSO and credential_process)",
        "Credenciais deste perfil de ~/.aws/config (também SSO e credential_process)",
    ),
    (
        "Asks for access keys and keeps them in the system's keyring",
        "Pergunta as chaves de acesso e as guarda no chaveiro do sistema",
    ),
    (
        "File with the access keys as JSON: access_key_id, secret_access_key, session_token; \"-\" reads stdin",
        "Arquivo com as chaves de acesso em JSON: access_key_id, secret_access_key, session_token; \"-\" lê a entrada padrão",
    ),
    ("Lists the keys that the office can see", "Lista as chaves que o cartório enxerga"),
    ("Friendly name", "Nome para as pessoas"),
    (
        "Type: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 or ECC_NIST_P521",
        "Tipo: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 ou ECC_NIST_P521",
    ),
    ("Free text", "Texto livre"),
    ("Lists the signing identities", "Lista as identidades de assinatura"),
    (
        "Issues a certificate for an existing key and makes an identity of both",
        "Emite um certificado para uma chave existente e faz dos dois uma identidade",
    ),
    ("Who the certificate is for", "De quem é o certificado"),
    ("E-mail address for the certificate", "E-mail para o certificado"),
    ("Lists the certificates of the office", "Lista os certificados do cartório"),
    (
        "Issues a certificate for a subscriber; the key is made here and leaves only in a P12 file",
        "Emite um certificado de titular; a chave nasce aqui e só sai num arquivo P12",
    ),
    ("Full name", "Nome completo"),
    ("CPF, with or without punctuation", "CPF, com ou sem pontuação"),
    (
        "Signing identity: its identifier or its name; not needed where there is only one",
        "Identidade de assinatura: o identificador ou o nome; dispensável quando só há uma",
    ),
    (
        "Signature algorithm, e.g. RSASSA_PSS_SHA_256 (default: the key's)",
        "Algoritmo de assinatura, p. ex. RSASSA_PSS_SHA_256 (padrão: o da chave)",
    ),
    ("Reason, written into the signature", "Motivo, escrito na assinatura"),
    ("Place, written into the signature", "Local, escrito na assinatura"),
    (
        "Where the result goes: a folder, or a file that does not exist yet (default: beside each file)",
        "Onde fica o resultado: uma pasta, ou um arquivo que ainda não existe (padrão: ao lado de cada arquivo)",
    ),
    ("Signed PDF or .p7s", "PDF assinado ou .p7s"),
    (
        "Content of a detached .p7s (default: looked for beside it)",
        "Conteúdo de um .p7s separado (padrão: procurado ao lado dele)",
    ),
    (
        "Trusts the roots in this file as well; can be repeated",
        "Confia também nas raízes deste arquivo; pode ser repetido",
    ),
    ("Revocation list; can be repeated", "Lista de revogação; pode ser repetido"),
    (
        "Judges as of this instant (RFC 3339), e.g. 2026-11-21T12:00:00-03:00",
        "Julga neste instante (RFC 3339), p. ex. 2026-11-21T12:00:00-03:00",
    ),
    ("Asks nothing of any network; this version never does", "Não pergunta nada à rede; esta versão nunca pergunta"),
    ("File", "Arquivo"),
    (
        "Writes a certificate with its key and chain into a P12 file",
        "Grava um certificado com a sua chave e cadeia num arquivo P12",
    ),
    (
        "Certificate: its identifier, the beginning of its SHA-256, or its holder's name",
        "Certificado: o identificador, o começo do SHA-256 ou o nome do titular",
    ),
    ("File to write, which must not exist", "Arquivo a gravar, que não pode existir"),
    ("Name inside the file (default: the holder's)", "Nome dentro do arquivo (padrão: o do titular)"),
    (
        "Protection: modern (AES-256; today's programs), compatible (Triple DES; Windows 7 and other old programs) or pbmac1 (where FIPS 140 asks for it)",
        "Proteção: modern (AES-256; programas de hoje), compatible (DES triplo; Windows 7 e outros programas antigos) ou pbmac1 (onde se exige FIPS 140)",
    ),
    ("Looks inside a P12 file", "Examina um arquivo P12"),
    ("Reads the password from the first line of stdin", "Lê a senha da primeira linha da entrada padrão"),
    ("Reads the password from the first line of this file", "Lê a senha da primeira linha deste arquivo"),
    ("Lists records, newest first", "Lista registros, os mais novos primeiro"),
    ("Only this act, e.g. document_signed", "Só este ato, p. ex. document_signed"),
    ("Only records that contain this text", "Só registros que contêm este texto"),
    ("Only records before this number", "Só registros antes deste número"),
    ("At most so many", "No máximo tantos"),
    ("Checks every record: changed, removed, reordered", "Confere cada registro: alterado, removido, trocado de lugar"),
    (
        "Accepts the end of a broken trail as it is, on record",
        "Aceita o fim de uma trilha rompida como está, e o registra",
    ),
    ("Why; it goes into the trail", "O motivo; ele fica na trilha"),
];
