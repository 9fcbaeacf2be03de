//! The few words that native dialogs need, in the language of the interface. All others live in the UI.

use crate::OfficeResult;
use crate::dto::{Locale, PickPurpose};
use crate::office::Office;
use crate::ports::{FileFilter, PickFiles, Question, SaveFile};

/// Words in one language.
pub(crate) struct Words(Locale);

impl Words {
    pub(crate) fn of(office: &Office) -> OfficeResult<Self> {
        Ok(Self(office.home.read_config()?.preferences.locale))
    }

    pub(crate) const fn in_language(locale: Locale) -> Self {
        Self(locale)
    }

    /// Whether the program may end with `left` of `total` documents still to do.
    pub(crate) fn ending(&self, left: usize, total: usize) -> Question {
        let text = match (self.0, left) {
            (Locale::PtBr, 1) => format!("Falta 1 de {total} documentos."),
            (Locale::PtBr, _) => format!("Faltam {left} de {total} documentos."),
            (Locale::En, 1) => format!("1 of {total} documents is still to be done."),
            (Locale::En, _) => format!("{left} of {total} documents are still to be done."),
        };
        let after = self.say(
            "Ao fechar, o programa termina os documentos que já começou e deixa os outros para depois: ao ser aberto de novo, ele oferece continuar de onde parou.",
            "If you close it, the program finishes the documents that it has begun and leaves the others for later: when it is opened again, it offers to go on where it stopped.",
        );
        Question {
            title: self.say("Fechar o Cartório Digital?", "Close Cartório Digital?").to_owned(),
            text: format!("{text} {after}"),
            yes: self.say("Fechar", "Close").to_owned(),
            no: self.say("Continuar o trabalho", "Keep working").to_owned(),
        }
    }

    /// Whether to show the page again that could not be shown several times.
    pub(crate) fn page_lost(&self, at_work: bool) -> Question {
        let lost = self.say(
            "O sistema encerrou várias vezes seguidas a página desta janela, talvez por um defeito da placa de vídeo.",
            "The system has ended the page of this window several times in a row, perhaps because of the graphics driver.",
        );
        let work = self.say(
            " O que estava em andamento continua, e a página volta a mostrá-lo.",
            " What was under way goes on, and the page will show it again.",
        );
        Question {
            title: self.say("A janela não pôde ser mostrada", "The window could not be shown").to_owned(),
            text: format!("{lost}{}", if at_work { work } else { "" }),
            yes: self.say("Tentar de novo", "Try again").to_owned(),
            no: self.say("Fechar o programa", "Close the program").to_owned(),
        }
    }

    pub(crate) fn pick(&self, purpose: PickPurpose) -> PickFiles {
        let all = filter(self.say("Todos os arquivos", "All files"), &["*"]);
        let pdf = filter("PDF", &["pdf"]);
        let (title, filters, multiple) = match purpose {
            PickPurpose::Sign => {
                (self.say("Escolher documentos para assinar", "Choose documents to sign"), vec![pdf, all], true)
            }
            PickPurpose::Verify => (
                self.say("Escolher documento assinado", "Choose a signed document"),
                vec![filter(self.say("Documentos assinados", "Signed documents"), &["pdf", "p7s", "p7m"]), all],
                false,
            ),
            PickPurpose::Signed => (
                self.say("Escolher documentos assinados", "Choose signed documents"),
                vec![filter(self.say("Documentos assinados", "Signed documents"), &["pdf", "p7s", "p7m"]), all],
                true,
            ),
            PickPurpose::Evidence => (
                self.say("Escolher arquivos de evidência", "Choose evidence files"),
                vec![
                    filter(
                        self.say("Certificados, LCR e respostas OCSP", "Certificates, CRLs and OCSP answers"),
                        &["crl", "ocsp", "ors", "resp", "pem", "crt", "cer", "der", "p7b", "p7c"],
                    ),
                    all,
                ],
                true,
            ),
            PickPurpose::Content => (
                self.say(
                    "Escolher o documento a que a assinatura pertence",
                    "Choose the document that the signature belongs to",
                ),
                vec![all],
                false,
            ),
            PickPurpose::Certificates => (
                self.say("Escolher certificados", "Choose certificates"),
                vec![
                    filter(
                        self.say("Certificados", "Certificates"),
                        &["pem", "crt", "cer", "der", "p7b", "p7c", "crl", "p12", "pfx", "p7s"],
                    ),
                    all,
                ],
                false,
            ),
            PickPurpose::P12 => (
                self.say("Escolher arquivo A1", "Choose an A1 file"),
                vec![filter(self.say("Arquivos A1 (P12)", "A1 files (P12)"), &["p12", "pfx"]), all],
                false,
            ),
            PickPurpose::FileSignature => (
                self.say("Escolher recibo ou assinatura", "Choose a receipt or signature"),
                vec![filter(self.say("Recibos e assinaturas", "Receipts and signatures"), &["json", "sig"]), all],
                false,
            ),
        };
        PickFiles { title: title.to_owned(), filters, multiple }
    }

    pub(crate) fn pick_stamp_image(&self) -> PickFiles {
        let title = self.say("Escolher imagem do carimbo", "Choose a picture for the stamp");
        let pictures = filter(self.say("Imagens", "Pictures"), &["png", "jpg", "jpeg"]);
        PickFiles { title: title.to_owned(), filters: vec![pictures], multiple: false }
    }

    pub(crate) fn pick_policies(&self) -> PickFiles {
        let title = self.say("Escolher arquivos de políticas do ITI", "Choose ITI's policy files");
        let own = filter(self.say("Políticas e listas", "Policies and lists"), &["der", "p7s"]);
        let all = filter(self.say("Todos os arquivos", "All files"), &["*"]);
        PickFiles { title: title.to_owned(), filters: vec![own, all], multiple: true }
    }

    pub(crate) fn folder_to_sign(&self) -> String {
        self.say("Escolher pasta com documentos para assinar", "Choose a folder with documents to sign").to_owned()
    }

    pub(crate) fn folder_title(&self) -> String {
        self.say("Escolher pasta para os documentos assinados", "Choose a folder for signed documents").to_owned()
    }

    pub(crate) fn save_certificate(&self, suggested_name: String, extension: &str) -> SaveFile {
        SaveFile {
            title: self.say("Salvar certificado", "Save certificate").to_owned(),
            suggested_name,
            filter: filter(self.say("Certificado", "Certificate"), &[extension]),
        }
    }

    pub(crate) fn save_p12(&self, suggested_name: String) -> SaveFile {
        SaveFile {
            title: self.say("Exportar P12", "Export P12").to_owned(),
            suggested_name,
            filter: filter("PKCS#12", &["p12", "pfx"]),
        }
    }

    pub(crate) fn save_public_key(&self, suggested_name: String, extension: &str) -> SaveFile {
        SaveFile {
            title: self.say("Salvar chave pública", "Save public key").to_owned(),
            suggested_name,
            filter: filter(self.say("Chave pública", "Public key"), &[extension]),
        }
    }

    pub(crate) fn save_certificate_request(&self, suggested_name: String) -> SaveFile {
        SaveFile {
            title: self.say("Salvar pedido de certificado", "Save certificate request").to_owned(),
            suggested_name,
            filter: filter("PKCS#10", &["csr", "p10", "pem"]),
        }
    }

    pub(crate) fn save_report(&self, suggested_name: String, extension: &str) -> SaveFile {
        SaveFile {
            title: self.say("Salvar relatório", "Save report").to_owned(),
            suggested_name,
            filter: filter(self.say("Relatório", "Report"), &[extension]),
        }
    }

    pub(crate) fn save_expiry(&self, suggested_name: String, extension: &str) -> SaveFile {
        SaveFile {
            title: self.say("Salvar vencimentos", "Save expiry dates").to_owned(),
            suggested_name,
            filter: filter(self.say("Vencimentos", "Expiry dates"), &[extension]),
        }
    }

    pub(crate) fn save_list(&self, suggested_name: String) -> SaveFile {
        SaveFile {
            title: self.say("Salvar lista", "Save list").to_owned(),
            suggested_name,
            filter: filter(self.say("Tabela (CSV)", "Table (CSV)"), &["csv"]),
        }
    }

    pub(crate) fn pick_bundle(&self) -> PickFiles {
        let bundles = filter(
            self.say("Cadeias de certificação", "CA bundles"),
            &["zip", "pem", "p7b", "p7c", "crt", "cer", "der", "crl"],
        );
        let all = filter(self.say("Todos os arquivos", "All files"), &["*"]);
        let title =
            self.say("Escolher o pacote oficial da ICP-Brasil", "Choose the official ICP-Brasil bundle").to_owned();
        PickFiles { title, filters: vec![bundles, all], multiple: false }
    }

    pub(crate) fn pick_module(&self) -> PickFiles {
        let modules = filter(self.say("Módulos PKCS#11", "PKCS#11 modules"), &["so", "dll", "dylib"]);
        let all = filter(self.say("Todos os arquivos", "All files"), &["*"]);
        let title = self.say("Escolher módulo PKCS#11", "Choose a PKCS#11 module").to_owned();
        PickFiles { title, filters: vec![modules, all], multiple: false }
    }

    fn say(&self, portuguese: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Locale::PtBr => portuguese,
            Locale::En => english,
        }
    }
}

fn filter(name: &str, extensions: &[&str]) -> FileFilter {
    FileFilter { name: name.to_owned(), extensions: extensions.iter().map(|&own| own.to_owned()).collect() }
}
