//! Portuguese for signing, extension, batches, authorities, policies and stamps.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Takes signed files to a higher level: time stamps and evidence for the years to come",
        "Leva arquivos assinados a um nível maior: carimbos do tempo e evidências para os anos que vêm",
    ),
    ("Batches: those that did not end, and lists of results", "Lotes: os que não terminaram, e listas de resultados"),
    ("Time-stamp authorities of the office", "Autoridades de carimbo do tempo do cartório"),
    ("Signature policies of ICP-Brasil", "Políticas de assinatura da ICP-Brasil"),
    ("Visible stamps", "Carimbos visíveis"),
    (
        "Files to sign; a folder stands for the documents in it",
        "Arquivos a assinar; uma pasta vale pelos documentos dentro dela",
    ),
    (
        "Form: pades, cades-detached, cades-enveloping or raw (default: what the file is)",
        "Forma: pades, cades-detached, cades-enveloping ou raw (padrão: o que o arquivo é)",
    ),
    (
        "Level: b-b, b-t (time stamp), b-lt (evidence) or b-lta (archive)",
        "Nível: b-b, b-t (carimbo do tempo), b-lt (evidências) ou b-lta (arquivo)",
    ),
    (
        "Signature policy of ICP-Brasil: none, ad-rb, ad-rt, ad-rv, ad-rc or ad-ra",
        "Política de assinatura da ICP-Brasil: none, ad-rb, ad-rt, ad-rv, ad-rc ou ad-ra",
    ),
    (
        "Adds a parallel signature to a .p7s that is already signed",
        "Acrescenta uma assinatura paralela a um .p7s já assinado",
    ),
    ("Signs one signature of a .p7s", "Assina uma assinatura de um .p7s"),
    (
        "Whose signature --countersign signs, from 1 (default: the only one)",
        "De quem é a assinatura que --countersign assina, a partir de 1 (padrão: a única)",
    ),
    (
        "What a detached .p7s signed; can be repeated, each one gets the file with its digest (default: looked for beside it, and in the journal)",
        "O que um .p7s separado assinou; pode ser repetido, cada um recebe o arquivo com o seu resumo (padrão: procurado ao lado dele e no diário)",
    ),
    ("Country where the signer is, e.g. BR, for a .p7s", "País onde está quem assina, p. ex. BR, para um .p7s"),
    ("City where the signer is, for a .p7s", "Cidade onde está quem assina, para um .p7s"),
    (
        "Line of the signer's postal address, for a .p7s; up to six",
        "Linha do endereço postal de quem assina, para um .p7s; até seis",
    ),
    (
        "After an error of a kind: document, service, key or output = stop, go-on or pause (asks, on a terminal), e.g. service=go-on; can be repeated (default: document=go-on; the others stop, or pause where several files are signed on a terminal)",
        "Depois de um erro de um tipo: document, service, key ou output = stop, go-on ou pause (pergunta, num terminal), p. ex. service=go-on; pode ser repetido (padrão: document=go-on; os outros param, ou pausam quando vários arquivos são assinados num terminal)",
    ),
    (
        "Why the files were not looked at before they are signed; it goes into the trail",
        "Por que os arquivos não foram vistos antes de assinados; fica na trilha",
    ),
    (
        "Says what would be done and what stands against it; signs nothing",
        "Diz o que seria feito e o que se opõe; não assina nada",
    ),
    (
        "Lists the signature fields of a PDF, the empty ones that can be signed among them",
        "Lista os campos de assinatura de um PDF, entre eles os vazios que podem ser assinados",
    ),
    ("PDF", "PDF"),
    ("Puts one at another place in the order", "Põe uma em outro lugar da ordem"),
    ("Place, from 1", "Lugar, a partir de 1"),
    (
        "Visible stamp: page=1,x=..,y=..,w=..,h=.. in points from the top left of the page as it is seen; page=-1 is the last one; or field, where the one of --field lies",
        "Carimbo visível: page=1,x=..,y=..,w=..,h=.. em pontos do canto superior esquerdo da página como se vê; page=-1 é a última; ou field, no lugar do campo de --field",
    ),
    (
        "Template of the visible stamp: its identifier or name (default: the first one)",
        "Modelo do carimbo visível: identificador ou nome (padrão: o primeiro)",
    ),
    ("Lets the visible stamp cover text and fields", "Permite que o carimbo cubra texto e campos"),
    (
        "Certifies the PDF: no-changes, form-filling or annotations may follow",
        "Certifica o PDF: depois dela podem vir no-changes, form-filling ou annotations",
    ),
    (
        "Locks form fields of the PDF: all, these=A,B or all-but=A,B",
        "Trava campos do PDF: all (todos), these=A,B (estes) ou all-but=A,B (todos menos estes)",
    ),
    ("Signs this empty field of the PDF", "Assina este campo vazio do PDF"),
    (
        "Commitment: origin, receipt, delivery, sender, approval or creation",
        "Compromisso: origin, receipt, delivery, sender, approval ou creation",
    ),
    ("MIME type of the content, for a .p7s", "Tipo MIME do conteúdo, para um .p7s"),
    ("What the content is, in words, for a .p7s", "O que é o conteúdo, em palavras, para um .p7s"),
    (
        "Pattern of the results' names; {nome} is the document's, e.g. {nome}-assinado",
        "Padrão dos nomes dos resultados; {nome} é o do documento, p. ex. {nome}-assinado",
    ),
    (
        "Goes on with the next file after an error of a time-stamp authority, of the key or of writing",
        "Segue com o próximo arquivo depois de um erro da autoridade de carimbo, da chave ou da gravação",
    ),
    ("File with the password of encrypted PDFs", "Arquivo com a senha dos PDFs cifrados"),
    (
        "Asks this time-stamp authority before the office's own; can be repeated",
        "Pede a esta autoridade de carimbo antes das do cartório; pode ser repetido",
    ),
    (
        "Certificates, revocation lists and OCSP responses from this file; can be repeated",
        "Certificados, listas de revogação e respostas OCSP deste arquivo; pode ser repetido",
    ),
    ("Asks nothing of any network", "Não pergunta nada a rede nenhuma"),
    (
        "Accepts a lower level where what the wished one needs is not to be had",
        "Aceita um nível menor onde falta o que o desejado precisa",
    ),
    (
        "Signed PDFs and .p7s files; a folder stands for those in it",
        "PDFs assinados e arquivos .p7s; uma pasta vale pelos que estão nela",
    ),
    (
        "Level to reach: b-t, b-lt or b-lta; b-lta adds one more archive time stamp to what is there already",
        "Nível a alcançar: b-t, b-lt ou b-lta; b-lta acrescenta mais um carimbo de arquivo ao que já é",
    ),
    ("Lists them: what was done, what failed, what is left", "Lista-os: o que foi feito, o que falhou, o que falta"),
    ("Also batches that are over, newest first", "Também os lotes que terminaram, do mais novo ao mais antigo"),
    (
        "Saves what became of each document of one as a table (CSV)",
        "Salva o que houve com cada documento de um como tabela (CSV)",
    ),
    ("Goes on with one", "Continua um"),
    ("Batch: its identifier", "Lote: o identificador"),
    ("Gives up what is left of one, on record", "Desiste do que falta de um, com registro"),
    ("Lists them in the order in which they are asked", "Lista-as na ordem em que são consultadas"),
    ("Adds one at the end", "Acrescenta uma no fim"),
    ("Name", "Nome"),
    ("Address, http or https", "Endereço, http ou https"),
    ("User name, where it wants a password", "Usuário, se ela pede senha"),
    (
        "P12 file with the client certificate, where it wants one",
        "Arquivo P12 com o certificado de cliente, se ela pede um",
    ),
    ("Policy that is asked of it (OID)", "Política que se pede a ela (OID)"),
    ("Seconds until the next one is tried (default: 20)", "Segundos até tentar a próxima (padrão: 20)"),
    ("Removes one", "Remove uma"),
    ("Authority: its identifier or name", "Autoridade: identificador ou nome"),
    ("Asks one for a time stamp", "Pede um carimbo do tempo a uma"),
    (
        "Lists the policies that may be used now, and the lists of approved ones",
        "Lista as políticas que podem ser usadas agora, e as listas de políticas aprovadas",
    ),
    (
        "Takes files of ITI in: policies, lists of approved policies (LPA) and their signatures",
        "Inclui arquivos do ITI: políticas, listas de políticas aprovadas (LPA) e as assinaturas delas",
    ),
    ("Lists the templates", "Lista os modelos"),
    (
        "Adds or changes a template: a JSON file as `stamp list --json` shows it; with an empty `id` it is a new one",
        "Acrescenta ou altera um modelo: um arquivo JSON como `stamp list --json` mostra; com o `id` vazio é um novo",
    ),
    ("PNG or JPEG picture that it shows", "Imagem PNG ou JPEG que ele mostra"),
    ("Removes a template", "Remove um modelo"),
    ("Template: its identifier or name", "Modelo: identificador ou nome"),
];
