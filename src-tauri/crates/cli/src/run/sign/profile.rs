//! How files are to be signed, as the command line says it.

use cartorio_office::dto::{
    CertifyChoice, CommitmentChoice, Empty, ErrorChoice, FormatChoice, LockChoice, LockedFields, OnError, PolicyChoice,
    SignLevel, SignProfile, SignerLocationView, SignerRole, StampPlacement,
};
use cartorio_office::{Commands, Office};

use crate::args::{
    AfterError, CertifyName, CommitmentName, ErrorKindName, Form, LevelChoice, Lock, Place, PolicyName, Sign, Visible,
};
use crate::lang::{Lang, say};
use crate::outcome::Failure;

/// How the files are to be signed.
pub(super) async fn profile(
    office: &Office,
    command: &Sign,
    after: ErrorChoice,
    lang: Lang,
) -> Result<SignProfile, Failure> {
    let stamp = match &command.visible {
        None => None,
        Some(own) => Some(placement(office, *own, command, lang).await?),
    };
    Ok(SignProfile {
        format: command.format.map_or(FormatChoice::Automatic, |form| match form {
            Form::Pades => FormatChoice::Pades,
            Form::CadesDetached => FormatChoice::CadesDetached,
            Form::CadesEnveloping => FormatChoice::CadesEnveloping,
            Form::Raw => FormatChoice::Raw,
        }),
        level: level(command.level),
        policy: match command.policy {
            PolicyName::None => PolicyChoice::None,
            PolicyName::AdRb => PolicyChoice::AdRb,
            PolicyName::AdRt => PolicyChoice::AdRt,
            PolicyName::AdRv => PolicyChoice::AdRv,
            PolicyName::AdRc => PolicyChoice::AdRc,
            PolicyName::AdRa => PolicyChoice::AdRa,
        },
        accept_lower_level: command.work.sources.accept_lower_level,
        offline: command.work.sources.offline,
        role: match (command.cosign, command.countersign) {
            (true, _) => SignerRole::Cosign,
            (false, true) => SignerRole::Countersign,
            (false, false) => SignerRole::Sign,
        },
        countersigned: command.countersign_signer.map(|number| number - 1),
        certify: command.certify.map(|what| match what {
            CertifyName::NoChanges => CertifyChoice::NoChanges,
            CertifyName::FormFilling => CertifyChoice::FormFilling,
            CertifyName::Annotations => CertifyChoice::Annotations,
        }),
        field: command.field.clone(),
        lock: command.lock.as_ref().map(lock),
        stamp,
        commitment: command.commitment.map(|what| match what {
            CommitmentName::Origin => CommitmentChoice::Origin,
            CommitmentName::Receipt => CommitmentChoice::Receipt,
            CommitmentName::Delivery => CommitmentChoice::Delivery,
            CommitmentName::Sender => CommitmentChoice::Sender,
            CommitmentName::Approval => CommitmentChoice::Approval,
            CommitmentName::Creation => CommitmentChoice::Creation,
        }),
        mime_type: command.mime_type.clone(),
        content_hint: command.content_hint.clone(),
        signer_location: signer_location(command),
        output_pattern: command.name_pattern.clone(),
        on_error: on_error(command, after),
    })
}

fn lock(choice: &Lock) -> LockChoice {
    match choice {
        Lock::All => LockChoice { which: LockedFields::All, fields: Vec::new() },
        Lock::These(fields) => LockChoice { which: LockedFields::These, fields: fields.clone() },
        Lock::AllBut(fields) => LockChoice { which: LockedFields::AllBut, fields: fields.clone() },
    }
}

/// What is done after an error that others would meet, too, unless something else was asked for: the batch pauses where somebody is there to
/// be asked, as the window does.
pub(super) const fn after_error(command: &Sign, attended: bool, documents: usize) -> ErrorChoice {
    if command.keep_going {
        ErrorChoice::GoOn
    } else if attended && documents > 1 {
        ErrorChoice::Pause
    } else {
        ErrorChoice::Stop
    }
}

fn on_error(command: &Sign, after: ErrorChoice) -> OnError {
    let mut all = OnError { document: ErrorChoice::GoOn, service: after, key: after, output: after };
    for (kind, what) in &command.on_error {
        let own = match kind {
            ErrorKindName::Document => &mut all.document,
            ErrorKindName::Service => &mut all.service,
            ErrorKindName::Key => &mut all.key,
            ErrorKindName::Output => &mut all.output,
        };
        *own = match what {
            AfterError::Stop => ErrorChoice::Stop,
            AfterError::GoOn => ErrorChoice::GoOn,
            AfterError::Pause => ErrorChoice::Pause,
        };
    }
    all
}

fn signer_location(command: &Sign) -> Option<SignerLocationView> {
    let location = SignerLocationView {
        country: command.signer_country.clone(),
        locality: command.signer_city.clone(),
        postal_address: command.signer_address.clone(),
    };
    (location != SignerLocationView::default()).then_some(location)
}

const fn level(choice: LevelChoice) -> SignLevel {
    match choice {
        LevelChoice::BB => SignLevel::BB,
        LevelChoice::BT => SignLevel::BT,
        LevelChoice::BLt => SignLevel::BLt,
        LevelChoice::BLta => SignLevel::BLta,
    }
}

/// The stamp with its template.
async fn placement(office: &Office, visible: Visible, command: &Sign, lang: Lang) -> Result<StampPlacement, Failure> {
    let templates = office.stamp_templates(Empty {}).await?;
    let found = match &command.stamp {
        None => templates.first(),
        Some(name) => templates.iter().find(|own| own.id == *name || own.name == *name),
    };
    let template = found.map(|own| own.id.clone()).ok_or_else(|| {
        let names = templates.iter().map(|own| own.name.as_str()).collect::<Vec<_>>().join(", ");
        Failure::input(say!(
            lang,
            "não há esse modelo de carimbo; há: {names}",
            "there is no such stamp; there are: {names}"
        ))
    })?;
    // In a field the stamp has the field's own place and size.
    let Place { page, x, y, width, height } = match visible {
        Visible::At(place) => place,
        Visible::InField => Place { page: 1, x: 0.0, y: 0.0, width: 1.0, height: 1.0 },
    };
    Ok(StampPlacement { template, page, x, y, width, height, may_cover: command.may_cover })
}
