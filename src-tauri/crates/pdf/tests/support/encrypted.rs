//! Encrypted files: encryption dictionaries that qpdf made, in files made here.
#![allow(dead_code)] // each test file uses its own part

use cartorio_pdf::XrefKind;

/// The passwords of all of them.
pub const USER: &str = "usuário";
pub const OWNER: &str = "dono";

/// By revision; the last one leaves metadata in plain text and forbids every change.
pub const DICTIONARIES: [(u8, &str); 6] = [
    (
        2,
        "<</Filter/Standard/Length 40/O<b4ae4ebf212c1673e7c278c444008016e4d7f0ffde90b161033d374c3b199854>/P -4/R 2/U<fa59fd3a6d96dd9ba17abd90e36aca2154ee6babc026311d982915c66c7697d1>/V 1>>",
    ),
    (
        3,
        "<</Filter/Standard/Length 128/O<2125e1e97f401c22261e20b40bb16506f978b1427be4cc5689ecbf72a75195fa>/P -4/R 3/U<9e417b927797210c8c7e89d8b911690b0122456a91bae5134273a6db134c87c4>/V 2>>",
    ),
    (
        4,
        "<</CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV2/Length 16>>>>/Filter/Standard/Length 128/O<2125e1e97f401c22261e20b40bb16506f978b1427be4cc5689ecbf72a75195fa>/P -4/R 4/StmF/StdCF/StrF/StdCF/U<9e417b927797210c8c7e89d8b911690b0122456a91bae5134273a6db134c87c4>/V 4>>",
    ),
    (
        5,
        "<</CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/Filter/Standard/Length 256/O<5769506fecfc092974417e84332a212acd1e609db7da3edf4c81d7298ede2c79e53b2965b07ae226916b194057653985>/OE<a983d545a8d193b671eb3d8a54cf68ea1f3b84ba4b360c47b72af928e62a6996>/P -4/Perms<6ad8604cc08d5a2bd6e00a214e4c749b>/R 5/StmF/StdCF/StrF/StdCF/U<9ce95280710814ad9bcac7dd189fc9ca1c2ea6a8236b95c41e1fcd060f46dab250fa74a0ebe17d49d7f57b13e05b0b47>/UE<b83f8568e50a7bf3167e8ab661cb61afbf525ad7574ec8804e668b95c94725b4>/V 5>>",
    ),
    (
        6,
        "<</CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/Filter/Standard/Length 256/O<845d99c1c3c875852c88dc240f696457175067acf5ee0ebb8b2b6337e9b624734d8e12a6eb5632eff4fcd00d8fb032d6>/OE<d618bf9ddcd5496075f0c5c87f1b05a647a3d21df1aafc5b52d7387eba049066>/P -4/Perms<9fccf8689951d9783ff028112d216b54>/R 6/StmF/StdCF/StrF/StdCF/U<f8a90636ce4b56ffa1fab6b83462ece244a89275b93c81fe2d783050babc9c7d2452344772148928ab8bdb61bce71235>/UE<1bdb56c8332853518c4368ece9b447231b68c7e3cb2e238a86acdf37cdf9df69>/V 5>>",
    ),
    (
        6,
        "<</CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/EncryptMetadata false/Filter/Standard/Length 256/O<56b152ed256e84f78bd619ec770179aca26789af067471bd1ab623eea579fdeec1e8c99e60df49090eb5c4f0189a2af5>/OE<b0b1189f27fec74b507e18eb28d45404c4fd27ea5d07410eff2c21aa639092d9>/P -1324/Perms<1ce37d80dfde305e3ce6f7f333728fe4>/R 6/StmF/StdCF/StrF/StdCF/U<65c34e44759b8c5cbc0d3fa330f5114d56647273944976d1e8e44f553bce60b6eaeccc510e9a69b737cc8da94a408acc>/UE<a26686dec0118b2fb8457263d0df999d39a950adb875c0636f953a47a3da719a>/V 5>>",
    ),
];

/// The identifier that the old revisions mix into the key.
pub const ID: &str = "[<31415926535897932384626433832795><31415926535897932384626433832795>]";

/// A file without strings or streams of its own: 1 catalog, 2 page tree, 3 page, 4 encryption dictionary. `direct` puts the
/// latter into the trailer.
pub fn base(dictionary: &str, kind: XrefKind, direct: bool) -> Vec<u8> {
    let entry = if direct { dictionary } else { "4 0 R" };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        if direct { "null" } else { dictionary },
    ];
    let mut out = b"%PDF-2.0\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (index, body) in objects.iter().enumerate() {
        offsets.push(out.len() as u64);
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    let trailer = format!("/Root 1 0 R/ID{ID}/Encrypt {entry}");
    match kind {
        XrefKind::Table => {
            out.extend(b"xref\n0 5\n0000000000 65535 f \n");
            offsets.iter().for_each(|offset| out.extend(format!("{offset:010} 00000 n \n").bytes()));
            out.extend(format!("trailer\n<</Size 5{trailer}>>").bytes());
        }
        XrefKind::Stream => {
            let mut rows = vec![0, 0, 0, 0, 0, 255, 255];
            offsets.push(start as u64);
            for offset in offsets {
                rows.push(1);
                rows.extend(&offset.to_be_bytes()[4..]);
                rows.extend([0, 0]);
            }
            let dict = format!("<</Type/XRef/Size 6/W[1 4 2]/Length {}{trailer}>>", rows.len());
            out.extend(format!("5 0 obj\n{dict}\nstream\n").bytes());
            out.extend(rows);
            out.extend(b"\nendstream\nendobj");
        }
    }
    out.extend(format!("\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}
