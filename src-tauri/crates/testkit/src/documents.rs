//! Documents that are large and take no room on the disk.

use std::fs::File;
use std::io::{Result, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of `size` zeros that takes no room, with a word at its start.
///
/// # Errors
/// Those of the file system.
pub fn sparse(path: &Path, size: u64) -> Result<()> {
    let mut file = File::create(path)?;
    file.set_len(size)?;
    file.write_all(b"conteudo")
}

/// A PDF of one page, with a stream that is a hole of `size` bytes.
///
/// # Errors
/// Those of the file system.
pub fn sparse_pdf(path: &Path, size: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut offsets = Vec::new();
    file.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")?;
    for (index, body) in [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    .iter()
    .enumerate()
    {
        offsets.push(file.stream_position()?);
        write!(file, "{} 0 obj\n{body}\nendobj\n", index + 1)?;
    }
    offsets.push(file.stream_position()?);
    write!(file, "4 0 obj\n<< /Length {size} >>\nstream\n")?;
    let hole = file.stream_position()? + size;
    file.seek(SeekFrom::Start(hole))?;
    file.write_all(b"\nendstream\nendobj\n")?;
    let start = file.stream_position()?;
    let table: String = offsets.iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
    write!(
        file,
        "xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
}
