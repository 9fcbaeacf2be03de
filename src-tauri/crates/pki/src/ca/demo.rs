//! Names of the demonstration office. Every one of them says, inside the certificate, that it is without legal value.

use super::subject::{AttributeType, Subject, SubjectError};
use crate::brazil::Cpf;

/// Organisation of every demonstration certificate.
pub const ORGANIZATION: &str = "Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)";
/// Common name of the demonstration root.
pub const ROOT_NAME: &str = "AC Raiz de Demonstração – sem valor jurídico";
/// Common name of the demonstration intermediate.
pub const INTERMEDIATE_NAME: &str = "AC Intermediária de Demonstração – sem valor jurídico";

/// The names of a demonstration hierarchy.
#[derive(Clone, Debug)]
pub struct DemoSubjects {
    /// The root CA.
    pub root: Subject,
    /// The intermediate CA.
    pub intermediate: Subject,
}

/// The names of the demonstration hierarchy.
///
/// # Errors
/// None that fixed texts can cause.
pub fn subjects() -> Result<DemoSubjects, SubjectError> {
    Ok(DemoSubjects { root: named(ROOT_NAME)?, intermediate: named(INTERMEDIATE_NAME)? })
}

/// The name of a demonstration signing identity, e.g. a clerk's KMS key.
///
/// # Errors
/// [`SubjectError`] when the name is empty or too long.
pub fn signer(name: &str) -> Result<Subject, SubjectError> {
    named(name)
}

/// The name of a demonstration subscriber: the common name is `NAME:CPF`, as ICP-Brasil writes it.
///
/// # Errors
/// [`SubjectError`] when the name is empty or longer than 52 characters.
pub fn subscriber(name: &str, cpf: &Cpf) -> Result<Subject, SubjectError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(SubjectError::Empty { attribute: "CN" });
    }
    let max = AttributeType::CommonName.max_len() - 12;
    let actual = name.chars().count();
    if actual > max {
        return Err(SubjectError::TooLong { attribute: "CN", max, actual });
    }
    named(&format!("{}:{}", name.to_uppercase(), cpf.digits()))
}

fn named(common_name: &str) -> Result<Subject, SubjectError> {
    Subject::new([
        (AttributeType::Country, "BR"),
        (AttributeType::Organization, ORGANIZATION),
        (AttributeType::CommonName, common_name),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_a_long_name_is_refused_with_its_own_bound() {
        assert!(subjects().is_ok());
        let cpf = "52998224725".parse().unwrap();
        let subject = subscriber("Maria da Silva", &cpf).unwrap();
        assert_eq!(subject.get(AttributeType::CommonName), Some("MARIA DA SILVA:52998224725"));
        assert_eq!(
            subscriber(&"a".repeat(53), &cpf).unwrap_err(),
            SubjectError::TooLong { attribute: "CN", max: 52, actual: 53 }
        );
    }
}
