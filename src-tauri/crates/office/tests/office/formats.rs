//! What each algorithm and each kind of input gives, before foreign judges.

use std::path::{Path, PathBuf};

use cartorio_office::dto::{
    Authenticity, DocumentInfo, FolderDocuments, FormatChoice, Integrity, JobStatus, SignFormat, SignPreview,
    VerifyResult,
};
use serde_json::json;

use crate::host::{Host, names, path_of, sha256, sign_request};
use crate::judges;

#[tokio::test]
async fn rsa_pkcs1_passes_every_judge() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    sign_and_judge(&host, &identity.id, "RSASSA_PKCS1_V1_5_SHA_256").await;
}

#[tokio::test]
async fn rsa_pss_passes_every_judge() {
    let host = Host::demo().await;
    let identity = host.identity("RSA_2048", "pss").await;
    assert!(identity.algorithms.iter().any(|name| name == "RSASSA_PSS_SHA_256"));
    sign_and_judge(&host, &identity.id, "RSASSA_PSS_SHA_256").await;
}

#[tokio::test]
async fn ecdsa_p256_passes_every_judge() {
    let host = Host::demo().await;
    let identity = host.identity("ECC_NIST_P256", "curva").await;
    assert_eq!(identity.algorithms, ["ECDSA_SHA_256"]);
    sign_and_judge(&host, &identity.id, "ECDSA_SHA_256").await;
}

#[tokio::test]
async fn what_is_called_a_pdf_and_is_none_is_signed_as_it_is_only_if_somebody_says_so() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("entrada");
    let late = [vec![b'\n'; 1_020], b"%PDF-1.7\n".to_vec()].concat();
    let files = [("vazio.pdf", Vec::new()), ("pagina.PDF", b"<html></html>".to_vec()), ("tarde.pdf", late)];
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    for (path, (_, content)) in paths.iter().zip(&files) {
        std::fs::write(path, content).unwrap();
    }
    let documents = host.pick(&paths).await;
    let request = sign_request(&identity.id, &documents);
    let preview: SignPreview = host.ask("sign_preview", json!(request)).await.unwrap();
    for item in &preview.items {
        assert_eq!(item.problem.as_ref().map(|own| own.code.as_str()), Some("sign_no_pdf_inside"), "{item:?}");
    }
    let job = host.sign(&request).await;
    assert_eq!(job.status, JobStatus::Failed);
    for item in &job.items {
        assert_eq!(item.error.as_ref().map(|own| own.code.as_str()), Some("sign_no_pdf_inside"), "{item:?}");
    }
    assert_eq!(names(&folder).len(), files.len(), "nothing was written");

    let mut chosen = sign_request(&identity.id, &documents);
    chosen.profile.format = FormatChoice::CadesDetached;
    assert_eq!(host.sign(&chosen).await.status, JobStatus::Succeeded);
    assert_eq!(names(&folder).len(), 2 * files.len());
}

#[tokio::test]
async fn a_result_is_left_out_of_its_documents_folder_whatever_it_is_called() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("entrada");
    for name in ["ata.txt", "nota.txt"] {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    std::fs::copy(path_of(&samples[0]), folder.join("escritura.pdf")).unwrap();
    let listed = async |folder: PathBuf| {
        host.dialogs.folders.lock().unwrap().push_back(folder);
        host.ask::<FolderDocuments>("documents_pick_folder", json!({})).await.unwrap()
    };
    let first = listed(folder.clone()).await;
    let mut request = sign_request(&identity.id, &first.documents);
    request.profile.output_pattern = Some("final {nome}".to_owned());
    assert_eq!(host.sign(&request).await.status, JobStatus::Succeeded);
    assert!(folder.join("final escritura.pdf").exists());

    // By way of a link, too.
    let link = host.folder("atalhos").join("pasta");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    for way in [folder.clone(), link] {
        let again = listed(way).await;
        let names: Vec<&str> = again.documents.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, ["ata.txt", "escritura.pdf", "nota.txt"]);
        assert_eq!(again.skipped, 3);
    }
    // Where the document itself is elsewhere, its result is what somebody wants to sign next.
    std::fs::rename(folder.join("escritura.pdf"), host.folder("outra").join("escritura.pdf")).unwrap();
    let moved = listed(folder).await;
    assert!(moved.documents.iter().any(|own| own.name == "final escritura.pdf"), "{:?}", moved.documents);
}

#[tokio::test]
async fn a_document_whose_signature_is_broken_says_so_before_it_is_signed_again() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let path = host.folder("entrada").join("escritura.pdf");
    std::fs::copy(path_of(&samples[0]), &path).unwrap();
    let first = host.sign(&sign_request(&identity.id, &host.pick(&[path]).await)).await;
    let sound = path_of(first.items[0].output.as_ref().unwrap());
    let mut bytes = std::fs::read(&sound).unwrap();
    // Its version: the document stays one.
    assert_eq!(&bytes[..7], b"%PDF-1.");
    bytes[7] = if bytes[7] == b'6' { b'7' } else { b'6' };
    let broken = sound.with_file_name("adulterada.pdf");
    std::fs::write(&broken, bytes).unwrap();

    let documents = host.pick(&[sound, broken]).await;
    let request = sign_request(&identity.id, &documents);
    for _ in 0..2 {
        let preview: SignPreview = host.ask("sign_preview", json!(request)).await.unwrap();
        let told = |place: usize| {
            let remarks = preview.items[place].remarks.iter();
            remarks
                .filter(|own| own.code == "preflight_document_broken")
                .map(|own| (own.blocks, own.params["name"].clone()))
                .collect()
        };
        let (sound, broken): (Vec<_>, Vec<_>) = (told(0), told(1));
        assert_eq!((sound, broken), (Vec::new(), vec![(false, identity.holder.clone())]));
    }
    assert_eq!(host.sign(&request).await.status, JobStatus::Succeeded, "whoever knows it may sign all the same");
}

/// Signs the samples, a text, an empty file, names with blanks and accents, and a big file, in one batch.
async fn sign_and_judge(host: &Host, identity: &str, algorithm: &str) {
    let folder = host.folder("entrada");
    let files: [(&str, Vec<u8>); 4] = [
        ("ata.txt", b"Ata notarial de ensaio.\n".to_vec()),
        ("vazio.bin", Vec::new()),
        ("Certidão de união estável (2ª via).txt", "Conteúdo com acentuação".as_bytes().to_vec()),
        ("grande.dat", (0..3_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()),
    ];
    let mut paths: Vec<PathBuf> = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        paths.push(path);
    }
    // The sample under a name that a person would give it.
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    for (sample, name) in samples.iter().zip(["Escritura nº 12 – união.pdf", "procuração.PDF"]) {
        let path = folder.join(name);
        std::fs::copy(path_of(sample), &path).unwrap();
        paths.push(path);
    }
    let before: Vec<String> = paths.iter().map(|path| sha256(path)).collect();
    let documents = host.pick(&paths).await;
    let mut request = sign_request(identity, &documents);
    request.algorithm = Some(algorithm.to_owned());
    let job = host.sign(&request).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{:#?}", job.items);
    assert_eq!(paths.iter().map(|path| sha256(path)).collect::<Vec<_>>(), before, "no document is touched");

    let root = host.root_pem(identity).await;
    for ((item, path), input_sha256) in job.items.iter().zip(&paths).zip(&before) {
        let output = item.output.as_ref().unwrap();
        let receipt = item.receipt.as_ref().unwrap();
        assert_eq!((receipt.algorithm.as_str(), &receipt.input_sha256), (algorithm, input_sha256));
        let signed = path_of(output);
        assert_eq!(receipt.output_sha256, sha256(&signed));
        let report = host.verify(&output.id).await;
        assert_eq!(report.result, VerifyResult::Passed, "{}: {report:?}", output.name);
        match receipt.format {
            SignFormat::Pades => {
                judge_pdf(path, &signed, &root);
            }
            SignFormat::CadesDetached => {
                assert_eq!(output.name, format!("{}.p7s", item.name));
                assert_eq!(report.content.as_ref(), Some(&item.name), "found beside it");
                judges::openssl_cms(&signed, path, &root);
            }
            SignFormat::CadesEnveloping | SignFormat::Raw => panic!("{}: nobody asked for that", output.name),
        }
    }
    let expected = paths.len() * 2;
    assert_eq!(names(&folder).len(), expected, "beside each document, and nothing else: {:?}", names(&folder));
    host.assert_sound().await;
}

fn judge_pdf(original: &Path, signed: &Path, root: &Path) {
    let bytes = std::fs::read(signed).unwrap();
    assert!(bytes.starts_with(&std::fs::read(original).unwrap()), "incremental update");
    judges::mutool(signed);
    judges::pdfsig(signed);
    if let Some(said) = judges::pyhanko(signed, root, 1) {
        assert_eq!(said["subfilter"], "/ETSI.CAdES.detached");
        assert_eq!(said["certificates_in_cms"], 3, "the full chain");
        let attributes = said["signed_attributes"].as_array().unwrap();
        assert!(!attributes.iter().any(|name| name == "signing_time"), "PAdES has its time in /M: {attributes:?}");
        assert!(attributes.iter().any(|name| name == "signing_certificate_v2"), "{attributes:?}");
        assert!(said["signer_reported_time"].is_string());
    }
}

#[tokio::test]
async fn a_detached_signature_needs_its_own_content() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("entrada");
    let text = folder.join("ata.txt");
    std::fs::write(&text, "ata").unwrap();
    let document = host.pick_one(&text).await;
    let mut signatures = Vec::new();
    for name in ["ata.txt.p7s", "ata.txt-2.p7s"] {
        let job = host.sign(&sign_request(&identity.id, std::slice::from_ref(&document))).await;
        let output = job.items[0].output.clone().unwrap();
        assert_eq!(output.name, name);
        assert_eq!(host.verify(&output.id).await.result, VerifyResult::Passed, "{name}");
        signatures.push(path_of(&output));
    }

    // Away from its content, it says that it needs it; with another one, that it is broken.
    let elsewhere = host.folder("longe").join("ata.txt.p7s");
    std::fs::copy(&signatures[0], &elsewhere).unwrap();
    let alone = host.pick_one(&elsewhere).await;
    let report = host.verify(&alone.id).await;
    assert!(report.content_needed && report.signatures.is_empty(), "{report:?}");
    assert_ne!(report.result, VerifyResult::Passed);
    let other = host.folder("longe").join("outra.txt");
    std::fs::write(&other, "ata falsa").unwrap();
    for (content, integrity) in [(&text, Integrity::Ok), (&other, Integrity::Broken)] {
        let content = host.pick_one(content).await;
        let request = json!({"document": alone.id, "content": content.id});
        let report: cartorio_office::dto::VerifyReport = host.ask("verify", request).await.unwrap();
        assert_eq!(report.signatures[0].integrity, integrity);
        assert_eq!(report.result == VerifyResult::Passed, integrity == Integrity::Ok);
    }

    // A second signature on the result of the first one.
    let pdf: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let first = host.sign(&sign_request(&identity.id, &pdf[..1])).await.items[0].output.clone().unwrap();
    let second = host.sign(&sign_request(&identity.id, &[first])).await.items[0].output.clone().unwrap();
    assert_eq!(second.signatures, 2);
    let report = host.verify(&second.id).await;
    assert_eq!(report.signatures.len(), 2);
    assert!(report.signatures.iter().all(|own| own.integrity == Integrity::Ok));
    assert!(report.signatures.iter().all(|own| own.authenticity == Authenticity::Trusted));
    let root = host.root_pem(&identity.id).await;
    judges::pyhanko(&path_of(&second), &root, 2);
    judges::pdfsig(&path_of(&second));
}
