//! Operators, requests of two people, rotations, logins at AWS.

use super::Answers;
use crate::dto::{
    AppState, CredentialStatusView, DeviceLoginView, Empty, LoginPoll, LoginProgressView, MfaLogin, OperatorAdd,
    OperatorCard, OperatorChange, OperatorPassword, OperatorSwitch, ProfileName, ProfileView, RequestDecide,
    RequestMake, RequestMakeWhat, RequestQuery, RequestRef, RequestView, RotationAdvance, RotationBring, RotationQuery,
    RotationRef, RotationReport, RotationStart, RotationUndo, RotationView, SaveResult, SsoAccountView,
};
use crate::office::Office;
use crate::words::Words;
use crate::{OfficeError, OfficeResult, login, operators, requests, rotation};

impl Answers {
    pub(super) async fn operators_list(office: &Office, _: Empty) -> OfficeResult<Vec<OperatorCard>> {
        match office.session().await {
            Ok(session) => operators::list(&session).await,
            // One of these takes the seat.
            Err(OfficeError::Locked) => {
                operators::list_to_choose(&*office.open_session().await.ok_or(OfficeError::NoOffice)?).await
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn session_lock(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.lock().await?;
        office.state().await
    }

    pub(super) async fn operator_add(office: &Office, request: OperatorAdd) -> OfficeResult<Vec<OperatorCard>> {
        let password = request.password.map(|sealed| office.channels.unseal(&sealed)).transpose()?;
        operators::add(&*office.session().await?, &request.name, &request.role, password).await
    }

    pub(super) async fn operator_change(office: &Office, request: OperatorChange) -> OfficeResult<Vec<OperatorCard>> {
        operators::change(office, request).await
    }

    pub(super) async fn operator_password(
        office: &Office,
        request: OperatorPassword,
    ) -> OfficeResult<Vec<OperatorCard>> {
        let current = request.current.map(|sealed| office.channels.unseal(&sealed)).transpose()?;
        let new = office.channels.unseal(&request.new)?;
        operators::set_password(&*office.session().await?, &office.guesses, &request.id, current, new).await
    }

    pub(super) async fn operator_switch(office: &Office, request: OperatorSwitch) -> OfficeResult<AppState> {
        let password = request.password.map(|sealed| office.channels.unseal(&sealed)).transpose()?;
        office.switch_operator(&request.id, password).await?;
        office.state().await
    }

    pub(super) async fn requests_list(office: &Office, request: RequestQuery) -> OfficeResult<Vec<RequestView>> {
        requests::list(&*office.session().await?, request).await
    }

    pub(super) async fn request_make(office: &Office, request: RequestMake) -> OfficeResult<RequestView> {
        let session = office.session().await?;
        let root = match &request.what {
            RequestMakeWhat::TrustAnchorAdd { id } => Some(office.certificate_on_the_heap(id)?),
            RequestMakeWhat::KeyRotation { .. }
            | RequestMakeWhat::KeyDeletion { .. }
            | RequestMakeWhat::P12Export { .. }
            | RequestMakeWhat::CertificateIssue(_)
            | RequestMakeWhat::TrustAnchorRemove { .. } => None,
        };
        requests::make(&session, request, root).await
    }

    pub(super) async fn request_decide(office: &Office, request: RequestDecide) -> OfficeResult<RequestView> {
        requests::decide(&*office.session().await?, request).await
    }

    pub(super) async fn request_withdraw(office: &Office, request: RequestRef) -> OfficeResult<RequestView> {
        requests::withdraw(&*office.session().await?, &request.id).await
    }

    pub(super) async fn rotations_list(office: &Office, request: RotationQuery) -> OfficeResult<Vec<RotationView>> {
        rotation::list(&*office.session().await?, request.open).await
    }

    pub(super) async fn rotation_get(office: &Office, request: RotationRef) -> OfficeResult<RotationView> {
        rotation::get(&*office.session().await?, &request.id).await
    }

    pub(super) async fn rotation_start(office: &Office, request: RotationStart) -> OfficeResult<RotationView> {
        rotation::start(&*office.session().await?, &request.request).await
    }

    pub(super) async fn rotation_advance(office: &Office, request: RotationAdvance) -> OfficeResult<RotationView> {
        rotation::advance(&*office.session().await?, request).await
    }

    pub(super) async fn rotation_undo(office: &Office, request: RotationUndo) -> OfficeResult<RotationView> {
        rotation::undo(&*office.session().await?, request).await
    }

    pub(super) async fn rotation_request_save(office: &Office, request: RotationRef) -> OfficeResult<SaveResult> {
        let file = rotation::certificate_request(&*office.session().await?, &request.id).await?;
        let dialog = Words::of(office)?.save_certificate_request(file.name);
        office.save(dialog, file.bytes).await
    }

    pub(super) async fn rotation_certificate_bring(
        office: &Office,
        request: RotationBring,
    ) -> OfficeResult<RotationView> {
        let found = office.certificates_in(&request.certificate.id).await?;
        rotation::bring_certificate(&*office.session().await?, &request.id, found).await
    }

    pub(super) async fn rotation_deletion_cancel(office: &Office, request: RotationRef) -> OfficeResult<RotationView> {
        rotation::cancel_deletion(&*office.session().await?, &request.id).await
    }

    pub(super) async fn rotation_report_save(office: &Office, request: RotationReport) -> OfficeResult<SaveResult> {
        let file = rotation::report(&*office.session().await?, request, office.locale()?).await?;
        let dialog = Words::of(office)?.save_report(file.name, file.extension);
        office.save(dialog, file.bytes).await
    }

    pub(super) async fn aws_login_start(office: &Office, request: ProfileName) -> OfficeResult<DeviceLoginView> {
        login::start(office, &request.name).await
    }

    pub(super) async fn aws_login_poll(office: &Office, request: LoginPoll) -> OfficeResult<LoginProgressView> {
        login::poll(office, &request.profile, &request.id).await
    }

    pub(super) async fn aws_login_mfa(office: &Office, request: MfaLogin) -> OfficeResult<CredentialStatusView> {
        let code = office.channels.unseal(&request.code)?;
        login::mfa(office, &request.profile, &code).await
    }

    pub(super) async fn aws_logout(office: &Office, request: ProfileName) -> OfficeResult<Vec<ProfileView>> {
        login::logout(office, &request.name).await
    }

    pub(super) async fn sso_accounts(office: &Office, request: ProfileName) -> OfficeResult<Vec<SsoAccountView>> {
        login::accounts(office, &request.name).await
    }
}
