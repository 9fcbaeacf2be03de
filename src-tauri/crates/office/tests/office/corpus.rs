//! Every PDF of the corpus through the office, in one batch: signed to the judges' satisfaction, or refused with a reason
//! and without a trace. One bad file does not stop the others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cartorio_office::dto::{Integrity, ItemState, JobStatus};

use crate::host::{Host, names, path_of, sha256, sign_request};
use crate::judges;

/// Judged by pyHanko as well, which takes its time: a table, a stream, a hybrid, object streams, forms, already signed.
const ORDINARY: &[&str] = &[
    "minimal.pdf",
    "minimal-xref.pdf",
    "minimal-hybrid-xref.pdf",
    "uncompressed-objstream-sample.pdf",
    "minimal-two-fields.pdf",
    "minimal-two-fields-signed-twice.pdf",
    "pades-lta-dss-indirect-arrs-test.pdf",
];

#[tokio::test]
async fn every_pdf_is_signed_or_refused_without_a_trace() {
    let Some(corpus) = judges::corpus("pdf-pyhanko") else { return };
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let mut files = Vec::new();
    collect(&corpus, &mut files);
    let before: BTreeMap<PathBuf, String> = files.iter().map(|path| (path.clone(), sha256(path))).collect();
    let documents = host.pick(&files).await;
    let folder = host.folder("resultados");
    let mut request = sign_request(&identity.id, &documents);
    request.output_folder = Some(host.pick_folder(&folder).await.id);
    let seq = host.last_seq().await;
    let job = host.sign(&request).await;
    assert_eq!(job.status, JobStatus::Partly);

    let mut refused: BTreeMap<String, u32> = BTreeMap::new();
    let mut outputs = Vec::new();
    for ((item, path), document) in job.items.iter().zip(&files).zip(&documents) {
        let relative = path.strip_prefix(&corpus).unwrap().display().to_string();
        match item.state {
            ItemState::Done => {
                assert!(document.sign_problem.is_none(), "{relative}: the list said that it cannot be signed");
                let output = item.output.as_ref().unwrap();
                assert_eq!(output.signatures, document.signatures + 1, "{relative}");
                let signed = path_of(output);
                assert!(std::fs::read(&signed).unwrap().starts_with(&std::fs::read(path).unwrap()), "{relative}");
                judges::pdfsig(&signed);
                outputs.push((relative, signed, output.clone()));
            }
            ItemState::Failed => {
                let error = item.error.as_ref().unwrap();
                let said = document.sign_problem.as_ref().map(|problem| problem.code.as_str());
                assert_eq!(said, Some(error.code.as_str()), "{relative}: the list says the same before");
                assert!(error.code.starts_with("pdf_"), "{relative}: {error:?}");
                *refused.entry(error.code.clone()).or_default() += 1;
            }
            ItemState::Waiting | ItemState::Running | ItemState::Cancelled => panic!("{relative}: {item:?}"),
        }
    }
    println!("{} signed, refused: {refused:?}", outputs.len());
    assert!(outputs.len() > 80 && refused.contains_key("pdf_encrypted"), "{refused:?}");
    assert_eq!(names(&folder).len(), outputs.len(), "a refused file leaves nothing");
    for (path, hash) in &before {
        assert_eq!(&sha256(path), hash, "{} was touched", path.display());
    }

    let root = host.root_pem(&identity.id).await;
    for (name, signed, output) in &outputs {
        let report = host.verify(&output.id).await;
        let newest = report.signatures.iter().filter(|own| own.coverage == cartorio_office::dto::Coverage::EntireFile);
        assert!(newest.clone().any(|own| own.integrity == Integrity::Ok), "{name}: {report:?}");
        if ORDINARY.contains(&name.as_str()) {
            let stamps = report.signatures.iter().filter(|own| own.level.contains("timestamp")).count();
            judges::pyhanko(signed, &root, usize::try_from(output.signatures).unwrap() - stamps);
            judges::mutool(signed);
        }
    }
    assert!(ORDINARY.iter().all(|name| outputs.iter().any(|(own, _, _)| own == name)), "all ordinary ones are signed");

    // Every document has its two records, whatever became of it.
    let phases = host.phases("document_signed", seq).await;
    let failed: u32 = refused.values().sum();
    assert_eq!(phases.iter().filter(|phase| *phase == "intent").count(), files.len());
    assert_eq!(phases.iter().filter(|phase| *phase == "succeeded").count(), outputs.len());
    assert_eq!(phases.iter().filter(|phase| phase.starts_with("failed:pdf_")).count(), failed as usize);
    host.assert_sound().await;
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "pdf") {
            files.push(path);
        }
    }
}
