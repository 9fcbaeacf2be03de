//! Portuguese for inspection, chains, trust, expiry and search.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Shows what is in any file of the field: certificates, P12, lists, requests, tokens, signatures",
        "Mostra o que há em qualquer arquivo da área: certificados, P12, LCR, pedidos, carimbos, assinaturas",
    ),
    (
        "Files: certificates, P7B, P12, JKS, CRL, CSR, OCSP responses, timestamps, .p7s, ZIP; what they are is seen by their content",
        "Arquivos: certificados, P7B, P12, JKS, LCR, CSR, respostas OCSP, carimbos, .p7s, ZIP; o que são se vê pelo conteúdo",
    ),
    ("Opens a P12 or JKS without any password", "Abre um P12 ou JKS sem senha nenhuma"),
    ("Shows every ASN.1 element with its place", "Mostra cada elemento ASN.1 com o seu lugar"),
    (
        "Shows what issuers did against their own rules",
        "Mostra o que os emissores fizeram contra as suas próprias regras",
    ),
    (
        "Judges as of this instant (RFC 3339) or the end of this day, e.g. 2014-03-02",
        "Julga nesse instante (RFC 3339) ou no fim desse dia, como 2014-03-02",
    ),
    (
        "Writes the inspection report; .pdf, .html or .json by the name; can be repeated",
        "Grava o relatório de exame; .pdf, .html ou .json pelo nome; pode ser repetido",
    ),
    ("Writes what was found into one file", "Grava num só arquivo o que foi achado"),
    ("Form of the exported file: pem, der or p7b", "Forma do arquivo exportado: pem, der ou p7b"),
    ("Exports the certificates above each, too", "Exporta também os certificados acima de cada um"),
    (
        "Judges a certificate's chain: every path, every error, policies and revocation",
        "Julga a cadeia de um certificado: cada caminho, cada erro, políticas e revogação",
    ),
    ("Certificate to judge", "Certificado a julgar"),
    (
        "Certificates that may stand between it and a root, in any order; can be repeated",
        "Certificados que podem estar entre ele e uma raiz, em qualquer ordem; pode ser repetido",
    ),
    (
        "Trusts the certificates in this file as roots, and no others; can be repeated (default: what this installation trusts)",
        "Confia nos certificados deste arquivo como raízes, e em nenhum outro; pode ser repetido (padrão: o que esta instalação confia)",
    ),
    ("OCSP response; can be repeated", "Resposta OCSP; pode ser repetido"),
    ("Acceptable policy; can be repeated", "Política aceitável; pode ser repetido"),
    ("A policy must hold along the whole path", "Uma política deve valer por todo o caminho"),
    ("anyPolicy does not count", "anyPolicy não conta"),
    ("Mapped policies do not count", "Políticas mapeadas não contam"),
    (
        "Revocation: require (without evidence nothing is decided), prefer (what there is counts) or off",
        "Revogação: require (sem evidência nada se decide), prefer (conta o que houver) ou off",
    ),
    (
        "Fit for: any, document-signing, timestamping, tls-server, tls-client or ocsp-signing",
        "Próprio para: any, document-signing, timestamping, tls-server, tls-client ou ocsp-signing",
    ),
    (
        "Judges every case of this file (one JSON object a line) and answers with one JSON object a line",
        "Julga cada caso deste arquivo (um objeto JSON por linha) e responde com um objeto JSON por linha",
    ),
    ("Compares two certificates by meaning", "Compara dois certificados pelo sentido"),
    ("First certificate", "Primeiro certificado"),
    ("Second certificate", "Segundo certificado"),
    ("Roots of trust and revocation evidence", "Raízes de confiança e evidências de revogação"),
    ("Lists roots and revocation evidence", "Lista as raízes e as evidências de revogação"),
    (
        "Imports ICP-Brasil's bundle (ZIP, PEM or P7B); roots count by their official fingerprints alone",
        "Importa o pacote da ICP-Brasil (ZIP, PEM ou P7B); as raízes valem só pelas impressões digitais oficiais",
    ),
    ("Bundle", "Pacote"),
    (
        "Keeps CA certificates, revocation lists and OCSP responses from files",
        "Guarda certificados de AC, LCRs e respostas OCSP de arquivos",
    ),
    ("Files", "Arquivos"),
    (
        "Asks that a root of one's own be trusted; another person approves",
        "Pede que se confie numa raiz própria; outra pessoa aprova",
    ),
    ("Why; the other person reads it", "O motivo; a outra pessoa o lê"),
    ("Carries out an approved request", "Executa uma solicitação aprovada"),
    ("The request", "A solicitação"),
    ("Certificate of the root", "Certificado da raiz"),
    (
        "Asks that a root of one's own be trusted no longer; another person approves",
        "Pede que não se confie mais numa raiz própria; outra pessoa aprova",
    ),
    ("SHA-256 of the root, or its beginning", "SHA-256 da raiz, ou o seu começo"),
    (
        "Fetches the revocation lists that the CAs name; the only command here that uses a network",
        "Busca as LCRs que as ACs indicam; o único comando daqui que usa a rede",
    ),
    ("Only this list: its SHA-256", "Só esta lista: o seu SHA-256"),
    ("Forgets a kept list or response", "Esquece uma lista ou resposta guardada"),
    ("Its SHA-256", "O seu SHA-256"),
    ("What ends, and when", "O que vence, e quando"),
    ("Only what ends within so many days", "Só o que vence em tantos dias"),
    ("What is over already, too", "Também o que já venceu"),
    ("Certificates of the trust store, too", "Também os certificados da confiança"),
    ("Writes it as a calendar", "Grava como calendário"),
    ("Writes it as a table", "Grava como tabela"),
    ("Searches everything that the office has", "Procura em tudo o que o cartório tem"),
    (
        "Name, CPF, CNPJ, serial number, fingerprint or file name",
        "Nome, CPF, CNPJ, número de série, impressão digital ou nome de arquivo",
    ),
];
