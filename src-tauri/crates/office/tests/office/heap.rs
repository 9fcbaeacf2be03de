//! The heap: everything that somebody may bring, what is shown of it, what is thought of it, and what leaves.
//!
//! OpenSSL makes the objects and opens what is exported; qpdf and pdftotext read the report.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cartorio_keys::KeySpec;
use cartorio_office::dto::{
    AppState, Asn1View, ChainResult, ChainReview, Comparison, DocumentInfo, HeapDetail, HeapKind, HeapObject, HeapText,
    HeapView, LintFinding, Requirements, RevealedIdentifiers, SaveResult, SignatureMark,
};
use cartorio_office::{ChainInput, Given};
use cartorio_testkit::pki::MiniPki;
use serde_json::{Value, json};

use crate::host::{Host, path_of};

const CPF: &str = "52998224725";
const BIRTH: &str = "01021980";
const STORE_PASSWORD: &str = "Senha-Do-Arquivo-7731";
/// The instant at which everything of [`MiniPki`] is in force.
const NOW: &str = "2026-06-01T12:00:00Z";

fn openssl(folder: &Path, args: &[&str]) -> Output {
    let output = Command::new("openssl").args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// One of everything, made by OpenSSL: a root, a person below it, and what they sign.
struct Makings(PathBuf);

impl Makings {
    fn new(host: &Host) -> Self {
        let folder = host.folder("feitos");
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n\
             [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n\
             [person]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n\
             subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\ncertificatePolicies=2.16.76.1.2.1.12\n\
             subjectAltName=otherName:2.16.76.1.3.1;OCT:{BIRTH}{CPF}00000000000000000123456SSPSP\n\
             [tsa]\nextendedKeyUsage=critical,timeStamping\nauthorityKeyIdentifier=keyid\n\
             [tsa_config]\nserial=tsserial\ncrypto_device=builtin\nsigner_cert=tsa.pem\nsigner_key=tsa.key\n\
             signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\n\
             [issuing]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\ndefault_crl_days=30\n\
             crlnumber=crlnumber\npolicy=any\n[any]\ncommonName=supplied\n"
        );
        std::fs::write(folder.join("c.cnf"), config).unwrap();
        for (name, text) in [("index.txt", ""), ("serial", "1000\n"), ("crlnumber", "2A\n"), ("tsserial", "01\n")] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        std::fs::write(folder.join("dados.txt"), "ata de ensaio").unwrap();
        let run = |args: &str| {
            openssl(&folder, &args.split(' ').collect::<Vec<_>>());
        };
        run(
            "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -config c.cnf -extensions ca -days 3650 -subj /C=BR/CN=Raiz",
        );
        for (name, subject) in [("p", format!("/C=BR/CN=MARIA:{CPF}")), ("tsa", "/C=BR/CN=Carimbo".to_owned())] {
            run(&format!(
                "req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -config c.cnf -subj {subject}"
            ));
        }
        run(
            "ca -batch -config c.cnf -name issuing -cert ca.pem -keyfile ca.key -in p.csr -out p.pem -notext -days 365 -extensions person",
        );
        run(
            "ca -batch -config c.cnf -name issuing -cert ca.pem -keyfile ca.key -in tsa.csr -out tsa.pem -notext -days 365 -extensions tsa",
        );
        run("ca -gencrl -config c.cnf -name issuing -cert ca.pem -keyfile ca.key -out lista.pem");
        run(
            "ocsp -index index.txt -rsigner ca.pem -rkey ca.key -CA ca.pem -issuer ca.pem -cert p.pem -respout resposta.der",
        );
        run("ts -query -data dados.txt -sha256 -cert -out pedido.tsq");
        run("ts -reply -config c.cnf -section tsa_config -queryfile pedido.tsq -out carimbo.tsr");
        run("cms -sign -binary -nodetach -in dados.txt -signer p.pem -inkey p.key -outform DER -out dados.p7s");
        run(&format!(
            "pkcs12 -export -in p.pem -inkey p.key -certfile ca.pem -name maria -passout pass:{STORE_PASSWORD} -out p.p12"
        ));
        run("crl2pkcs7 -nocrl -certfile ca.pem -certfile p.pem -outform DER -out dois.p7b");
        run("x509 -in p.pem -outform DER -out p.cer");
        run("rsa -in p.key -pubout -out p.pub");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// An inspection without an office.
async fn inspection() -> Host {
    let host = Host::fresh();
    host.ask::<AppState>("inspection_start", json!({})).await.unwrap();
    host
}

async fn put(host: &Host, paths: &[PathBuf]) -> HeapView {
    host.dialogs.files.lock().unwrap().push_back(paths.to_vec());
    host.ask("heap_open", json!({})).await.unwrap()
}

async fn detail(host: &Host, id: &str) -> HeapDetail {
    host.ask("heap_detail", json!({"id": id})).await.unwrap()
}

fn find(view: &HeapView, kind: HeapKind) -> &HeapObject {
    view.objects.iter().find(|own| own.kind == kind).unwrap_or_else(|| panic!("no {kind:?} in {:?}", view.objects))
}

fn requirements(at: &str, trusted: &[&str]) -> Value {
    json!(Requirements {
        at: Some(at.to_owned()),
        trusted: trusted.iter().map(|id| (*id).to_owned()).collect(),
        ..Requirements::default()
    })
}

#[tokio::test]
async fn everything_is_recognised_and_nothing_shown_of_it_is_blank() {
    let host = inspection().await;
    let made = Makings::new(&host);
    let files = [
        "ca.pem",
        "p.cer",
        "lista.pem",
        "p.csr",
        "resposta.der",
        "carimbo.tsr",
        "dados.p7s",
        "p.key",
        "p.pub",
        "dados.txt",
    ];
    let view = put(&host, &files.map(|name| made.path(name))).await;
    assert_eq!(view.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), files);
    for (kind, least) in [
        (HeapKind::Certificate, 3),
        (HeapKind::Crl, 1),
        (HeapKind::Csr, 1),
        (HeapKind::OcspResponse, 1),
        (HeapKind::Timestamp, 1),
        (HeapKind::CmsSignature, 1),
        (HeapKind::PrivateKey, 1),
        (HeapKind::PublicKey, 1),
    ] {
        let count = view.objects.iter().filter(|own| own.kind == kind).count();
        assert!(count >= least, "{kind:?}: {count} in {:?}", view.objects);
    }
    assert!(view.sources[9].problems.iter().any(|own| own.code == "pki_unrecognised"), "{:?}", view.sources[9]);
    let person = view.objects.iter().find(|own| own.title == "MARIA").unwrap();
    // Brought by itself and inside the signature: one object, two sources.
    assert_eq!((person.sources.len(), person.icp_type.as_deref()), (2, Some("A1")));
    let root = view.objects.iter().find(|own| own.title == "Raiz").unwrap();
    assert_eq!(person.parent.as_deref(), Some(root.id.as_str()));
    let link = |child: &str| view.links.iter().find(|own| own.child == child && own.issuer == root.id).unwrap();
    assert_eq!((link(&person.id).signature, link(&person.id).key_id), (SignatureMark::Valid, Some(true)));
    assert_eq!(link(&find(&view, HeapKind::Crl).id).signature, SignatureMark::Valid);
    assert_eq!(link(&find(&view, HeapKind::OcspResponse).id).signature, SignatureMark::Valid);
    for object in &view.objects {
        let detail = detail(&host, &object.id).await;
        let facts = detail.sections.iter().map(|section| section.facts.len()).sum::<usize>();
        let shown = detail.certificate.is_some() || detail.store.is_some() || facts > 0;
        assert!(shown, "{object:?}");
        let blank = |fact: &&cartorio_office::dto::Fact| fact.code.is_empty() && fact.value.is_empty();
        assert!(detail.sections.iter().flat_map(|own| &own.facts).find(blank).is_none(), "{:?}", detail.sections);
        if let Some(certificate) = &detail.certificate {
            assert!(certificate.extensions.iter().all(|own| !own.lines.is_empty() && !own.facts.is_empty()));
        }
        let tree = host.ask::<Asn1View>("heap_asn1", json!({"id": object.id})).await;
        if object.kind == HeapKind::PrivateKey {
            assert_eq!(tree.unwrap_err().code, "heap_no_bytes");
            assert!(detail.pem.is_none());
        } else if object.kind != HeapKind::Unknown {
            let tree = tree.unwrap();
            assert!(tree.nodes.len() > 3 && tree.trouble.is_none(), "{object:?}");
        }
    }
    let signer = detail(&host, &find(&view, HeapKind::CmsSignature).id).await;
    let codes = |code: &str| {
        let all = signer.sections.iter().flat_map(|own| &own.facts);
        all.filter(|fact| fact.code == code).map(|fact| fact.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (codes("signer_integrity"), codes("detached")),
        (vec!["signature_valid".to_owned()], vec!["no".to_owned()])
    );
}

#[tokio::test]
async fn the_same_thing_is_one_object_and_what_is_broken_says_where() {
    let host = inspection().await;
    let made = Makings::new(&host);
    let pem = std::fs::read_to_string(made.path("p.pem")).unwrap();
    let first: HeapView =
        host.ask("heap_paste", json!({"text": format!("lixo antes\n{pem}lixo depois")})).await.unwrap();
    let id = first.objects[0].id.clone();
    let hex: String = std::fs::read(made.path("p.cer")).unwrap().iter().map(|byte| format!("{byte:02X} ")).collect();
    let view: HeapView = host.ask("heap_paste", json!({"text": hex})).await.unwrap();
    let view2 = put(&host, &[made.path("dois.p7b")]).await;
    assert_eq!((view.objects.len(), view.objects[0].sources.clone()), (1, vec![0, 1]));
    assert_eq!(
        (view.sources[0].form.as_str(), view.sources[1].form.as_str(), view2.sources[2].form.as_str()),
        ("pem", "hex", "pkcs7")
    );
    assert_eq!(view2.objects.iter().filter(|own| own.id == id).count(), 1);
    assert_eq!(view2.objects.len(), 2);
    // Broken in the middle: the rest is there, and the place of the trouble too.
    let mut der = std::fs::read(made.path("p.cer")).unwrap();
    der.truncate(der.len() / 2);
    let path = made.path("cortado.cer");
    std::fs::write(&path, der).unwrap();
    let view = put(&host, &[path]).await;
    let source = view.sources.last().unwrap();
    assert!(source.problems.iter().any(|own| own.offset.is_some() && !own.detail.is_empty()), "{source:?}");
    if let Some(broken) = view.objects.iter().find(|own| own.kind == HeapKind::Unknown) {
        let tree: Asn1View = host.ask("heap_asn1", json!({"id": broken.id})).await.unwrap();
        assert!(tree.trouble.is_some() && tree.nodes.len() > 3);
    }
    // Removed and brought again it is called the same.
    let view: HeapView = host.ask("heap_remove", json!({"ids": [id]})).await.unwrap();
    assert!(!view.objects.iter().any(|own| own.id == id));
    let view: HeapView = host.ask("heap_paste", json!({"text": pem})).await.unwrap();
    assert!(view.objects.iter().any(|own| own.id == id));
    assert_eq!(host.code("heap_remove", json!({"ids": ["h999"]})).await, "heap_object_unknown");
    assert_eq!(host.code("heap_paste", json!({"text": "  \n"})).await, "invalid_field");
    assert_eq!(host.code("heap_paste", json!({"text": "A".repeat((8 << 20) + 1)})).await, "invalid_field");
    let view: HeapView = host.ask("heap_clear", json!({})).await.unwrap();
    assert!(view.objects.is_empty() && view.sources.is_empty() && view.links.is_empty());
}

#[tokio::test]
async fn a_store_opens_with_its_password_alone_and_no_key_is_kept() {
    let host = Host::demo().await;
    let made = Makings::new(&host);
    let seq = host.last_seq().await;
    let view = put(&host, &[made.path("p.p12")]).await;
    let store = find(&view, HeapKind::P12).clone();
    assert!(store.locked && view.objects.len() == 1, "{view:?}");
    let shown = detail(&host, &store.id).await.store.unwrap();
    assert!(shown.locked && shown.mac.is_some() && !shown.parts.is_empty() && !shown.openers.is_empty(), "{shown:?}");
    for password in [host.sealed("errada").await, Value::Null] {
        let code = host.code("heap_unlock", json!({"id": store.id, "password": password})).await;
        assert_eq!(code, "p12_wrong_password");
    }
    let sealed = host.sealed(STORE_PASSWORD).await;
    let view: HeapView = host.ask("heap_unlock", json!({"id": store.id, "password": sealed})).await.unwrap();
    let kinds: Vec<HeapKind> = view.objects.iter().map(|own| own.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == HeapKind::Certificate).count(), 2, "{kinds:?}");
    let key = find(&view, HeapKind::PrivateKey);
    assert_eq!(key.parent.as_deref(), Some(store.id.as_str()));
    let root = view.objects.iter().find(|own| own.title == "Raiz").unwrap();
    assert_eq!(root.parent.as_deref(), Some(store.id.as_str()), "without an issuer it hangs under its container");
    let opened = detail(&host, &store.id).await.store.unwrap();
    assert_eq!((opened.locked, opened.integrity.as_str()), (false, "right"));
    assert!(opened.parts.iter().any(|part| part.object.as_deref() == Some(key.id.as_str())), "{:?}", opened.parts);
    let certificate = view.objects.iter().find(|own| own.kind == HeapKind::Certificate).unwrap();
    assert_eq!(host.code("heap_unlock", json!({"id": certificate.id, "password": null})).await, "heap_not_a_store");
    let phases = host.phases("p12_inspected", seq).await;
    assert_eq!(phases.iter().filter(|phase| *phase == "succeeded").count(), 1, "{phases:?}");
    assert_eq!(phases.iter().filter(|phase| phase.contains("p12_wrong_password")).count(), 2, "{phases:?}");
    // Neither the password nor any part of the key crossed, nor is on record.
    let pem = std::fs::read_to_string(made.path("p.key")).unwrap();
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let crossed = host.tap.text();
    let trail = serde_json::to_string(&host.trail().await).unwrap();
    for text in [&crossed, &trail] {
        assert!(!text.contains(STORE_PASSWORD));
        assert!(!lines[3..].iter().any(|line| text.contains(line)));
    }
    // A store takes what was only in it along.
    let view: HeapView = host.ask("heap_remove", json!({"ids": [store.id]})).await.unwrap();
    assert!(view.objects.is_empty() && view.sources.is_empty(), "{view:?}");
    host.assert_sound().await;
}

#[tokio::test]
async fn personal_numbers_are_masked_until_they_are_revealed_on_record() {
    let host = Host::demo().await;
    let made = Makings::new(&host);
    let view = put(&host, &[made.path("p.cer"), made.path("ca.pem"), made.path("p.csr"), made.path("dados.p7s")]).await;
    let person =
        view.objects.iter().find(|own| own.title == "MARIA" && own.kind == HeapKind::Certificate).unwrap().clone();
    assert!(person.masked_cpf.as_deref().is_some_and(|cpf| cpf.contains('*')));
    let root = view.objects.iter().find(|own| own.title == "Raiz").unwrap();
    let mut answers = serde_json::to_string(&view).unwrap();
    for object in &view.objects {
        let mut own = detail(&host, &object.id).await;
        // The object itself, for copying, is what it is.
        own.pem = None;
        if let Some(certificate) = &mut own.certificate {
            certificate.pem.clear();
        }
        answers += &serde_json::to_string(&own).unwrap();
        let tree: Asn1View = host.ask("heap_asn1", json!({"id": object.id})).await.unwrap();
        answers += &serde_json::to_string(&tree).unwrap();
        if matches!(object.kind, HeapKind::Certificate) {
            let found: Vec<LintFinding> = host.ask("heap_lint", json!({"id": object.id})).await.unwrap();
            answers += &serde_json::to_string(&found).unwrap();
        }
    }
    let request = json!({"id": person.id, "requirements": requirements(NOW, &[&root.id])});
    let review: ChainReview = host.ask("heap_validate", request).await.unwrap();
    answers += &serde_json::to_string(&review).unwrap();
    let compared: Comparison = host.ask("heap_compare", json!({"a": person.id, "b": root.id})).await.unwrap();
    answers += &serde_json::to_string(&compared).unwrap();
    let path = host.folder("saida").join("relatorio.json");
    host.dialogs.saves.lock().unwrap().push_back(path.clone());
    let request = json!({"id": person.id, "requirements": requirements(NOW, &[]), "format": "json"});
    host.ask::<SaveResult>("heap_report", request).await.unwrap();
    answers += &std::fs::read_to_string(path).unwrap();
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for clear in [CPF, "529.982.247-25", BIRTH, "01/02/1980", &hex(CPF), &hex(&CPF[..6])] {
        let place = answers.to_lowercase().find(clear);
        assert!(place.is_none(), "{clear}: …{}", &answers[place.unwrap().saturating_sub(200)..place.unwrap()]);
    }
    // The bytes are refused until somebody says, on record, that they want to see.
    let seq = host.last_seq().await;
    assert_eq!(host.code("heap_bytes", json!({"id": person.id})).await, "heap_identifiers_masked");
    let clear: RevealedIdentifiers = host.ask("identifier_reveal", json!({"sha256": person.sha256})).await.unwrap();
    assert!(
        clear.identifiers.iter().any(|own| own.kind == "cpf" && own.masked == "529.982.247-25" && own.state == "ok")
    );
    assert_eq!(host.phases("identifier_revealed", seq).await, ["intent", "succeeded"]);
    let tree: Asn1View = host.ask("heap_asn1", json!({"id": person.id})).await.unwrap();
    let tree = serde_json::to_string(&tree).unwrap();
    assert!(tree.contains(CPF) || tree.to_lowercase().contains(&hex(CPF)));
    let signature = find(&view, HeapKind::CmsSignature);
    assert_eq!(host.code("heap_bytes", json!({"id": signature.id})).await, "heap_identifiers_masked", "another object");
    host.ask::<RevealedIdentifiers>("identifier_reveal", json!({"sha256": signature.sha256})).await.unwrap();
    // What one session revealed and held is nothing to the next.
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let view: HeapView = host.ask("heap_view", json!({})).await.unwrap();
    assert!(view.objects.is_empty());
    let view = put(&host, &[made.path("p.cer")]).await;
    assert_eq!(host.code("heap_bytes", json!({"id": view.objects[0].id})).await, "heap_identifiers_masked");
    host.assert_sound().await;
}

/// The ways in which holders' names and serial numbers have a CPF.
#[tokio::test]
async fn a_cpf_is_masked_however_the_subject_writes_it() {
    let host = inspection().await;
    let folder = host.folder("sujeitos");
    let subjects = [
        ("utf8only", "/C=BR/CN=JOSE 52998224725"),
        ("nombstr", "/C=BR/CN=JOSE 52998224725"),
        ("utf8only", "/C=BR/CN=JOSE:529.982.247-25"),
        ("utf8only", "/C=BR/serialNumber=TINBR-52998224725/CN=JOSE"),
        ("utf8only", "/C=BR/serialNumber=52998224725/CN=JOSE"),
    ];
    let mut ids = Vec::new();
    for (number, (mask, subject)) in subjects.iter().enumerate() {
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\nstring_mask={mask}\nx509_extensions=e\n[dn]\nCN=x\n[e]\n\
             basicConstraints=CA:FALSE\n"
        );
        std::fs::write(folder.join("c.cnf"), config).unwrap();
        let name = format!("{number}.pem");
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "x.key", "-days", "9"];
        openssl(&folder, &[&["req", "-x509", "-config", "c.cnf", "-subj", subject, "-out", &name][..], &key].concat());
        let view = put(&host, &[folder.join(&name)]).await;
        let object = view.objects.last().unwrap();
        let tree: Asn1View = host.ask("heap_asn1", json!({"id": object.id})).await.unwrap();
        let shown = serde_json::to_string(&(&view, &tree)).unwrap();
        assert!(!shown.contains(CPF) && !shown.contains("529.982.247-25"), "{subject}: {shown}");
        assert_eq!(host.code("heap_bytes", json!({"id": object.id})).await, "heap_identifiers_masked", "{subject}");
        ids.push(object.id.clone());
    }
    let compared: Comparison = host.ask("heap_compare", json!({"a": ids[0], "b": ids[1]})).await.unwrap();
    let row = compared.rows.iter().find(|own| own.field == "subject.encoding").unwrap();
    assert_eq!((&row.a, &row.b, row.note.as_deref()), (&None, &None, Some("encoding_only")));
    let shown = serde_json::to_string(&compared).unwrap();
    let hex: String = CPF.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!shown.contains(CPF) && !shown.contains(&hex), "{shown}");
}

/// The little PKI of the tests with its lists, as one file.
fn mini(host: &Host) -> (MiniPki, PathBuf) {
    let pki = MiniPki::new(KeySpec::EcP256);
    let mut pem = String::new();
    for certificate in &pki.chain {
        pem += &certificate.pem();
    }
    pem += &pki.crl(Vec::new()).pem();
    pem += &pki.root_crl(Vec::new()).pem();
    let path = host.folder("entrada").join("tudo.pem");
    std::fs::write(&path, pem).unwrap();
    (pki, path)
}

#[tokio::test]
async fn a_chain_is_judged_as_of_the_instant_that_is_asked_for() {
    let host = inspection().await;
    let (pki, path) = mini(&host);
    let view = put(&host, &[path]).await;
    assert_eq!(view.objects.len(), 5);
    let id = |sha256: &str| view.objects.iter().find(|own| own.sha256 == sha256).unwrap().id.clone();
    let (leaf, root) = (id(&pki.leaf().fingerprint()), id(&pki.anchor().fingerprint()));
    let judge = async |at: &str, trusted: &[&str]| -> ChainReview {
        let request = json!({"id": leaf, "requirements": requirements(at, trusted)});
        host.ask("heap_validate", request).await.unwrap()
    };
    let review = judge(NOW, &[&root]).await;
    assert_eq!((review.result, review.judged_at.as_str()), (ChainResult::Valid, NOW), "{review:?}");
    let best = &review.paths[0];
    assert!(best.valid && best.end == "trust_anchor" && best.certificates.len() == 3, "{best:?}");
    assert_eq!(best.certificates[0].id.as_deref(), Some(leaf.as_str()));
    assert!(best.certificates[2].anchor && best.certificates[2].trusted_here && !best.certificates[1].trusted_here);
    assert_eq!(
        review.legal,
        cartorio_office::dto::LegalLabel::Unknown,
        "whoever asks does not decide what it is worth"
    );
    let paper = host.folder("exame").join("relatorio.html");
    host.dialogs.saves.lock().unwrap().push_back(paper.clone());
    let request = json!({"id": leaf, "requirements": requirements(NOW, &[&root]), "format": "html"});
    host.ask::<SaveResult>("heap_report", request).await.unwrap();
    let paper = std::fs::read_to_string(paper).unwrap();
    assert!(paper.contains("confiança dada só para este exame"), "{paper}");
    let evidence: Vec<_> = review.revocation.iter().flat_map(|own| &own.evidence).filter(|own| own.decisive).collect();
    assert_eq!(evidence.len(), 2, "{:?}", review.revocation);
    assert!(
        evidence
            .iter()
            .all(|own| own.id.is_some() && own.signature == SignatureMark::Valid && own.authority == "issuer")
    );
    assert!(review.revocation[..2].iter().all(|own| own.status == "revocation_good"), "{:?}", review.revocation);
    // Nothing is trusted: that is not known, and not wrong.
    let review = judge(NOW, &[]).await;
    assert_eq!((review.result, review.paths[0].end.as_str()), (ChainResult::Indeterminate, "untrusted_root"));
    // A date is the end of its day; before and after the validity it is wrong, with a code for it.
    assert_eq!(judge("2026-06-01", &[&root]).await.judged_at, "2026-06-01T23:59:59Z");
    for (at, code) in [("2000-01-01", "not_yet_valid"), ("2090-01-01", "expired")] {
        let review = judge(at, &[&root]).await;
        assert_eq!(review.result, ChainResult::Invalid, "{at}");
        assert!(
            review.paths[0].errors.iter().any(|own| own.code == code && own.weight == "error"),
            "{:?}",
            review.paths[0]
        );
    }
    // A list that was not in force at the instant is no evidence.
    let review = judge("2026-12-01", &[&root]).await;
    assert_eq!(review.result, ChainResult::Indeterminate, "{review:?}");
    for (field, value, code) in
        [("at", json!("ontem"), "heap_bad_instant"), ("policies", json!(["x"]), "heap_bad_policy")]
    {
        let mut wanted = requirements(NOW, &[]);
        wanted[field] = value;
        assert_eq!(host.code("heap_validate", json!({"id": leaf, "requirements": wanted})).await, code);
    }
    let list = find(&view, HeapKind::Crl);
    let request = json!({"id": list.id, "requirements": requirements(NOW, &[])});
    assert_eq!(host.code("heap_validate", request).await, "heap_not_a_certificate");

    // The same from a terminal, apart from the heap.
    let pem = |certificate: &cartorio_pki::Certificate, name: &str| {
        let path = host.folder("terminal").join(name);
        std::fs::write(&path, certificate.pem()).unwrap();
        Given::File(path)
    };
    let input = ChainInput {
        target: vec![pem(pki.leaf(), "folha.pem")],
        pool: vec![
            pem(&pki.chain[1], "meio.pem"),
            Given::Bytes { name: "lcr".to_owned(), bytes: pki.crl(Vec::new()).der.clone() },
            Given::Bytes { name: "lcr-raiz".to_owned(), bytes: pki.root_crl(Vec::new()).der.clone() },
        ],
        trust: vec![pem(pki.anchor(), "raiz.pem")],
        own: false,
    };
    let wanted = Requirements { at: Some(NOW.to_owned()), ..Requirements::default() };
    let review = host.office.judge_chain(input.clone(), &wanted).await.unwrap();
    assert_eq!(review.result, ChainResult::Valid, "{review:?}");
    let missing = ChainInput { pool: vec![Given::File(host.folder("terminal").join("nada.pem"))], ..input };
    assert_eq!(host.office.judge_chain(missing, &wanted).await.unwrap_err().wire().code, "document_unreadable");
    let nothing = ChainInput::default();
    assert_eq!(host.office.judge_chain(nothing, &wanted).await.unwrap_err().wire().code, "heap_not_a_certificate");
}

#[tokio::test]
async fn what_is_exported_is_opened_by_others_and_is_never_empty() {
    let host = inspection().await;
    let (pki, path) = mini(&host);
    let view = put(&host, &[path]).await;
    let leaf = view.objects.iter().find(|own| own.sha256 == pki.leaf().fingerprint()).unwrap();
    let list = find(&view, HeapKind::Crl);
    let folder = host.folder("saida");
    let save = async |name: &str, ids: &[&str], form: &str, chain: bool| -> PathBuf {
        let path = folder.join(name);
        host.dialogs.saves.lock().unwrap().push_back(path.clone());
        let request = json!({"ids": ids, "form": form, "with_chain": chain});
        let saved: SaveResult = host.ask("heap_export", request).await.unwrap();
        assert_eq!(path_of(&saved.saved.unwrap()), path);
        path
    };
    let p7b = save("tudo.p7b", &[&leaf.id, &list.id], "p7b", true).await;
    let text = openssl(&folder, &["pkcs7", "-inform", "DER", "-in", p7b.to_str().unwrap(), "-print_certs", "-noout"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.matches("subject=").count(), 3, "{text}");
    let dump = openssl(&folder, &["asn1parse", "-inform", "DER", "-in", p7b.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&dump.stdout).contains("pkcs7-signedData"));
    let again = put(&host, &[p7b]).await;
    assert_eq!(again.sources.last().unwrap().objects, 4);
    assert_eq!(again.objects.len(), view.objects.len(), "the same objects");

    let pem = save("folha.pem", &[&leaf.id], "pem", true).await;
    assert_eq!(std::fs::read_to_string(&pem).unwrap().matches("BEGIN CERTIFICATE").count(), 3);
    let root = folder.join("raiz.pem");
    std::fs::write(&root, pki.anchor().pem()).unwrap();
    openssl(
        &folder,
        &[
            "verify",
            "-no_check_time",
            "-CAfile",
            root.to_str().unwrap(),
            "-untrusted",
            pem.to_str().unwrap(),
            pem.to_str().unwrap(),
        ],
    );
    let der = save("folha.cer", &[&leaf.id], "der", true).await;
    assert_eq!(std::fs::read(&der).unwrap(), pki.leaf().der);
    openssl(&folder, &["x509", "-inform", "DER", "-in", der.to_str().unwrap(), "-noout"]);
    let copied: HeapText =
        host.ask("heap_copy", json!({"ids": [list.id], "form": "der", "with_chain": false})).await.unwrap();
    assert!(copied.text.starts_with("-----BEGIN X509 CRL-----"));
    // The name that is offered says whose it is.
    let offered = host.dialogs.asked.lock().unwrap().last().unwrap().suggested_name.clone();
    assert!(offered.starts_with("test-signer-") && offered.ends_with(".cer"), "{offered}");

    let made = Makings::new(&host);
    let view = put(&host, &[made.path("p.key")]).await;
    let key = find(&view, HeapKind::PrivateKey);
    for (ids, form, code) in [
        (vec![leaf.id.as_str(), list.id.as_str()], "der", "heap_one_object_only"),
        (vec![key.id.as_str()], "pem", "heap_nothing_to_export"),
        (vec![leaf.id.as_str(), key.id.as_str()], "pem", "heap_nothing_to_export"),
        (vec![key.id.as_str()], "p7b", "heap_nothing_to_export"),
        (vec![], "pem", "heap_nothing_to_export"),
        (vec!["h0"], "pem", "heap_object_unknown"),
    ] {
        host.dialogs.saves.lock().unwrap().push_back(folder.join("vazio"));
        assert_eq!(
            host.code("heap_export", json!({"ids": ids, "form": form, "with_chain": false})).await,
            code,
            "{ids:?}"
        );
        host.dialogs.saves.lock().unwrap().clear();
    }
    assert!(!folder.join("vazio").exists());
}

#[tokio::test]
async fn the_report_is_read_by_others_and_is_on_record() {
    let host = Host::demo().await;
    let (pki, path) = mini(&host);
    let view = put(&host, &[path]).await;
    let id = |sha256: &str| view.objects.iter().find(|own| own.sha256 == sha256).unwrap().id.clone();
    let (leaf, root) = (id(&pki.leaf().fingerprint()), id(&pki.anchor().fingerprint()));
    let folder = host.folder("saida");
    let seq = host.last_seq().await;
    for format in ["pdf", "html", "json"] {
        let path = folder.join(format!("relatorio.{format}"));
        host.dialogs.saves.lock().unwrap().push_back(path.clone());
        let request = json!({"id": leaf, "requirements": requirements(NOW, &[&root]), "format": format});
        host.ask::<SaveResult>("heap_report", request).await.unwrap();
        assert!(path.metadata().unwrap().len() > 2_000);
    }
    let phases = host.phases("certificate_inspected", seq).await;
    assert_eq!(phases, ["intent", "succeeded", "intent", "succeeded", "intent", "succeeded"]);
    let pdf = folder.join("relatorio.pdf");
    let check = Command::new("qpdf").arg("--check").arg(&pdf).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let text = Command::new("pdftotext").arg(&pdf).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let print = pki.leaf().fingerprint();
    let plain: String = text.split_whitespace().collect();
    for expected in ["VÁLIDO", "Test Signer", "Test Root CA", "DEMONSTRAÇÃO", "não revogado", env!("CARGO_PKG_VERSION")]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(plain.contains(&print), "the fingerprint");
    let json: Value = serde_json::from_slice(&std::fs::read(folder.join("relatorio.json")).unwrap()).unwrap();
    assert_eq!((json["format"].as_str(), json["identifier"].as_str()), (Some("cartorio_report"), Some(print.as_str())));
    // Of something that is no certificate there is a report too.
    let list = find(&view, HeapKind::Crl);
    let request: cartorio_office::dto::HeapReport =
        serde_json::from_value(json!({"id": list.id, "requirements": requirements(NOW, &[]), "format": "pdf"}))
            .unwrap();
    let saved: DocumentInfo = host.office.save_heap_report(&request, &folder.join("lista.pdf")).await.unwrap();
    assert!(saved.size > 2_000);
    let taken = host.office.save_heap_report(&request, &folder.join("lista.pdf")).await.unwrap_err();
    assert_eq!(taken.wire().code, "output_exists");
    host.assert_sound().await;
}

#[tokio::test]
async fn the_office_brings_its_own_and_its_roots_count() {
    let host = Host::demo().await;
    let view: HeapView = host.ask("heap_bring", json!({"sha256": []})).await.unwrap();
    let root = view.objects.iter().find(|own| own.is_ca && own.self_issued).unwrap();
    assert_eq!(root.anchor, Some(cartorio_office::dto::AnchorKind::Demonstration));
    let identity = view.objects.iter().find(|own| !own.is_ca).unwrap();
    let request = json!({"id": identity.id, "requirements": Requirements::default()});
    let review: ChainReview = host.ask("heap_validate", request).await.unwrap();
    assert_eq!(review.result, ChainResult::Valid, "{review:?}");
    assert_eq!(review.legal, cartorio_office::dto::LegalLabel::Demonstration);
    host.ask::<HeapView>("heap_clear", json!({})).await.unwrap();
    let one: HeapView = host.ask("heap_bring", json!({"sha256": [root.sha256]})).await.unwrap();
    assert_eq!(one.objects.len(), 1);
    assert_eq!(host.code("heap_bring", json!({"sha256": ["00"]})).await, "certificate_unknown");
    // A renewal beside what it renews.
    let gone = view.objects.iter().find(|own| !own.is_ca).unwrap();
    assert_eq!(
        host.code("heap_detail", json!({"id": gone.id})).await,
        "heap_object_unknown",
        "handles are not given twice"
    );
    let view: HeapView = host.ask("heap_bring", json!({"sha256": []})).await.unwrap();
    let a = view.objects.iter().find(|own| !own.is_ca).unwrap();
    let root = view.objects.iter().find(|own| own.is_ca && own.self_issued).unwrap();
    let same: Comparison = host.ask("heap_compare", json!({"a": a.id, "b": a.id})).await.unwrap();
    assert_eq!(same.headline, "identical");
    assert!(same.chain.len() >= 2 && same.chain.iter().all(|row| row.state == "same"), "{:?}", same.chain);
    let other: Comparison = host.ask("heap_compare", json!({"a": a.id, "b": root.id})).await.unwrap();
    assert_eq!(other.headline, "other_holder");
    assert!(other.rows.iter().any(|row| row.state == "changed"));
    host.assert_sound().await;
}

#[tokio::test]
async fn ten_thousand_objects_hang_together_without_work_for_every_pair() {
    let host = inspection().await;
    let (pki, _) = mini(&host);
    let leaf = pki.leaf();
    let serial = leaf.serial.bytes().to_vec();
    let at = leaf.der.windows(serial.len()).position(|window| window == serial).unwrap();
    let mut bytes = [pki.anchor().der.clone(), pki.chain[1].der.clone(), leaf.der.clone()].concat();
    for number in 0..9_997_u32 {
        let mut der = leaf.der.clone();
        der[at + 4..at + 8].copy_from_slice(&number.to_be_bytes());
        bytes.extend(der);
    }
    let path = host.folder("entrada").join("dez-mil.der");
    std::fs::write(&path, &bytes).unwrap();
    let view = put(&host, std::slice::from_ref(&path)).await;
    assert_eq!((view.objects.len(), view.sources[0].objects, view.truncated), (10_000, 10_000, false));
    // One candidate for each, and each signature tried once: the intermediate and the true leaf are right.
    assert_eq!(view.links.len(), 9_999);
    let right = view.links.iter().filter(|link| link.signature == SignatureMark::Valid).count();
    assert_eq!(right, 2);
    assert_eq!(view.objects.iter().filter(|own| own.parent.is_some()).count(), 2);
    // More than the heap holds is not taken at all, and the source says so.
    let mut more = Vec::new();
    for number in 20_000..30_001_u32 {
        let mut der = leaf.der.clone();
        der[at + 4..at + 8].copy_from_slice(&number.to_be_bytes());
        more.extend(der);
    }
    let path = host.folder("entrada").join("mais.der");
    std::fs::write(&path, &more).unwrap();
    let view = put(&host, &[path]).await;
    assert_eq!((view.objects.len(), view.truncated), (10_000, true));
    assert_eq!(view.sources[1].problems[0].code, "heap_too_many_objects");
    let detail = detail(&host, &view.objects[5_000].id).await;
    assert!(detail.certificate.is_some());
}
