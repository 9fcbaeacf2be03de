//! Keys, tokens, A1 files and bare signatures.

use super::Answers;
use crate::dto::{
    A1Add, A1Ref, A1View, AutomaticRotationSet, Empty, FileSign, FileSignResult, FileVerify, FileVerifyReport,
    IdentityAdopt, IdentitySummary, KeyAgeRule, KeyAlias, KeyCreate, KeyDeletion, KeyDescribe, KeyDetail, KeyEnable,
    KeyList, KeyQuery, KeySummary, KeyTagsChange, KeyUnlock, KeyUnlockState, PublicKeySave, SaveResult, TokenContent,
    TokenDesk, TokenLogin, TokenModuleAdd, TokenModuleRef, TokenRef,
};
use crate::office::Office;
use crate::words::Words;
use crate::{OfficeResult, a1, files, keys_desk, tokens, unlock};

impl Answers {
    pub(super) async fn keys_list(office: &Office, _: Empty) -> OfficeResult<KeyList> {
        keys_desk::list(&*office.session().await?).await
    }

    pub(super) async fn key_describe(office: &Office, request: KeyQuery) -> OfficeResult<KeyDetail> {
        keys_desk::describe(&*office.session().await?, &request.key_ref).await
    }

    pub(super) async fn key_create(office: &Office, request: KeyCreate) -> OfficeResult<KeySummary> {
        keys_desk::create(&*office.session().await?, request).await
    }

    pub(super) async fn key_alias_put(office: &Office, request: KeyAlias) -> OfficeResult<KeyDetail> {
        keys_desk::put_alias(&*office.session().await?, request).await
    }

    pub(super) async fn key_alias_remove(office: &Office, request: KeyAlias) -> OfficeResult<KeyDetail> {
        keys_desk::remove_alias(&*office.session().await?, request).await
    }

    pub(super) async fn key_tags_change(office: &Office, request: KeyTagsChange) -> OfficeResult<KeyDetail> {
        keys_desk::change_tags(&*office.session().await?, request).await
    }

    pub(super) async fn key_description_set(office: &Office, request: KeyDescribe) -> OfficeResult<KeyDetail> {
        keys_desk::set_description(&*office.session().await?, request).await
    }

    pub(super) async fn key_enable(office: &Office, request: KeyEnable) -> OfficeResult<KeyDetail> {
        keys_desk::enable(&*office.session().await?, request).await
    }

    pub(super) async fn key_deletion_schedule(office: &Office, request: KeyDeletion) -> OfficeResult<KeyDetail> {
        keys_desk::schedule_deletion(&*office.session().await?, &request.request).await
    }

    pub(super) async fn key_deletion_cancel(office: &Office, request: KeyQuery) -> OfficeResult<KeyDetail> {
        keys_desk::cancel_deletion(&*office.session().await?, &request.key_ref).await
    }

    pub(super) async fn key_public_save(office: &Office, request: PublicKeySave) -> OfficeResult<SaveResult> {
        let public = keys_desk::public_file(&*office.session().await?, &request.key_ref, request.format).await?;
        let dialog = Words::of(office)?.save_public_key(public.name, public.extension);
        office.save(dialog, public.bytes).await
    }

    pub(super) async fn automatic_rotation_set(
        office: &Office,
        request: AutomaticRotationSet,
    ) -> OfficeResult<KeyDetail> {
        keys_desk::set_automatic_rotation(&*office.session().await?, request).await
    }

    pub(super) async fn key_rotate_now(office: &Office, request: KeyQuery) -> OfficeResult<KeyDetail> {
        keys_desk::rotate_now(&*office.session().await?, &request.key_ref).await
    }

    pub(super) async fn key_age_rule_save(office: &Office, request: KeyAgeRule) -> OfficeResult<KeyAgeRule> {
        keys_desk::save_age_rule(&*office.session().await?, request).await
    }

    pub(super) async fn key_unlock_state(office: &Office, request: KeyQuery) -> OfficeResult<KeyUnlockState> {
        unlock::state(&*office.session().await?, &request.key_ref.parse()?).await
    }

    pub(super) async fn key_unlock(office: &Office, request: KeyUnlock) -> OfficeResult<KeyUnlockState> {
        let session = office.session().await?;
        let secret = request.secret.map(|sealed| office.channels.unseal(&sealed)).transpose()?;
        unlock::unlock(&session, &request.key_ref.parse()?, secret, request.keep).await
    }

    pub(super) async fn key_lock(office: &Office, request: KeyQuery) -> OfficeResult<KeyUnlockState> {
        let session = office.session().await?;
        let key = request.key_ref.parse()?;
        unlock::lock(&session, &key).await?;
        unlock::state(&session, &key).await
    }

    pub(super) async fn files_sign(office: &Office, request: FileSign) -> OfficeResult<FileSignResult> {
        files::sign(office, request).await
    }

    pub(super) async fn file_verify(office: &Office, request: FileVerify) -> OfficeResult<FileVerifyReport> {
        files::verify(office, request).await
    }

    pub(super) async fn tokens_list(office: &Office, _: Empty) -> OfficeResult<TokenDesk> {
        tokens::desk(office).await
    }

    pub(super) async fn token_module_add(office: &Office, request: TokenModuleAdd) -> OfficeResult<TokenDesk> {
        tokens::add_module(office, request).await
    }

    pub(super) async fn token_module_remove(office: &Office, request: TokenModuleRef) -> OfficeResult<TokenDesk> {
        tokens::remove_module(office, &request.id).await
    }

    pub(super) async fn token_content(office: &Office, request: TokenRef) -> OfficeResult<TokenContent> {
        tokens::content(&*office.session().await?, &request.id).await
    }

    pub(super) async fn token_login(office: &Office, request: TokenLogin) -> OfficeResult<TokenContent> {
        let session = office.session().await?;
        let pin = request.pin.map(|sealed| office.channels.unseal(&sealed)).transpose()?;
        tokens::login(&session, &request.id, pin).await
    }

    pub(super) async fn token_logout(office: &Office, request: TokenRef) -> OfficeResult<TokenContent> {
        tokens::logout(&*office.session().await?, &request.id).await
    }

    pub(super) async fn identity_adopt(office: &Office, request: IdentityAdopt) -> OfficeResult<IdentitySummary> {
        tokens::adopt(office, request).await
    }

    pub(super) async fn a1_list(office: &Office, _: Empty) -> OfficeResult<Vec<A1View>> {
        a1::list(&*office.session().await?).await
    }

    pub(super) async fn a1_add(office: &Office, request: A1Add) -> OfficeResult<IdentitySummary> {
        let password = office.channels.unseal(&request.password)?;
        a1::add(office, &request.document.id, password, request.keep, request.label).await
    }

    pub(super) async fn a1_remove(office: &Office, request: A1Ref) -> OfficeResult<Vec<A1View>> {
        a1::remove(&*office.session().await?, &request.certificate_sha256).await
    }

    pub(super) async fn a1_password_forget(office: &Office, request: A1Ref) -> OfficeResult<Vec<A1View>> {
        a1::forget_password(&*office.session().await?, &request.certificate_sha256).await
    }
}
