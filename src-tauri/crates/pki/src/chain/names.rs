//! Name constraints that OpenSSL does not apply: wildcards against excluded subtrees, mailboxes that are none.

use crate::asn1::{self, Reader};
use crate::certificate::Certificate;

/// A wildcard of `subject`'s alternative names that covers a name which a CA in `above` excludes; `*.example.com` stands for
/// `foo.example.com`, so a CA that may not certify the one may not certify the other.
pub(super) fn excluded_wildcard(subject: &Certificate, above: &[Certificate]) -> Option<String> {
    let wildcards = wildcards(subject);
    if wildcards.is_empty() {
        return None;
    }
    let excluded: Vec<String> = above.iter().flat_map(|ca| subtrees(ca, EXCLUDED, DNS_NAME)).collect();
    wildcards.into_iter().find(|base| {
        excluded.iter().any(|name| {
            name.strip_suffix(base.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                // A wildcard stands for one label.
                .is_some_and(|label| !label.is_empty() && !label.contains('.'))
        })
    })
}

/// Whether `subject` has a mailbox that is none (`a@b@c`) below a CA whose constraints speak of mailboxes: which host it is at
/// cannot be said.
pub(super) fn unclear_mailbox(subject: &Certificate, above: &[Certificate]) -> bool {
    let unclear = |name: &str| {
        let mut parts = name.rsplitn(2, '@');
        let (host, local) = (parts.next().unwrap_or_default(), parts.next());
        host.is_empty()
            || local.is_none_or(|local| local.is_empty() || (local.contains('@') && !local.starts_with('"')))
    };
    names(subject, RFC822_NAME).iter().any(|name| unclear(name))
        && above
            .iter()
            .any(|ca| [PERMITTED, EXCLUDED].into_iter().any(|kind| !subtrees(ca, kind, RFC822_NAME).is_empty()))
}

const RFC822_NAME: u8 = 0x81;
const DNS_NAME: u8 = 0x82;
const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;

/// What follows `*.` in the DNS names of a certificate.
fn wildcards(certificate: &Certificate) -> Vec<String> {
    names(certificate, DNS_NAME).iter().filter_map(|name| name.strip_prefix("*.")).map(str::to_owned).collect()
}

/// Alternative names of one kind, in lower case.
fn names(certificate: &Certificate, tag: u8) -> Vec<String> {
    let Some(extension) = certificate.extension("2.5.29.17") else {
        return Vec::new();
    };
    let names = Reader::new(&extension.value).expect(asn1::SEQUENCE).and_then(|whole| whole.all_children());
    names
        .unwrap_or_default()
        .iter()
        .filter(|name| name.tag == tag)
        .map(|name| String::from_utf8_lossy(name.content).to_ascii_lowercase())
        .collect()
}

/// Bases of the subtrees of one kind (RFC 5280 §4.2.1.10), in lower case.
fn subtrees(certificate: &Certificate, kind: u8, tag: u8) -> Vec<String> {
    let Some(extension) = certificate.extension("2.5.29.30") else {
        return Vec::new();
    };
    let trees = Reader::new(&extension.value).expect(asn1::SEQUENCE).and_then(|whole| whole.all_children());
    trees
        .unwrap_or_default()
        .iter()
        .filter(|tree| tree.tag == kind)
        .flat_map(|tree| tree.all_children().unwrap_or_default())
        .filter_map(|subtree| subtree.children().next().ok()?)
        .filter(|base| base.tag == tag)
        .map(|base| String::from_utf8_lossy(base.content).to_ascii_lowercase())
        .collect()
}
