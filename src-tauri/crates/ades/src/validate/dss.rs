//! The document security store of a PDF (EN 319 142-1 §5.4.2): evidence for its signatures, wherever in the file it was
//! written.

use std::collections::HashSet;

use cartorio_pdf::{Dict, ObjRef, PdfError, PdfFile};

use super::inside::Evidence;

/// Streams of one store, and bytes of all of them together. What goes beyond is left out, and then proves nothing.
const MAX_STREAMS: usize = 20_000;
const MAX_BYTES: u64 = 256 << 20;

/// Whether the file has a store.
pub fn has_store(file: &PdfFile) -> bool {
    file.catalog().and_then(|catalog| file.get_dict(&catalog, "DSS")).is_ok_and(|store| store.is_some())
}

/// All evidence of the store: the lists for everything and those of single signatures. Streams that cannot be read are left
/// out.
///
/// # Errors
/// [`PdfError`] when the store itself cannot be read.
pub fn evidence(file: &PdfFile) -> Result<Evidence, PdfError> {
    let mut walk = Walk { file, seen: HashSet::new(), bytes: 0, out: Evidence::default() };
    let catalog = file.catalog()?;
    let Some(store) = file.get_dict(&catalog, "DSS")? else { return Ok(walk.out) };
    walk.take(&store, ["Certs", "CRLs", "OCSPs"])?;
    if let Some(entries) = file.get_dict(&store, "VRI")? {
        let keys: Vec<String> = entries.keys().take(MAX_STREAMS).collect();
        for key in keys {
            if let Some(entry) = file.get_dict(&entries, &key)? {
                walk.take(&entry, ["Cert", "CRL", "OCSP"])?;
            }
        }
    }
    Ok(walk.out)
}

struct Walk<'a> {
    file: &'a PdfFile,
    seen: HashSet<ObjRef>,
    bytes: u64,
    out: Evidence,
}

impl Walk<'_> {
    fn take(&mut self, dict: &Dict, keys: [&str; 3]) -> Result<(), PdfError> {
        for (place, key) in keys.into_iter().enumerate() {
            for item in self.file.get_array(dict, key)? {
                let Some(reference) = item.as_reference().filter(|own| self.seen.insert(*own)) else { continue };
                if self.seen.len() > MAX_STREAMS || self.bytes > MAX_BYTES {
                    return Ok(());
                }
                let Ok(data) = self.file.stream(reference).and_then(|stream| self.file.decoded(&stream)) else {
                    continue;
                };
                self.bytes += data.len() as u64;
                match place {
                    0 => self.out.certificates.push(data),
                    1 => self.out.crls.push(data),
                    _ => self.out.ocsps.push(data),
                }
            }
        }
        Ok(())
    }
}
