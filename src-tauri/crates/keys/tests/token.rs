//! The PKCS#11 backend against SoftHSM2. Every test runs in a process of its own: a module is initialised once for a process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // Tests stop at the first surprise.

use std::future::Future;
use std::path::Path;
use std::process::Command;

use cartorio_core::{Coded, Digest, HashAlgorithm, Retry, SecretString};
use cartorio_keys::token::{FinalTry, TokenInfo, TokenKeys, TokenModule};
use cartorio_keys::{
    CreateKey, CreationToken, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeySpec, KeyUsage, PinTries,
    PublicKey, SignatureAlgorithm, SignatureScheme, TokenUri, conformance, verify_message,
};
use cartorio_testkit::softhsm::{PIN, SoftHsm, in_own_process};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

#[test]
fn the_suite_is_green() {
    on_token("the_suite_is_green", |_, desk| async move {
        let keys = desk.keys().await;
        let creates = keys.capabilities().creates;
        let made = [&KeySpec::FOR_DOCUMENTS[..], &[KeySpec::Ed25519]].concat();
        assert_eq!(creates, made, "SoftHSM makes all that PKCS#11 v3.0 has");
        conformance::run(&keys).await;
    });
}

#[test]
fn openssl_verifies_every_algorithm_with_the_exported_key() {
    on_token("openssl_verifies_every_algorithm_with_the_exported_key", |hsm, desk| async move {
        let keys = desk.keys().await;
        let message = b"escritura de compra e venda";
        for spec in keys.capabilities().creates {
            let info = keys.create(CreateKey::named(spec, format!("chave-{spec}"))).await.unwrap();
            assert_eq!(info.algorithms, spec.algorithms(), "SoftHSM has every mechanism");
            let public = keys.public_key(&info.key_ref).await.unwrap();
            for algorithm in info.algorithms {
                let signer = keys.signer(&info.key_ref, algorithm).await.unwrap();
                let value = signer.sign_message(message).await.unwrap().value;
                assert!(openssl_verifies(hsm.folder(), &public, algorithm, message, &value), "{spec} {algorithm}");
                let other = b"escritura de compra e vendo";
                assert!(!openssl_verifies(hsm.folder(), &public, algorithm, other, &value), "{spec} {algorithm}");
            }
        }
    });
}

#[test]
fn leading_zeros_of_ecdsa_values_are_right() {
    on_token("leading_zeros_of_ecdsa_values_are_right", |_, desk| async move {
        let keys = desk.keys().await;
        let info = keys.create(CreateKey::named(KeySpec::EcP521, "p521")).await.unwrap();
        let signer = keys.signer(&info.key_ref, KeySpec::EcP521.default_algorithm()).await.unwrap();
        // Half of all r and s of P-521 begin with a zero byte; every value is verified before it is returned.
        let mut lengths = std::collections::BTreeSet::new();
        for number in 0..40_u8 {
            lengths.insert(signer.sign_message(&[number]).await.unwrap().value.len());
        }
        assert!(lengths.len() > 1, "values of one length only: {lengths:?}");
        assert!(lengths.iter().all(|len| *len <= KeySpec::EcP521.max_signature_len()));
    });
}

#[test]
fn a_key_is_found_with_its_certificate_before_and_after_the_login() {
    in_own_process("a_key_is_found_with_its_certificate_before_and_after_the_login", |hsm| {
        hsm.init_token("Tabelia");
        let (key, own, stranger) = certificates(hsm.folder());
        hsm.import_key("Tabelia", &key, "a1b2", "assinatura");
        write_certificate(hsm, "Tabelia", &own, "a1b2");
        write_certificate(hsm, "Tabelia", &stranger, "ffff");
        run(async {
            let module = TokenModule::load(hsm.module()).await.unwrap();
            let token = tokens(&module).await.remove(0).uri;
            let own = std::fs::read(own).unwrap();

            let before = module.keys(&token).await.unwrap();
            module.login(&token, Some(&pin()), FinalTry::Refuse).await.unwrap();
            let after = module.keys(&token).await.unwrap();
            for keys in [&before, &after] {
                assert_eq!(keys.len(), 1, "one key: {keys:?}");
                assert_eq!(keys[0].certificates, std::slice::from_ref(&own), "its certificate and no other");
                assert_eq!(keys[0].info.spec, Some(KeySpec::Rsa2048));
                assert_eq!(keys[0].info.aliases, ["assinatura"]);
                assert_eq!(keys[0].info.usage, KeyUsage::Sign);
            }
            assert_eq!(before[0].info.key_ref, after[0].info.key_ref, "a login changes no name");
            let KeyRef::Pkcs11(uri) = &after[0].info.key_ref else { panic!("{}", after[0].info.key_ref) };
            assert_eq!(uri.id(), Some(&[0xa1, 0xb2][..]));
            assert_eq!(uri.to_string().parse::<KeyRef>().unwrap(), after[0].info.key_ref);

            let mut all = module.certificates(&token).await.unwrap();
            all.sort();
            let mut wanted = vec![own, std::fs::read(stranger).unwrap()];
            wanted.sort();
            assert_eq!(all, wanted, "chain material has no key on the token");

            let keys = TokenKeys::new(vec![module]);
            let signer = keys.signer(&after[0].info.key_ref, pkcs1()).await.unwrap();
            let value = signer.sign_message(b"ata").await.unwrap().value;
            verify_message(signer.public_key(), pkcs1(), b"ata", &value).unwrap();
        });
    });
}

#[test]
fn the_public_half_comes_from_the_certificate_or_from_the_private_key_where_there_is_no_other() {
    let name = "the_public_half_comes_from_the_certificate_or_from_the_private_key_where_there_is_no_other";
    in_own_process(name, |hsm| {
        hsm.init_token("Antigo");
        let (key, own, _) = certificates(hsm.folder());
        hsm.import_key("Antigo", &key, "01", "com-certificado");
        hsm.import_key("Antigo", &key, "02", "sem-nada");
        let curve = hsm.folder().join("curve.pem");
        let curve_name = curve.to_string_lossy().into_owned();
        openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &curve_name]);
        hsm.import_key("Antigo", &curve, "03", "curva-sem-nada");
        write_certificate(hsm, "Antigo", &own, "01");
        run(async {
            let module = TokenModule::load(hsm.module()).await.unwrap();
            let token = tokens(&module).await.remove(0).uri;
            module.login(&token, Some(&pin()), FinalTry::Refuse).await.unwrap();
            let complete = module.keys(&token).await.unwrap();
            // An old token: private keys and certificates alone.
            with_raw_session(hsm, |session| {
                for public in session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY)]).unwrap() {
                    session.destroy_object(public).unwrap();
                }
            });
            let bare = module.keys(&token).await.unwrap();
            let by = |keys: &[cartorio_keys::token::TokenKey], alias: &str| {
                keys.iter().find(|key| key.info.aliases == [alias]).unwrap().clone()
            };
            for alias in ["com-certificado", "sem-nada"] {
                assert_eq!(by(&bare, alias).public_key, by(&complete, alias).public_key, "{alias}");
                assert!(by(&bare, alias).info.can_sign, "{alias}");
            }
            let keys = TokenKeys::new(vec![module]);
            let rsa = keys.signer(&by(&bare, "sem-nada").info.key_ref, pkcs1()).await.unwrap();
            rsa.sign_message(b"x").await.unwrap();
            // A curve key without any public half cannot be checked, so it does not sign.
            let curve = by(&bare, "curva-sem-nada").info;
            assert!(!curve.can_sign && curve.spec.is_none() && curve.algorithms.is_empty(), "{curve:?}");
            let outcome = keys.signer(&curve.key_ref, KeySpec::EcP256.default_algorithm()).await.err();
            assert!(matches!(outcome, Some(KeyError::WrongUsage { .. })), "{outcome:?}");
        });
    });
}

#[test]
fn a_wrong_pin_is_said_and_not_tried_again() {
    on_token("a_wrong_pin_is_said_and_not_tried_again", |_, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        desk.module.logout(&desk.token).await.unwrap();
        assert!(!desk.module.is_logged_in(&desk.token).await.unwrap());

        let required = |tries| KeyError::PinRequired { token: "Balcao".to_owned(), tries };
        assert_eq!(keys.signer(&info.key_ref, p256()).await.err(), Some(required(PinTries::Full)));
        for _ in 0..3 {
            let wrong = SecretString::new("0000-errado".to_owned());
            let outcome = desk.module.login(&desk.token, Some(&wrong), FinalTry::Refuse).await;
            assert_eq!(outcome, Err(KeyError::PinWrong { token: "Balcao".to_owned(), tries: PinTries::Few }));
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.code(), error.retry(), error.stops_batch()),
                ("token_pin_wrong", Retry::AfterAction, true)
            );
            assert!(!error.to_string().contains("errado"), "{error}");
        }
        let state = tokens(&desk.module).await.remove(0);
        assert_eq!((state.pin.tries, state.pin.locked, state.logged_in), (PinTries::Few, false, false));
        assert_eq!(keys.signer(&info.key_ref, p256()).await.err(), Some(required(PinTries::Few)));

        for nothing in [None, Some(SecretString::new(String::new()))] {
            let outcome = desk.module.login(&desk.token, nothing.as_ref(), FinalTry::Refuse).await;
            assert_eq!(outcome, Err(required(PinTries::Few)), "nothing is sent for no PIN");
        }
        desk.module.login(&desk.token, Some(&pin()), FinalTry::Refuse).await.unwrap();
        let state = tokens(&desk.module).await.remove(0);
        assert_eq!((state.pin.tries, state.logged_in), (PinTries::Full, true), "a good PIN gives all tries back");
        keys.signer(&info.key_ref, p256()).await.unwrap().sign_message(b"x").await.unwrap();
        desk.module.login(&desk.token, Some(&pin()), FinalTry::Refuse).await.unwrap();
    });
}

#[test]
fn a_logout_in_the_middle_of_a_batch_asks_for_the_pin() {
    on_token("a_logout_in_the_middle_of_a_batch_asks_for_the_pin", |_, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let signer = keys.signer(&info.key_ref, p256()).await.unwrap();
        signer.sign_message(b"1").await.unwrap();
        desk.module.logout(&desk.token).await.unwrap();
        let outcome = signer.sign_message(b"2").await;
        assert!(matches!(outcome, Err(KeyError::PinRequired { tries: PinTries::Full, .. })), "{outcome:?}");
        desk.module.logout(&desk.token).await.unwrap();
        // The same signer goes on after the PIN was typed again.
        desk.login().await;
        signer.sign_message(b"2").await.unwrap();
    });
}

#[test]
fn lost_sessions_are_replaced_once_and_a_lost_login_is_told() {
    on_token("lost_sessions_are_replaced_once_and_a_lost_login_is_told", |hsm, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let signer = keys.signer(&info.key_ref, p256()).await.unwrap();
        assert_eq!(signer.sign_message(b"1").await.unwrap().attempts, 1);
        // What pulling a token out and putting it back does: every session and the login are gone.
        let other = Pkcs11::new(hsm.module()).unwrap();
        other.finalize().unwrap();
        let outcome = signer.sign_message(b"2").await;
        assert!(
            matches!(&outcome, Err(KeyError::ModuleUnusable { module, .. }) if module == "libsofthsm2.so"),
            "{outcome:?}"
        );
        Pkcs11::new(hsm.module()).unwrap().initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        let outcome = signer.sign_message(b"3").await;
        assert!(matches!(outcome, Err(KeyError::PinRequired { .. })), "{outcome:?}");
        assert!(!desk.module.is_logged_in(&desk.token).await.unwrap());
        desk.login().await;
        assert_eq!(signer.sign_message(b"4").await.unwrap().attempts, 1);

        // The same while the login outlives the sessions: another part of the program holds one of its own.
        Pkcs11::new(hsm.module()).unwrap().finalize().unwrap();
        let other = Pkcs11::new(hsm.module()).unwrap();
        other.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        let slot = other.get_slots_with_initialized_token().unwrap().remove(0);
        let held = other.open_ro_session(slot).unwrap();
        held.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
        assert_eq!(
            signer.sign_message(b"5").await.unwrap().attempts,
            2,
            "the lost session was replaced, and that is said"
        );
        assert_eq!(signer.sign_message(b"6").await.unwrap().attempts, 1);
    });
}

#[test]
fn a_token_that_is_not_there_after_a_restart_of_the_module_is_said_to_be_absent() {
    on_token("a_token_that_is_not_there_after_a_restart_of_the_module_is_said_to_be_absent", |hsm, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let signer = keys.signer(&info.key_ref, p256()).await.unwrap();
        signer.sign_message(b"1").await.unwrap();
        hsm.remove_tokens();
        // SoftHSM reads its tokens again only when it starts.
        Pkcs11::new(hsm.module()).unwrap().finalize().unwrap();
        Pkcs11::new(hsm.module()).unwrap().initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        let absent = KeyError::TokenAbsent { token: "Balcao".to_owned() };
        for _ in 0..2 {
            assert_eq!(signer.sign_message(b"2").await, Err(absent.clone()));
        }
        assert_eq!(keys.describe(&info.key_ref).await, Err(absent.clone()));
        assert_eq!(desk.module.login(&desk.token, Some(&pin()), FinalTry::Refuse).await, Err(absent));
        desk.module.logout(&desk.token).await.unwrap();
        assert_eq!(keys.list().await, Ok(Vec::new()));
        assert!(!desk.module.is_logged_in(&desk.token).await.unwrap());
    });
}

#[test]
fn a_token_that_is_pulled_out_under_open_sessions_is_said_to_be_absent() {
    on_token("a_token_that_is_pulled_out_under_open_sessions_is_said_to_be_absent", |hsm, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let signer = keys.signer(&info.key_ref, p256()).await.unwrap();
        signer.sign_message(b"1").await.unwrap();
        hsm.remove_tokens();
        let absent = Err(KeyError::TokenAbsent { token: "Balcao".to_owned() });
        for _ in 0..3 {
            assert_eq!(signer.sign_message(b"2").await, absent);
        }
    });
}

#[test]
fn tokens_of_one_label_are_told_apart_by_their_serial_numbers() {
    in_own_process("tokens_of_one_label_are_told_apart_by_their_serial_numbers", |hsm| {
        hsm.init_token("Gemeo");
        hsm.init_token("Gemeo");
        run(async {
            let module = TokenModule::load(hsm.module()).await.unwrap();
            let both = tokens(&module).await;
            assert_eq!(both.len(), 2);
            assert_ne!(both[0].serial, both[1].serial);
            let label: TokenUri = "pkcs11:token=Gemeo".parse().unwrap();
            let outcome = module.login(&label, Some(&pin()), FinalTry::Refuse).await;
            assert!(matches!(outcome, Err(KeyError::BadReference { .. })), "{outcome:?}");

            let mut made = Vec::new();
            for token in &both {
                let serial: TokenUri = format!("pkcs11:serial={}", token.serial).parse().unwrap();
                module.login(&serial, Some(&pin()), FinalTry::Refuse).await.unwrap();
                let keys = TokenKeys::new(vec![module.clone()]).creating_on(&serial).await.unwrap();
                made.push(keys.create(CreateKey::named(KeySpec::EcP256, "mesmo-nome")).await.unwrap());
            }
            let keys = TokenKeys::new(vec![module.clone(), module]);
            assert_eq!(keys.list().await.unwrap().len(), 2, "a module that is given twice shows nothing twice");
            let mut publics = Vec::new();
            for info in &made {
                let signer = keys.signer(&info.key_ref, p256()).await.unwrap();
                signer.sign_message(b"x").await.unwrap();
                publics.push(signer.public_key().clone());
            }
            assert_ne!(publics[0], publics[1]);
            let id = |info: &KeyInfo| match &info.key_ref {
                KeyRef::Pkcs11(uri) => uri.clone(),
                other => panic!("{other}"),
            };
            // The key of the one on the other is nowhere.
            let crossed = both[1].uri.with_object(id(&made[0]).id().unwrap(), "mesmo-nome");
            let outcome = keys.describe(&KeyRef::Pkcs11(crossed)).await;
            assert!(matches!(outcome, Err(KeyError::NotFound { .. })), "{outcome:?}");
            let strange = TokenUri::of_token("Gemeo", "", "", "0000").with_object(b"1", "");
            let outcome = keys.describe(&KeyRef::Pkcs11(strange)).await;
            assert_eq!(outcome, Err(KeyError::TokenAbsent { token: "Gemeo".to_owned() }));
        });
    });
}

#[test]
fn what_is_no_module_is_refused_with_its_reason() {
    in_own_process("what_is_no_module_is_refused_with_its_reason", |hsm| {
        let text = hsm.folder().join("text.so");
        std::fs::write(&text, "no library").unwrap();
        let library = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap();
        run(async {
            for (path, reason) in [
                (hsm.folder().join("none.so"), "not there"),
                (text, "no library for this system"),
                (library.into(), "no PKCS#11 module"),
                ("libsofthsm2.so".into(), "full path"),
            ] {
                let outcome = TokenModule::load(&path).await;
                let Err(KeyError::ModuleUnusable { module, reason: said }) = outcome else { panic!("{outcome:?}") };
                assert_eq!(module, path.file_name().unwrap().to_str().unwrap());
                assert!(said.contains(reason), "{said}");
            }
            let first = TokenModule::load(hsm.module()).await.unwrap();
            let link = hsm.folder().join("link.so");
            std::os::unix::fs::symlink(hsm.module(), &link).unwrap();
            assert_eq!(TokenModule::load(&link).await.unwrap(), first, "one file is one module");
            assert!(TokenModule::candidates().iter().any(|found| found.product == "SoftHSM"));
            let empty = tokens(&first).await;
            assert!(empty.iter().all(|token| !token.initialised), "{empty:?}");
        });
    });
}

#[test]
fn many_sign_at_once() {
    on_token("many_sign_at_once", |_, desk| async move {
        let info = desk.make("chave").await;
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let signer: std::sync::Arc<dyn DigestSigner> = keys.signer(&info.key_ref, p256()).await.unwrap().into();
        let tasks: Vec<_> = (0..16_u8)
            .map(|number| {
                let signer = std::sync::Arc::clone(&signer);
                tokio::spawn(async move { (number, signer.sign_message(&[number]).await) })
            })
            .collect();
        for task in tasks {
            let (number, outcome) = task.await.unwrap();
            verify_message(signer.public_key(), p256(), &[number], &outcome.unwrap().value).unwrap();
        }
    });
}

#[test]
fn a_key_that_wants_the_pin_every_time_is_shown_and_refused() {
    on_token("a_key_that_wants_the_pin_every_time_is_shown_and_refused", |hsm, desk| async move {
        let info = desk.make("chave").await;
        with_raw_session(hsm, |session| {
            let p256 = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07".to_vec();
            let named = [Attribute::Token(true), Attribute::Id(vec![9]), Attribute::Label(b"qualificada".to_vec())];
            let public = [&named[..], &[Attribute::EcParams(p256), Attribute::Verify(true)]].concat();
            let private = [&named[..], &[Attribute::Sign(true), Attribute::AlwaysAuthenticate(true)]].concat();
            session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).unwrap();
        });
        let keys = TokenKeys::new(vec![desk.module.clone()]);
        let found = desk.module.keys(&desk.token).await.unwrap();
        let qualified = found.iter().find(|key| key.info.aliases == ["qualificada"]).unwrap();
        assert!(qualified.pin_every_time && !qualified.info.can_sign && qualified.info.algorithms.is_empty());
        let outcome = keys.signer(&qualified.info.key_ref, p256()).await.err();
        assert!(matches!(outcome, Some(KeyError::Unsupported { .. })), "{outcome:?}");
        let other = found.iter().find(|key| key.info.key_ref == info.key_ref).unwrap();
        assert!(!other.pin_every_time);
        keys.signer(&info.key_ref, p256()).await.unwrap();
    });
}

#[test]
fn creation_needs_a_token_a_login_and_a_type_that_the_token_makes() {
    on_token("creation_needs_a_token_a_login_and_a_type_that_the_token_makes", |_, desk| async move {
        let nowhere = TokenKeys::new(vec![desk.module.clone()]);
        assert!(nowhere.capabilities().creates.is_empty() && !nowhere.capabilities().creation_tokens);
        let request = CreateKey::named(KeySpec::EcP256, "chave");
        let outcome = nowhere.create(request.clone()).await;
        assert!(matches!(outcome, Err(KeyError::Unsupported { .. })), "{outcome:?}");

        let keys = desk.keys().await;
        desk.module.logout(&desk.token).await.unwrap();
        let token = CreationToken::new("pedido-1").unwrap();
        let request = CreateKey { token: Some(token.clone()), ..request };
        for outcome in [keys.create(request.clone()).await.map(Some), keys.find_created(&token).await] {
            assert!(matches!(outcome, Err(KeyError::PinRequired { .. })), "{outcome:?}");
        }
        desk.login().await;
        let made = keys.create(request.clone()).await.unwrap();
        assert_eq!(keys.create(request).await.unwrap(), made, "one token, one key");
        assert_eq!(keys.find_created(&token).await.unwrap().as_ref(), Some(&made));
        with_raw_session_of(&desk, |session| {
            let private = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
            assert_eq!(private.len(), 1);
            use cryptoki::object::AttributeType as T;
            let wanted = [T::Token, T::Private, T::Sensitive, T::Extractable, T::Sign, T::NeverExtractable];
            assert_eq!(
                session.get_attributes(private[0], &wanted).unwrap(),
                [
                    Attribute::Token(true),
                    Attribute::Private(true),
                    Attribute::Sensitive(true),
                    Attribute::Extractable(false),
                    Attribute::Sign(true),
                    Attribute::NeverExtractable(true),
                ]
            );
        });
    });
}

struct Desk {
    module: TokenModule,
    token: TokenUri,
    folder: std::path::PathBuf,
}

impl Desk {
    async fn keys(&self) -> TokenKeys {
        TokenKeys::new(vec![self.module.clone()]).creating_on(&self.token).await.unwrap()
    }

    async fn make(&self, alias: &str) -> KeyInfo {
        self.keys().await.create(CreateKey::named(KeySpec::EcP256, alias)).await.unwrap()
    }

    async fn login(&self) {
        self.module.login(&self.token, Some(&pin()), FinalTry::Refuse).await.unwrap();
    }
}

/// A token called Balcao, logged in to.
fn on_token<F: Future<Output = ()>>(test: &str, body: impl FnOnce(&'static SoftHsm, Desk) -> F) {
    in_own_process(test, |hsm| {
        hsm.init_token("Balcao");
        // The process ends with the test.
        let hsm: &'static SoftHsm = Box::leak(Box::new(hsm.clone()));
        run(async {
            let module = TokenModule::load(hsm.module()).await.unwrap();
            let token = tokens(&module).await.remove(0).uri;
            let desk = Desk { module, token, folder: hsm.module().to_owned() };
            desk.login().await;
            body(hsm, desk).await;
        });
    });
}

fn run<F: Future<Output = ()>>(body: F) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(body);
}

/// The tokens that were set up.
async fn tokens(module: &TokenModule) -> Vec<TokenInfo> {
    let mut tokens = module.tokens().await.unwrap();
    tokens.retain(|token| token.initialised);
    tokens
}

fn pin() -> SecretString {
    SecretString::new(PIN.to_owned())
}

fn p256() -> SignatureAlgorithm {
    KeySpec::EcP256.default_algorithm()
}

fn pkcs1() -> SignatureAlgorithm {
    SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)
}

/// Does what this product never does, in a session beside it; the login of the process counts here too.
fn with_raw_session(hsm: &SoftHsm, work: impl FnOnce(&cryptoki::session::Session)) {
    raw_session(hsm.module(), work);
}

fn with_raw_session_of(desk: &Desk, work: impl FnOnce(&cryptoki::session::Session)) {
    raw_session(&desk.folder, work);
}

fn raw_session(module: &Path, work: impl FnOnce(&cryptoki::session::Session)) {
    let context = Pkcs11::new(module).unwrap();
    let slot = context.get_slots_with_initialized_token().unwrap().remove(0);
    work(&context.open_rw_session(slot).unwrap());
}

/// A key, its certificate and a stranger's (DER), made by OpenSSL.
fn certificates(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf, std::path::PathBuf) {
    let path = |name: &str| folder.join(name);
    let text = |name: &str| path(name).to_string_lossy().into_owned();
    for (key, certificate, name) in [("key.pem", "own.der", "/CN=Tabelia"), ("ca.pem", "stranger.der", "/CN=AC")] {
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-noenc",
            "-keyout",
            &text(key),
            "-subj",
            name,
            "-days",
            "30",
            "-outform",
            "DER",
            "-out",
            &text(certificate),
        ]);
    }
    (path("key.pem"), path("own.der"), path("stranger.der"))
}

fn write_certificate(hsm: &SoftHsm, token: &str, certificate: &Path, id: &str) {
    let output = Command::new("pkcs11-tool")
        .arg("--module")
        .arg(hsm.module())
        .args(["--token-label", token, "--login", "--pin", PIN, "--type", "cert", "--id", id, "--write-object"])
        .arg(certificate)
        .output()
        .expect("pkcs11-tool (Debian: opensc)");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn openssl_verifies(
    folder: &Path,
    public: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (key, input, value) = (path("public.der"), path("input"), path("value"));
    std::fs::write(&key, &public.spki).unwrap();
    std::fs::write(&value, signature).unwrap();
    let mut command = Command::new("openssl");
    command
        .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", &key, "-sigfile", &value, "-in", &input]);
    if algorithm.signs_messages() {
        std::fs::write(&input, message).unwrap();
        command.arg("-rawin");
    } else {
        std::fs::write(&input, Digest::of(algorithm.hash(), message).as_bytes()).unwrap();
        let digest = algorithm.hash().name().to_ascii_lowercase().replace('-', "");
        command.args(["-pkeyopt", &format!("digest:{digest}")]);
    }
    if algorithm.scheme() == SignatureScheme::RsaPss {
        command.args(["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdict = said.contains("Signature Verified Successfully");
    assert_eq!(verdict, output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(verdict || said.contains("Verification Failure"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    verdict
}
