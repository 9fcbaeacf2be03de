//! What the document security store of a PDF says belongs to which signature (EN 319 142-1 §5.4.2.3).

use std::path::Path;

use cartorio_office::dto::SignLevel;
use cartorio_pdf::{Dict, PdfFile, Raw};
use cartorio_testkit::lab::Person;

use super::{Desk, page, profile};

/// Certificates, and the number of lists and answers, of every entry.
fn entries(path: &Path) -> Vec<(Vec<Vec<u8>>, usize)> {
    let file = PdfFile::open_path(path).unwrap();
    let store = file.get_dict(&file.catalog().unwrap(), "DSS").unwrap().unwrap();
    let map = file.get_dict(&store, "VRI").unwrap().unwrap();
    let streams = |dict: &Dict, key: &str| -> Vec<Vec<u8>> {
        let read = |item: &Raw| file.decoded(&file.stream(item.as_reference().unwrap()).unwrap()).unwrap();
        dict.get(key).map(|_| file.get_array(dict, key).unwrap().iter().map(read).collect()).unwrap_or_default()
    };
    let entry = |key: String| {
        let own = file.get_dict(&map, &key).unwrap().unwrap();
        (streams(&own, "Cert"), streams(&own, "CRL").len() + streams(&own, "OCSP").len())
    };
    map.keys().map(entry).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_has_what_belongs_to_its_signature_and_nothing_else() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let document = desk.document("a.pdf", &page()).await;
    let first = desk.signed(&desk.signer(Person::P256).await, &document, profile(SignLevel::BB)).await;
    let second = desk.signed(&desk.signer(Person::Rsa2048).await, &first.document, profile(SignLevel::BLt)).await;
    let found = entries(&second.path);
    assert_eq!(found.len(), 2);
    let [one, other, tsa, act, issuing] =
        ["p256", "rsa2048", "tsa", "act", "issuing"].map(|label| desk.lab.certificate(label));
    let of = |leaf: &Vec<u8>| found.iter().filter(|(certificates, _)| certificates.contains(leaf)).collect::<Vec<_>>();
    let ([(of_one, its)], [(of_other, theirs)]) = (&of(&one)[..], &of(&other)[..]) else { panic!("one for each") };
    assert!(!of_one.contains(&other) && !of_other.contains(&one), "each has its own signer");
    assert!(of_one.contains(&issuing) && of_other.contains(&issuing), "and the path");
    assert!(of_other.contains(&tsa) && of_other.contains(&act) && !of_one.contains(&tsa), "and its time stamp");
    assert!(*its > 0 && theirs > its, "{its} {theirs}");
    // One that has its entry keeps it, and each time stamp over the document gets its own.
    let archived = desk.extended(&second.document, SignLevel::BLta).await;
    let again = desk.extended(&archived.document, SignLevel::BLta).await;
    let later = entries(&again.path);
    assert!(found.iter().all(|own| later.contains(own)) && later.len() == 4, "{}", later.len());
    for signed in [&second.path, &again.path] {
        desk.dss(signed, None, None, false);
    }
    desk.host.assert_sound().await;
}
