//! Portuguese for the people of the office, what needs two of them, and logins at AWS.

pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "Who works here, for this one command: name or identifier (default: the office's notary)",
        "Quem trabalha aqui, só neste comando: nome ou identificador (padrão: o tabelião do cartório)",
    ),
    (
        "File with the password of whoever works here (default: it is asked for where there is one)",
        "Arquivo com a senha de quem trabalha aqui (padrão: ela é pedida quando existe)",
    ),
    ("What needs two people: one asks, another decides", "O que precisa de duas pessoas: uma pede, outra decide"),
    ("The people of the office", "As pessoas do cartório"),
    ("Lists requests, newest first", "Lista as solicitações, as mais novas primeiro"),
    ("Only those that still wait", "Só as que ainda esperam"),
    ("Asks for the export of a P12 file", "Pede a exportação de um arquivo P12"),
    ("Asks for a certificate for a subscriber", "Pede um certificado para um titular"),
    ("Approves what another person asked for", "Aprova o que outra pessoa pediu"),
    ("Rejects what another person asked for", "Rejeita o que outra pessoa pediu"),
    ("Takes back what one asked for oneself", "Retira o que a própria pessoa pediu"),
    ("Identifier of the request", "Identificador da solicitação"),
    ("Lists who works here", "Lista quem trabalha aqui"),
    ("Adds a person", "Inclui uma pessoa"),
    (
        "Role: clerk, supervisor, notary or auditor",
        "Papel: clerk (escrevente), supervisor, notary (tabelião) ou auditor",
    ),
    ("Without a password; only in the demonstration", "Sem senha; só na demonstração"),
    ("Reads the new password from the first line of stdin", "Lê a senha nova da primeira linha da entrada padrão"),
    ("Reads the new password from the first line of this file", "Lê a senha nova da primeira linha deste arquivo"),
    ("Changes name or role, or switches somebody off", "Muda nome ou papel, ou desativa alguém"),
    ("Person: name or identifier", "Pessoa: nome ou identificador"),
    ("New name", "Nome novo"),
    ("Lets the person work again", "Deixa a pessoa voltar a trabalhar"),
    ("Does not let the person work any more", "Não deixa mais a pessoa trabalhar"),
    (
        "Sets a password: one's own, or, by the notary, another's",
        "Define uma senha: a própria ou, pelo tabelião, a de outra pessoa",
    ),
    (
        "Person: name or identifier (default: whoever works here)",
        "Pessoa: nome ou identificador (padrão: quem trabalha aqui)",
    ),
    (
        "Tries whether a person can take the seat; it lasts for one command, so every command has --operator",
        "Experimenta se uma pessoa pode assumir a cadeira; ela vale por um comando, e todos têm --operator",
    ),
    (
        "Logs in at AWS: in the browser (SSO), or with the number of an MFA device",
        "Entra na AWS: pelo navegador (login único) ou com o código de um dispositivo MFA",
    ),
    (
        "Reads the six digits of the MFA device from the first line of stdin",
        "Lê os seis dígitos do dispositivo MFA da primeira linha da entrada padrão",
    ),
    ("Ends a login and forgets what came of it", "Encerra um login e esquece o que veio dele"),
    ("Lists accounts and roles that the login may use", "Lista contas e papéis que o login pode usar"),
    (
        "Single sign-on: address of the portal, https://….awsapps.com/start",
        "Login único: endereço do portal, https://….awsapps.com/start",
    ),
    ("Single sign-on: region of the portal", "Login único: região do portal"),
    (
        "Single sign-on: account number; may be chosen after the first login («profile accounts»)",
        "Login único: número da conta; pode ser escolhido depois do primeiro login («profile accounts»)",
    ),
    ("Single sign-on: role in the account", "Login único: papel na conta"),
    ("ARN of a role that other credentials take on", "ARN de um papel que outras credenciais assumem"),
    (
        "Serial number or ARN of the MFA device that the role asks for",
        "Número de série ou ARN do dispositivo MFA que o papel pede",
    ),
    ("External id that the role asks for", "Identificador externo que o papel pede"),
    (
        "Length of the role's session in minutes: 15 to 720 (default: 60)",
        "Duração da sessão do papel em minutos: 15 a 720 (padrão: 60)",
    ),
    (
        "Whose credentials take the role on: default, profile:NAME or keyring",
        "Quem assume o papel: default, profile:NOME ou keyring",
    ),
];
