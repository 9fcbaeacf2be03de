//! What every judge has to say of a cell of the matrix.

use std::fs;
use std::path::{Path, PathBuf};

use cartorio_testkit::judges::openssl::{Bench, Expected};
use cartorio_testkit::judges::{self, DssJob, DssSignature, PyHankoJob};
use cartorio_testkit::lab::Lab;
use tempfile::TempDir;
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::inputs::Input;
use crate::making::{Algorithm, now};

/// One cell of the matrix.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub input: Input,
    pub algorithm: Algorithm,
    pub level: &'static str,
    /// How many signatures the file has, document time stamps aside. The newest is the one of the cell.
    pub signatures: usize,
}

impl Cell {
    /// Whether the evidence has to be inside.
    fn long_term(self) -> bool {
        self.level.starts_with('L')
    }

    fn name(self) -> String {
        format!("PAdES {:?} {:?} B-{}", self.input, self.algorithm, self.level)
    }
}

/// The judges, with the root and the evidence that they are given.
pub struct Court<'a> {
    lab: &'a Lab,
    folder: TempDir,
    crls: Vec<PathBuf>,
}

impl<'a> Court<'a> {
    pub fn new(lab: &'a Lab) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let crls = ["root", "issuing", "act"].map(|issuer| {
            let path = folder.path().join(format!("{issuer}.crl"));
            fs::write(&path, lab.crl(issuer)).unwrap();
            path
        });
        Self { lab, folder, crls: crls.to_vec() }
    }

    /// Gone when the court is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What is wrong with the document before anybody signs: the matrix would mean nothing.
    pub fn untouched(&self, input: Input, original: &[u8]) -> Vec<String> {
        let path = self.write("original.pdf", original);
        let mut problems = Vec::new();
        if let Some(Err(said)) = judges::qpdf_check(&path, input.password()) {
            problems.push(format!("{input:?} unsigned: qpdf: {said}"));
        }
        problems.extend(pdf_a(input, &path, "unsigned"));
        problems
    }

    /// All that speaks against a signed file.
    pub fn judge_pdf(&self, cell: Cell, bytes: &[u8]) -> Vec<String> {
        let name = cell.name();
        let path = self.write(&format!("{name}.pdf").replace(' ', "-"), bytes);
        let mut problems = self.dss_on(cell, &path);
        problems.extend(self.pyhanko_on(cell, &path));
        problems.extend(self.plain_judges_on(cell, &path));
        if let Some(said) = judges::pdfsig(&path, cell.input.password())
            && said.matches("Signature is Valid.").count() != cell.signatures
        {
            problems.push(format!("pdfsig: {said}"));
        }
        problems.iter().map(|problem| format!("{name}: {problem}")).collect()
    }

    /// As [`Self::judge_pdf`], by those who do not ask whose names the signature dictionary bears. pdfsig sees who signed, and no more.
    pub fn judge_dialect(&self, cell: Cell, bytes: &[u8]) -> Vec<String> {
        let name = format!("{} in ICP-Brasil's names", cell.name());
        let path = self.write(&format!("{name}.pdf").replace(' ', "-"), bytes);
        let mut problems = self.plain_judges_on(cell, &path);
        let (fields, whole) = (cell.signatures + usize::from(cell.level == "LTA"), cell.level != "LT");
        if let Some(said) = judges::pdfsig(&path, cell.input.password())
            && (said.matches("Signature #").count() != fields || (whole && !said.contains("Total document signed")))
        {
            problems.push(format!("pdfsig: {said}"));
        }
        problems.iter().map(|problem| format!("{name}: {problem}")).collect()
    }

    /// All but DSS, pyHanko and pdfsig.
    fn plain_judges_on(&self, cell: Cell, path: &Path) -> Vec<String> {
        let mut problems = self.openssl_on(cell, path);
        // MuPDF does not know RSASSA-PSS; of two signatures one is another's.
        let known = cell.signatures - usize::from(matches!(cell.algorithm, Algorithm::RsaPss));
        problems.extend(judges::readers(path, cell.input.password(), known));
        problems.extend(pdf_a(cell.input, path, cell.level));
        problems
    }

    /// OpenSSL on every signature of a PDF, its time stamps, and the document time stamps.
    pub fn openssl_on(&self, cell: Cell, path: &Path) -> Vec<String> {
        let expected = Expected {
            password: cell.input.password(),
            lenient: cell.input == Input::Hybrid,
            signatures: cell.signatures,
            document_stamps: usize::from(cell.level == "LTA"),
            stamped: cell.level != "B",
        };
        self.bench().pdf(path, expected)
    }

    /// OpenSSL on a CMS beside its content, or around it, with so many signature time stamps.
    pub fn openssl_on_cms(&self, path: &Path, content: Option<&Path>, stamps: usize) -> Vec<String> {
        self.bench().cms(path, content, stamps)
    }

    fn bench(&self) -> Bench {
        let (root, authority) = (self.root(), self.lab.path("act.pem"));
        Bench { parts: self.folder().join("parts"), stamp_root: root.clone(), root, authority }
    }

    /// What pyHanko says of the certification.
    pub fn certification(&self, path: &Path, expected: &str) -> Vec<String> {
        let job = PyHankoJob { file: path.to_owned(), root: vec![self.root()], ..PyHankoJob::default() };
        let Some(report) = judges::pyhanko(&job) else { return Vec::new() };
        let signature = &report["signatures"][0];
        if signature["docmdp"] == expected && signature["docmdp_ok"] == true {
            return Vec::new();
        }
        vec![format!("{}: certification {} ({})", path.display(), signature["docmdp"], signature["docmdp_ok"])]
    }

    /// EU DSS on a CMS beside its content, or around it.
    pub fn dss_on_cms(
        &self,
        path: &Path,
        content: Option<&Path>,
        long_term: bool,
        later: bool,
    ) -> Option<Vec<DssSignature>> {
        judges::dss(&DssJob { content: content.map(Path::to_owned), ..self.dss_job(path, long_term, later) })
    }

    /// pyHanko's AdES validation of a CMS.
    pub fn pyhanko_on_cms(&self, path: &Path, content: Option<&Path>, level: &str) -> Vec<String> {
        let job = PyHankoJob {
            content: content.map(Path::to_owned),
            ..self.pyhanko_job(path, level, level.starts_with('L'))
        };
        let Some(report) = judges::pyhanko(&job) else { return Vec::new() };
        let signature = &report["signatures"][0];
        let mut problems = Vec::new();
        let der = signature["der"] == true || level != "B";
        if signature["bottom_line"] != true || !der || signature["ades"]["status"] != "PASSED" {
            problems.push(format!("pyHanko: {signature}"));
        }
        problems
    }

    /// Whether a judge is not installed here; under `cargo xtask test` all are.
    pub fn absent(&self, judge: &str) -> bool {
        let path = self.folder.path().join("root.crl");
        match judge {
            "DSS" => !judges::has_java(),
            // Cut out by pyHanko.
            "pyHanko" | "OpenSSL" => judges::python(judge).is_none(),
            "mutool" => judges::mutool_signatures(&path, None).is_none(),
            "pdfsig" => judges::pdfsig(&path, None).is_none(),
            _ => judges::qpdf_check(&path, None).is_none(),
        }
    }

    pub fn root(&self) -> PathBuf {
        self.lab.path("root.pem")
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn dss_on(&self, cell: Cell, path: &Path) -> Vec<String> {
        let password = cell.input.password().map(str::to_owned);
        let job = DssJob { password, ..self.dss_job(path, cell.long_term(), false) };
        let Some(found) = judges::dss(&job) else { return Vec::new() };
        let mut problems = Vec::new();
        if found.len() != cell.signatures {
            problems.push(format!("DSS: {} signatures instead of {}", found.len(), cell.signatures));
        }
        problems.extend(found.iter().flat_map(|signature| dss_problems(signature, "now")));
        let newest = format!("Signature{}", cell.signatures);
        let level = format!("PAdES-BASELINE-{}", cell.level);
        match found.iter().find(|signature| signature.field.as_deref() == Some(&newest)) {
            Some(own) if own.level == level => {}
            Some(own) => problems.push(format!("DSS: {} instead of {level}", own.level)),
            None => problems.push(format!("DSS: no field {newest}")),
        }
        if cell.level == "LTA" {
            let later = judges::dss(&DssJob { password: job.password, ..self.dss_job(path, true, true) });
            problems.extend(later.iter().flatten().flat_map(|signature| dss_problems(signature, "later")));
        }
        problems
    }

    fn pyhanko_on(&self, cell: Cell, path: &Path) -> Vec<String> {
        let job = PyHankoJob {
            password: cell.input.password().map(str::to_owned),
            ltv: cell.long_term(),
            lenient: cell.input == Input::Hybrid,
            ..self.pyhanko_job(path, cell.level, cell.long_term())
        };
        let Some(report) = judges::pyhanko(&job) else { return Vec::new() };
        let none = Vec::new();
        let signatures = report["signatures"].as_array().unwrap_or(&none);
        let mut problems = Vec::new();
        if signatures.len() != cell.signatures {
            problems.push(format!("pyHanko: {} signatures instead of {}", signatures.len(), cell.signatures));
        }
        for signature in signatures {
            let changed = signature["modification_level"] == "OTHER" || signature["docmdp_ok"] == false;
            if signature["bottom_line"] != true || changed {
                problems.push(format!("pyHanko: {signature}"));
            }
        }
        let Some(own) = signatures.last() else { return problems };
        if own["ades"]["status"] != "PASSED" {
            problems.push(format!("pyHanko, AdES: {}", own["ades"]));
        }
        if cell.long_term() && own["ltv"]["valid"] != true {
            problems.push(format!("pyHanko, LTV: {}", own["ltv"]));
        }
        if !cell.long_term() && own["covers_entire_file"] != true {
            problems.push(format!("pyHanko: covers {}", own["coverage"]));
        }
        let stamps = report["document_timestamps"].as_array().unwrap_or(&none);
        let sound = |stamp: &serde_json::Value| stamp["valid"] == true && stamp["trusted"] == true;
        if stamps.len() != usize::from(cell.level == "LTA") || !stamps.iter().all(sound) {
            problems.push(format!("pyHanko: document time stamps {stamps:?}"));
        }
        problems
    }

    /// `later`: when the signers' certificates have expired, but not those of the TSAs.
    fn dss_job(&self, path: &Path, long_term: bool, later: bool) -> DssJob {
        DssJob {
            file: path.to_owned(),
            anchors: vec![self.root()],
            certificates: if long_term { Vec::new() } else { vec![self.lab.path("act.pem")] },
            crls: if long_term { Vec::new() } else { self.crls.clone() },
            at: later.then(|| (now() + Duration::days(900)).format(&Rfc3339).unwrap()),
            ..DssJob::default()
        }
    }

    fn pyhanko_job(&self, path: &Path, level: &str, long_term: bool) -> PyHankoJob {
        PyHankoJob {
            file: path.to_owned(),
            root: vec![self.root()],
            // For the plain validation, which does not look into the DSS for the chain of a time stamp.
            certificate: vec![self.lab.path("act.pem")],
            crl: if long_term { Vec::new() } else { self.crls.clone() },
            ades: Some(format!("B-{level}")),
            ..PyHankoJob::default()
        }
    }
}

/// What DSS has against a signature.
pub fn dss_problems(signature: &DssSignature, when: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if signature.indication != "TOTAL_PASSED" {
        problems.push(format!(
            "DSS, {when}: {} {:?}: {}",
            signature.indication,
            signature.sub_indication,
            signature.errors.join(" / ")
        ));
    }
    for stamp in &signature.timestamps {
        if stamp.indication.as_deref() != Some("PASSED") {
            problems.push(format!("DSS, {when}: {} of {}: {:?}", stamp.kind, stamp.at, stamp.sub_indication));
        }
    }
    let bad = |change: &&String| change.starts_with("undefined") || change.starts_with("annotation");
    problems.extend(signature.changes.iter().filter(bad).map(|change| format!("DSS: changed, {change}")));
    problems
}

fn pdf_a(input: Input, path: &Path, level: &str) -> Option<String> {
    let flavour = input.flavour()?;
    let verdict = judges::verapdf(path, Some(flavour))?;
    (!verdict.compliant).then(|| format!("veraPDF {flavour}, {level}: {}", verdict.failed.join(" / ")))
}
