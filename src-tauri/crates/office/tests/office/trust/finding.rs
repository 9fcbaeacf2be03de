//! What expires, and what is found.

use std::path::Path;
use std::process::Command;

use cartorio_office::dto::{CertificateSummary, ExpiryItem, ExpiryView, JobStatus, RequestView};
use cartorio_registry::Role;
use serde_json::{Value, json};

use super::{search, write};
use crate::host::{Host, sign_request};
use crate::judges;
use crate::people::switch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expires_is_listed_and_read_by_others() {
    let host = Host::demo().await;
    let subscriber = json!({
        "name": "=Maria, \"da\" Conceição; à beira-mar", "cpf": "529.982.247-25",
        "email": "maria@exemplo.com.br", "key_spec": "ECC_NIST_P256",
    });
    let issued: CertificateSummary = host.ask("subscriber_issue", subscriber).await.unwrap();
    let query = json!({"days": null, "expired": true, "trust": true, "heap": true});
    let list: ExpiryView = host.ask("expiry_list", query.clone()).await.unwrap();
    let kinds: Vec<&str> = list.items.iter().map(|own| own.kind.as_str()).collect();
    for kind in ["root", "intermediate", "identity", "subscriber", "crl"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert!(list.items.is_sorted_by_key(|own| own.not_after.clone()));
    let none = json!({"days": 0, "expired": false, "trust": false, "heap": false});
    let soon: ExpiryView = host.ask("expiry_list", none).await.unwrap();
    assert!(soon.items.iter().all(|own| own.days_left == 0));
    host.clock.advance(time::Duration::days(20_000));
    let over: ExpiryView = host.ask("expiry_list", query.clone()).await.unwrap();
    assert!(over.items.iter().all(|own| own.urgency == "expired" && own.days_left < 0));
    host.clock.advance(time::Duration::days(-20_000));

    let export = async |format: &str| {
        let path = host.folder("saida").join(format!("vencimentos.{format}"));
        host.dialogs.saves.lock().unwrap().push_back(path.clone());
        host.ask::<Value>("expiry_export", json!({"query": query, "format": format})).await.unwrap();
        path
    };
    let (ics, csv) = (export("ics").await, export("csv").await);
    for path in [&ics, &csv] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("52998224725") && !text.contains("529.982.247-25"), "masked");
        assert!(text.contains(&issued.sha256) || text.replace("\r\n ", "").contains(&issued.sha256));
    }
    let same = export("ics").await;
    let uids = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap().replace("\r\n ", "");
        text.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
    };
    assert_eq!((uids(&ics), uids(&ics).len()), (uids(&same), list.items.len()), "the same names each time");
    read_by_python(&ics, &csv, &list.items);
    host.assert_sound().await;
}

/// Reads both files with Python's `icalendar` and `csv`, and compares.
fn read_by_python(ics: &Path, csv: &Path, items: &[ExpiryItem]) {
    const SCRIPT: &str = r#"
import csv, json, sys
out = {"csv": list(csv.reader(open(sys.argv[2], encoding="utf-8-sig", newline="")))}
try:
    import icalendar
    calendar = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
    out["ics"] = [
        [str(e["SUMMARY"]), e["DTSTART"].dt.isoformat(), [a["TRIGGER"].dt.days for a in e.walk("VALARM")]]
        for e in calendar.walk("VEVENT")
    ]
except ImportError:
    pass
print(json.dumps(out))
"#;
    let Some(python) = judges::python() else { return };
    let output = Command::new(python).args(["-c", SCRIPT]).arg(ics).arg(csv).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = read["csv"].as_array().unwrap();
    assert_eq!(rows.len(), items.len() + 1);
    for (row, item) in rows[1..].iter().zip(items) {
        let name = row[1].as_str().unwrap();
        assert_eq!(name.trim_start_matches('\''), item.name);
        assert!(!name.starts_with(['=', '+', '-', '@']), "{name}");
        assert_eq!(
            (row[4].as_str().unwrap(), row[8].as_str().unwrap()),
            (item.not_after.as_str(), item.sha256.as_str())
        );
    }
    let Some(events) = read["ics"].as_array() else {
        println!("skipped: Python's icalendar is not set up (cargo xtask setup)");
        return;
    };
    assert_eq!(events.len(), items.len());
    for (event, item) in events.iter().zip(items) {
        assert!(event[0].as_str().unwrap().contains(&item.name), "{event}");
        assert_eq!(event[1].as_str().unwrap().replace("+00:00", "Z"), item.not_after);
        assert_eq!(event[2], json!([-30, -7]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_found_by_what_it_is_called() {
    let host = Host::demo().await;
    let subscriber = json!({
        "name": "João Antônio Gonçalves", "cpf": "529.982.247-25", "email": "joao@exemplo.com.br", "key_spec": "ECC_NIST_P256",
    });
    let issued: CertificateSummary = host.ask("subscriber_issue", subscriber).await.unwrap();
    let first = async |text: &str| search(&host, text).await.into_iter().next().map(|hit| (hit.matched, hit.id));
    for (text, matched) in [
        ("529.982.247-25", "cpf"),
        ("52998224725", "cpf"),
        ("JOAO ANTONIO GONCALVES", "name"),
        ("gonçalves joão", "name"),
        (&issued.serial_hex, "serial"),
        (&issued.serial_hex[..8], "serial"),
        (&issued.sha256, "fingerprint"),
        (&issued.sha256[..10].to_uppercase(), "fingerprint"),
    ] {
        assert_eq!(first(text).await, Some((matched.to_owned(), issued.sha256.clone())), "{text}");
    }
    for text in ["529.982.247", "2998224725", "5299822472", "", " ", "j", "nada disso"] {
        assert_eq!(first(text).await, None, "{text}");
    }
    let shown = serde_json::to_string(&search(&host, "52998224725").await).unwrap();
    assert!(!shown.contains("52998224725") && !shown.contains("529.982.247-25"), "found, not shown");
    assert_eq!(host.code("search", json!({"text": "x".repeat(201)})).await, "invalid_field");

    // An identity, a document that it signed, a request, a key.
    let own = host.key("ECC_NIST_P256", "t").await;
    let identity = host.identity_for(&own.key_ref, "Tabeliã de Ensaio").await.unwrap();
    assert_eq!(search(&host, "TABELIA").await[0].id, identity.id);
    let sign = async |name: &str| {
        let documents = host.pick(&[write(&host, name, name)]).await;
        let mut request = sign_request(&identity.id, &documents);
        request.output_folder = Some(host.pick_folder(&host.folder("saida")).await.id);
        let job = host.sign(&request).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
    };
    sign("procuração do José.txt").await;
    let found = search(&host, "procuracao do jose").await;
    assert_eq!((found.len(), found[0].matched.as_str()), (1, "file"));
    switch(&host).await;
    sign("ata alheia.txt").await;
    assert_eq!(search(&host, "ata alheia").await.len(), 1);
    switch(&host).await;
    let key = host.key("ECC_NIST_P256", "chave-do-arquivo").await;
    assert!(search(&host, "chave-do-arquivo").await.iter().any(|hit| hit.matched == "label" && hit.id == key.key_ref));
    let ask =
        json!({"what": {"kind": "key_deletion", "key_ref": key.key_ref, "days": 30}, "reason": "Sem uso há anos"});
    let asked: RequestView = host.ask("request_make", ask).await.unwrap();
    assert!(search(&host, "sem uso ha anos").await.iter().any(|hit| hit.id == asked.id));
    assert_eq!(search(&host, &asked.id).await[0].id, asked.id);

    // A clerk finds no keys, no requests of others, and no documents that others signed.
    host.become_role(&host.demo_folder(), Role::Clerk).await;
    assert!(search(&host, "chave-do-arquivo").await.iter().all(|hit| hit.id != key.key_ref));
    assert_eq!(first(&issued.sha256).await.map(|hit| hit.0), Some("fingerprint".into()));
    assert_eq!(search(&host, "procuracao do jose").await.len(), 1, "their own documents they find");
    assert!(search(&host, "ata alheia").await.is_empty(), "and nobody else's");
}
