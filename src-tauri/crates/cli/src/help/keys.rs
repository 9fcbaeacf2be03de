//! Portuguese for keys, their change, tokens and A1 files.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("Change of keys (troca de chave), step by step with evidence", "Troca de chave, passo a passo e com provas"),
    ("Tokens and HSMs behind PKCS#11 modules", "Tokens e HSMs atrás de módulos PKCS#11"),
    ("A1 certificate files (P12) that sign", "Arquivos de certificado A1 (P12) que assinam"),
    (
        "Only keys that are to be changed now, or within so many days",
        "Só chaves que devem ser trocadas agora, ou dentro de tantos dias",
    ),
    (
        "Only keys in this state: enabled, disabled, pending-deletion or unavailable",
        "Só chaves neste estado: enabled, disabled, pending-deletion ou unavailable",
    ),
    (
        "Only keys with this text in name, description, reference or identity",
        "Só chaves com este texto no nome, na descrição, na referência ou na identidade",
    ),
    (
        "Shows one key: tags, access, use, renewal and what the trail knows of it",
        "Mostra uma chave: etiquetas, acesso, uso, renovação e o que a trilha sabe dela",
    ),
    (
        "Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity",
        "Chave: referência (local:ID, awskms:alias/NOME), nome, ou nome de uma identidade",
    ),
    ("Writes the public half of a key", "Escreve a parte pública de uma chave"),
    ("Form: pem, der or jwk (default: pem)", "Forma: pem, der ou jwk (padrão: pem)"),
    (
        "File to write, which must not exist (default: the standard output)",
        "Arquivo a gravar, que não pode existir (padrão: a saída padrão)",
    ),
    (
        "Makes a key: in AWS KMS in production, on this machine in the demonstration, unless --place says otherwise",
        "Cria uma chave: no AWS KMS em produção, nesta máquina na demonstração, salvo se --place disser outro lugar",
    ),
    (
        "What for: sign, or seal (the archive's symmetric key); default: sign",
        "Para quê: sign (assinar) ou seal (chave simétrica do cofre); padrão: sign",
    ),
    (
        "Where: local, aws or token:ID (identifier, label or serial number)",
        "Onde: local, aws ou token:ID (identificador, nome ou número de série)",
    ),
    (
        "Tag beside Sistema, Ambiente and Uso; can be repeated",
        "Etiqueta além de Sistema, Ambiente e Uso; pode ser repetido",
    ),
    ("Usable in several AWS regions", "Utilizável em várias regiões da AWS"),
    (
        "Signs files with a bare key: a signature value and a JSON receipt for each",
        "Assina arquivos só com a chave: um valor de assinatura e um recibo JSON para cada um",
    ),
    ("Folder for the results (default: beside each file)", "Pasta dos resultados (padrão: ao lado de cada arquivo)"),
    ("Says whether a bare signature is one of this file", "Diz se uma assinatura avulsa é deste arquivo"),
    ("File that was signed", "Arquivo que foi assinado"),
    (
        "Receipt (.sig.json), or the bare signature value (.sig)",
        "Recibo (.sig.json), ou só o valor da assinatura (.sig)",
    ),
    (
        "Key of this office; needed with a bare value, and wins over the key in a receipt",
        "Chave deste cartório; necessária com o valor avulso, e vale mais que a chave do recibo",
    ),
    ("Algorithm; needed with a bare value of an RSA key", "Algoritmo; necessário com o valor avulso de uma chave RSA"),
    ("Names of a key", "Nomes de uma chave"),
    ("Gives a key a name, taking it from the key that has it", "Dá um nome a uma chave, tirando-o da que o tem"),
    ("Takes a name away from a key", "Tira um nome de uma chave"),
    ("Adds, replaces or takes away tags of a key", "Põe, substitui ou tira etiquetas de uma chave"),
    ("Tag to add or replace; can be repeated", "Etiqueta a pôr ou substituir; pode ser repetido"),
    ("Name of a tag to take away; can be repeated", "Nome de uma etiqueta a tirar; pode ser repetido"),
    ("Changes the free text of a key", "Muda o texto livre de uma chave"),
    ("The text; an empty one takes it away", "O texto; um vazio o tira"),
    ("Switches a key on", "Reativa uma chave"),
    ("Switches a key off; it can be switched on again", "Desativa uma chave; ela pode ser reativada"),
    (
        "Asks for the change of a key (troca de chave); another person approves it",
        "Pede a troca de uma chave; outra pessoa aprova",
    ),
    ("Why; it goes into the trail and the evidence report", "O motivo; ele fica na trilha e no relatório de provas"),
    (
        "Where the new certificate comes from: office, private-ca:ARN, external or none (default: the same CA as before)",
        "De onde vem o certificado novo: office, private-ca:ARN, external ou none (padrão: a mesma autoridade de antes)",
    ),
    (
        "Days in which both keys are visible: 0 to 365 (default: 30)",
        "Dias em que as duas chaves ficam visíveis: 0 a 365 (padrão: 30)",
    ),
    (
        "Days that the old key waits for its deletion: 7 to 30 (default: 30)",
        "Dias que a chave antiga espera pela exclusão: 7 a 30 (padrão: 30)",
    ),
    ("Keeps the old key, switched off", "Guarda a chave antiga, desativada"),
    (
        "Asks for the deletion of a key, or carries out an approved request",
        "Pede a exclusão de uma chave, ou faz o que uma solicitação aprovada permite",
    ),
    ("Days that the key waits for its deletion: 7 to 30", "Dias que a chave espera pela exclusão: 7 a 30"),
    ("Carries out this approved request", "Faz o que esta solicitação aprovada permite"),
    (
        "Calls the deletion of a key off; it stays switched off",
        "Cancela a exclusão de uma chave; ela continua desativada",
    ),
    ("Lets a symmetric key renew itself, or not", "Liga ou desliga a renovação automática de uma chave simétrica"),
    ("Period in days: 90 to 2560", "Período em dias: 90 a 2560"),
    ("Switches it off", "Desliga"),
    ("Renews a symmetric key now", "Renova uma chave simétrica agora"),
    (
        "Sets after how many days a signing key is to be changed",
        "Define depois de quantos dias uma chave de assinatura deve ser trocada",
    ),
    ("Days: 30 to 3650", "Dias: 30 a 3650"),
    (
        "Says whether a key needs a PIN or a password before it signs",
        "Diz se uma chave pede PIN ou senha antes de assinar",
    ),
    ("Lists the changes of keys, newest first", "Lista as trocas de chave, as mais novas primeiro"),
    ("Only those that are not over", "Só as que não terminaram"),
    ("Shows one: its plan, its steps and their evidence", "Mostra uma: o plano, os passos e as provas"),
    (
        "Starts it with an approved request; «advance» takes its steps",
        "Começa com uma solicitação aprovada; «advance» faz os passos",
    ),
    ("Approved request", "Solicitação aprovada"),
    ("Goes on with it, as far as it goes now", "Continua, até onde der agora"),
    ("Identifier of the change", "Identificador da troca"),
    ("Stops after this step, e.g. move-alias", "Para depois deste passo, p. ex. move-alias"),
    ("Switches the old key off before the transition is over", "Desativa a chave antiga antes do fim da transição"),
    ("Undoes it; possible until the old key is switched off", "Desfaz; é possível até a chave antiga ser desativada"),
    (
        "Writes the certificate request (PKCS#10) of the new key, for a CA outside",
        "Grava a requisição de certificado (PKCS#10) da chave nova, para uma autoridade de fora",
    ),
    (
        "Brings the certificate that a CA outside issued for the new key",
        "Traz o certificado que uma autoridade de fora emitiu para a chave nova",
    ),
    ("File with the certificate and, if possible, its chain", "Arquivo com o certificado e, se possível, a cadeia"),
    ("Calls the deletion of the old key off", "Cancela a exclusão da chave antiga"),
    ("Writes the signed evidence report", "Grava o relatório de provas, assinado"),
    ("File to write, which must not exist: .pdf or .json", "Arquivo a gravar, que não pode existir: .pdf ou .json"),
    (
        "Lists modules and tokens, and modules that were found on this machine",
        "Lista módulos e tokens, e módulos encontrados nesta máquina",
    ),
    ("PKCS#11 modules in use", "Módulos PKCS#11 em uso"),
    (
        "Shows keys and certificates of a token; with a PIN also what it hides without",
        "Mostra chaves e certificados de um token; com o PIN, também o que ele esconde sem ele",
    ),
    ("Token: identifier, label or serial number", "Token: identificador, nome ou número de série"),
    (
        "Takes a module into use: its code runs inside this program, so only one whose maker is trusted",
        "Passa a usar um módulo: o código dele roda dentro deste programa, então só um de fabricante confiável",
    ),
    (
        "The module's file, e.g. /usr/lib/softhsm/libsofthsm2.so",
        "O arquivo do módulo, p. ex. /usr/lib/softhsm/libsofthsm2.so",
    ),
    ("Stops using a module", "Deixa de usar um módulo"),
    ("Module: identifier, file name or path", "Módulo: identificador, nome do arquivo ou caminho"),
    ("Lists A1 files that sign", "Lista os arquivos A1 que assinam"),
    (
        "Takes an A1 file as a signing source and makes an identity of it",
        "Passa a assinar com um arquivo A1 e faz dele uma identidade",
    ),
    ("The .p12 or .pfx file; it stays where it is", "O arquivo .p12 ou .pfx; ele fica onde está"),
    (
        "Keeps its password, sealed in the key store (default: it is asked for each time)",
        "Guarda a senha, lacrada no cofre de chaves (padrão: ela é pedida a cada vez)",
    ),
    ("Name of the identity (default: the holder's)", "Nome da identidade (padrão: o do titular)"),
    (
        "Stops using an A1 file; the file itself stays where it is",
        "Deixa de usar um arquivo A1; o arquivo em si fica onde está",
    ),
    ("SHA-256 of its certificate, or the beginning of it", "SHA-256 do certificado dele, ou o começo"),
    ("Forgets the password of an A1 file", "Esquece a senha de um arquivo A1"),
    (
        "Makes an identity of a token's key and the certificate that was issued for it",
        "Faz uma identidade da chave de um token com o certificado emitido para ela",
    ),
    (
        "File with the certificate and its chain (default: the token's own)",
        "Arquivo com o certificado e a cadeia (padrão: o do próprio token)",
    ),
    ("Reads the token's PIN from the first line of stdin", "Lê o PIN do token da primeira linha da entrada padrão"),
    ("Reads the token's PIN from the first line of this file", "Lê o PIN do token da primeira linha deste arquivo"),
    (
        "Reads the A1 file's password from the first line of stdin",
        "Lê a senha do arquivo A1 da primeira linha da entrada padrão",
    ),
    (
        "Reads the A1 file's password from the first line of this file",
        "Lê a senha do arquivo A1 da primeira linha deste arquivo",
    ),
];
