//! The bindings to libcrypto that the `openssl` and `openssl-sys` crates lack, behind safe functions. The only unsafe code here.
//!
//! # What is called
//! `X509_verify_cert` over a context of our own, with four callbacks. `openssl-sys` binds neither the callbacks nor
//! `X509_STORE_CTX_set0_crls`, the initial policy set, the policy tree, or the parent of a nested context; they are
//! declared below as `openssl/x509_vfy.h` of OpenSSL 3.0 has them. All of them are in 3.0 and in 3.6.
//!
//! # Ownership
//! * A context owns nothing of ours. The stacks (path, extra certificates, CRLs, trusted) and the recorder live in
//!   [`run`]'s frame and are declared before the context, so the context is freed first (reverse order of declaration).
//!   The stacks borrow: the caller's references keep their elements alive.
//! * `set0_crls` and `set0_trusted_stack` do *not* take ownership, whatever their names suggest
//!   (`X509_STORE_CTX_cleanup` frees neither). `add0_policy` does take it.
//! * What `get0_*` gives belongs to the context and is copied out before the context ends.
//!
//! # Callbacks
//! OpenSSL calls them on our thread, inside `X509_verify_cert`, and nowhere else. They find their [`Recorder`] through the
//! context's ex_data; a nested context (OpenSSL makes one for the path of a CRL's signer) has none, so they walk up to
//! its parent. A reference to the recorder is never held across a call back into OpenSSL. No panic crosses: each body
//! runs in `catch_unwind`, and a panic is an error of verification.
//!
//! # Threads
//! Nothing is shared but certificates, CRLs and stores, which OpenSSL guards with its own locks and reference counts.

#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use libc::{c_char, c_int, c_long, c_void, time_t};
use openssl::asn1::{Asn1Object, Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::{ReasonCode, X509, X509Crl, X509CrlRef, X509Ref, X509RevokedRef};
use openssl_sys::{
    ASN1_OBJECT, CRYPTO_EX_DATA, OPENSSL_STACK, X509_CRL, X509_STORE, X509_STORE_CTX, X509_VERIFY_PARAM, stack_st_X509,
};

/// One verification, as OpenSSL needs it.
pub(crate) struct Request<'a> {
    /// The subject first, the anchor last.
    pub path: &'a [&'a X509],
    /// A store made by [`store`] with the anchor.
    pub store: &'a X509Store,
    /// Signers of CRLs that are not on the path, and what leads from them to the anchor.
    pub extra: &'a [&'a X509],
    /// Lists.
    pub crls: &'a [&'a X509Crl],
    /// `X509_V_FLAG_*`.
    pub flags: libc::c_ulong,
    /// Unix seconds.
    pub at: i64,
    /// `X509_PURPOSE_*`.
    pub purpose: Option<c_int>,
    /// Initial policies, dotted.
    pub policies: &'a [&'a str],
    /// Whether the signatures and times of the path itself are checked; else they were, and only lists are asked.
    pub signatures: bool,
}

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// Every error of the path itself.
    pub errors: Vec<RecordedError>,
    /// Every list that was consulted for a certificate of the path.
    pub uses: Vec<RecordedUse>,
    /// Whether the chain that OpenSSL built is the path.
    pub as_asked: bool,
    /// Contents of the policies that hold (authority- or user-constrained); `None` when the tree is empty.
    pub policies: Option<Vec<Vec<u8>>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordedError {
    pub number: c_int,
    pub depth: usize,
    /// Met while a CRL signer's own path was verified.
    pub nested: bool,
    pub crl: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordedUse {
    pub depth: usize,
    pub crl: usize,
    /// Unix seconds and reason of the entry, where there is one that revokes.
    pub revoked: Option<(i64, Option<u8>)>,
    /// The entry says removeFromCRL.
    pub removed: bool,
}

type VerifyCb = unsafe extern "C" fn(c_int, *mut X509_STORE_CTX) -> c_int;
type CheckIssued = unsafe extern "C" fn(*mut X509_STORE_CTX, *mut openssl_sys::X509, *mut openssl_sys::X509) -> c_int;
type CheckCrl = unsafe extern "C" fn(*mut X509_STORE_CTX, *mut X509_CRL) -> c_int;
type Verify = unsafe extern "C" fn(*mut X509_STORE_CTX) -> c_int;
type CertCrl = unsafe extern "C" fn(*mut X509_STORE_CTX, *mut X509_CRL, *mut openssl_sys::X509) -> c_int;

/// An opaque `X509_POLICY_TREE`.
enum PolicyTree {}
/// An opaque `X509_POLICY_NODE`.
enum PolicyNode {}
/// An opaque `STACK_OF(X509_POLICY_NODE)`; every OpenSSL stack is an `OPENSSL_STACK` (`openssl/safestack.h`).
enum PolicyNodes {}
/// An opaque `STACK_OF(X509_CRL)`.
enum Crls {}

// `openssl/x509_vfy.h` and `openssl/crypto.h` of OpenSSL 3.0. `openssl-sys` links libcrypto.
unsafe extern "C" {
    fn X509_STORE_set_check_issued(store: *mut X509_STORE, callback: Option<CheckIssued>);
    fn X509_STORE_set_check_crl(store: *mut X509_STORE, callback: Option<CheckCrl>);
    fn X509_STORE_set_cert_crl(store: *mut X509_STORE, callback: Option<CertCrl>);
    fn X509_STORE_CTX_get_check_issued(ctx: *const X509_STORE_CTX) -> Option<CheckIssued>;
    fn X509_STORE_CTX_get_check_crl(ctx: *const X509_STORE_CTX) -> Option<CheckCrl>;
    fn X509_STORE_CTX_get_cert_crl(ctx: *const X509_STORE_CTX) -> Option<CertCrl>;
    fn X509_STORE_CTX_set_verify_cb(ctx: *mut X509_STORE_CTX, callback: Option<VerifyCb>);
    fn X509_STORE_CTX_set_verify(ctx: *mut X509_STORE_CTX, callback: Option<Verify>);
    fn X509_STORE_CTX_set0_crls(ctx: *mut X509_STORE_CTX, crls: *mut Crls);
    fn X509_STORE_CTX_set0_trusted_stack(ctx: *mut X509_STORE_CTX, certificates: *mut stack_st_X509);
    fn X509_STORE_CTX_get0_param(ctx: *mut X509_STORE_CTX) -> *mut X509_VERIFY_PARAM;
    fn X509_STORE_CTX_get0_parent_ctx(ctx: *const X509_STORE_CTX) -> *mut X509_STORE_CTX;
    fn X509_STORE_CTX_get0_current_crl(ctx: *const X509_STORE_CTX) -> *mut X509_CRL;
    fn X509_STORE_CTX_set_ex_data(ctx: *mut X509_STORE_CTX, index: c_int, data: *mut c_void) -> c_int;
    fn X509_STORE_CTX_get0_policy_tree(ctx: *const X509_STORE_CTX) -> *mut PolicyTree;
    fn X509_policy_tree_get0_user_policies(tree: *const PolicyTree) -> *mut PolicyNodes;
    fn X509_policy_node_get0_policy(node: *const PolicyNode) -> *const ASN1_OBJECT;
    fn X509_VERIFY_PARAM_add0_policy(param: *mut X509_VERIFY_PARAM, policy: *mut ASN1_OBJECT) -> c_int;
    fn CRYPTO_get_ex_new_index(
        class: c_int,
        argl: c_long,
        argp: *mut c_void,
        new: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, *mut CRYPTO_EX_DATA, c_int, c_long, *mut c_void)>,
        dup: Option<
            unsafe extern "C" fn(
                *mut CRYPTO_EX_DATA,
                *const CRYPTO_EX_DATA,
                *mut *mut c_void,
                c_int,
                c_long,
                *mut c_void,
            ) -> c_int,
        >,
        free: Option<unsafe extern "C" fn(*mut c_void, *mut c_void, *mut CRYPTO_EX_DATA, c_int, c_long, *mut c_void)>,
    ) -> c_int;
}

/// `CRYPTO_EX_INDEX_X509_STORE_CTX` (`openssl/crypto.h`).
const EX_INDEX_STORE_CTX: c_int = 5;

/// What callbacks write to, and what they need to know.
struct Recorder {
    path: Vec<*mut openssl_sys::X509>,
    crls: Vec<*mut X509_CRL>,
    at: Option<Asn1Time>,
    /// The list that OpenSSL is looking at.
    checking: *mut X509_CRL,
    recorded: Recorded,
}

impl Recorder {
    fn crl(&self, wanted: *mut X509_CRL) -> Option<usize> {
        self.crls.iter().position(|own| *own == wanted)
    }

    fn place(&self, wanted: *mut openssl_sys::X509) -> Option<usize> {
        self.path.iter().position(|own| *own == wanted)
    }

    fn error(&mut self, error: RecordedError) {
        let known = |own: &RecordedError| {
            (own.number, own.depth, own.nested, own.crl) == (error.number, error.depth, error.nested, error.crl)
        };
        if !self.recorded.errors.iter().any(known) {
            self.recorded.errors.push(error);
        }
    }
}

/// A store that trusts `anchor` and calls us back.
pub(crate) fn store(anchor: &X509) -> Result<X509Store, ErrorStack> {
    let mut builder = X509StoreBuilder::new()?;
    builder.add_cert(anchor.clone())?;
    let store = builder.build();
    // SAFETY: the store is alive and nobody else has it yet; the callbacks have the types of x509_vfy.h and live as
    // long as the program.
    unsafe {
        X509_STORE_set_check_issued(store.as_ptr(), Some(on_check_issued));
        X509_STORE_set_check_crl(store.as_ptr(), Some(on_check_crl));
        X509_STORE_set_cert_crl(store.as_ptr(), Some(on_cert_crl));
    }
    Ok(store)
}

/// Verifies; an error is one of memory or of parameters, everything else is recorded.
pub(crate) fn run(request: &Request<'_>) -> Result<Recorded, ErrorStack> {
    let (Some((subject, above)), Some(anchor)) = (request.path.split_first(), request.path.last()) else {
        return Ok(Recorded::default());
    };
    let untrusted = Borrowed::of(above.iter().chain(request.extra).map(|certificate| certificate.as_ptr().cast()))?;
    let trusted = Borrowed::of(std::iter::once(anchor.as_ptr().cast()))?;
    let crls = Borrowed::of(request.crls.iter().map(|crl| crl.as_ptr().cast()))?;
    let mut recorder = Recorder {
        path: request.path.iter().map(|certificate| certificate.as_ptr()).collect(),
        crls: request.crls.iter().map(|crl| crl.as_ptr()).collect(),
        at: Asn1Time::from_unix(time(request.at)).ok(),
        checking: std::ptr::null_mut(),
        recorded: Recorded::default(),
    };
    let shared: *mut Recorder = &raw mut recorder;
    let index = ex_index().ok_or_else(ErrorStack::get)?;
    // Declared last, so freed first: see the module's documentation.
    let context = Context::new()?;
    let ctx = context.0;
    // SAFETY: `ctx` is a fresh context; store, subject and stacks outlive it and are not touched until it is freed.
    // `get0_param` gives the context's own parameters, never null after init. `shared` points to `recorder`, which
    // outlives the context and is not used by this function while OpenSSL may call back.
    let verdict = unsafe {
        check(openssl_sys::X509_STORE_CTX_init(ctx, request.store.as_ptr(), subject.as_ptr(), untrusted.0.cast()))?;
        let param = X509_STORE_CTX_get0_param(ctx);
        check(openssl_sys::X509_VERIFY_PARAM_set_flags(param, request.flags))?;
        openssl_sys::X509_VERIFY_PARAM_set_time(param, time(request.at));
        openssl_sys::X509_VERIFY_PARAM_set_auth_level(param, 0);
        if let Some(purpose) = request.purpose {
            check(openssl_sys::X509_VERIFY_PARAM_set_purpose(param, purpose))?;
        }
        for policy in request.policies {
            let object = Asn1Object::from_str(policy)?;
            check(X509_VERIFY_PARAM_add0_policy(param, object.as_ptr()))?;
            // The parameters own it now.
            std::mem::forget(object);
        }
        X509_STORE_CTX_set0_trusted_stack(ctx, trusted.0.cast());
        if !request.crls.is_empty() {
            X509_STORE_CTX_set0_crls(ctx, crls.0.cast());
        }
        check(X509_STORE_CTX_set_ex_data(ctx, index, shared.cast()))?;
        X509_STORE_CTX_set_verify_cb(ctx, Some(on_verify));
        if !request.signatures {
            X509_STORE_CTX_set_verify(ctx, Some(already_verified));
        }
        openssl_sys::X509_verify_cert(ctx)
    };
    // SAFETY: the context is alive; what is read belongs to it and is copied here.
    let (number, depth, as_asked, policies) = unsafe {
        (openssl_sys::X509_STORE_CTX_get_error(ctx), depth(ctx), chain_is(ctx, &(*shared).path), user_policies(ctx))
    };
    drop(context);
    if verdict != 1 {
        // Not one of the errors that a callback saw: memory, a limit, a panic of a callback.
        let number = if number == openssl_sys::X509_V_OK { openssl_sys::X509_V_ERR_UNSPECIFIED } else { number };
        recorder.error(RecordedError { number, depth, nested: false, crl: None });
    }
    // Whatever OpenSSL left on this thread's queue is not the next caller's.
    drop(ErrorStack::get());
    let mut recorded = recorder.recorded;
    recorded.as_asked = as_asked;
    recorded.policies = policies;
    Ok(recorded)
}

/// X509_check_host with RFC 9525's rules: never the common name, no partial wildcards.
pub(crate) fn check_host(certificate: &X509, host: &str) -> bool {
    let flags = openssl_sys::X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | openssl_sys::X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    // An empty name would be read as «any» by strlen; a nul inside ends it early.
    if host.is_empty() || host.contains('\0') {
        return false;
    }
    // SAFETY: the certificate is alive, the name is given with its length and not kept; no name is asked back.
    let found = unsafe {
        openssl_sys::X509_check_host(
            certificate.as_ptr(),
            host.as_ptr().cast::<c_char>(),
            host.len(),
            flags,
            std::ptr::null_mut(),
        )
    };
    drop(ErrorStack::get());
    found == 1
}

/// X509_check_ip; `octets` are 4 or 16.
pub(crate) fn check_ip(certificate: &X509, octets: &[u8]) -> bool {
    // SAFETY: the certificate is alive, the octets are given with their length and not kept.
    let found = unsafe { openssl_sys::X509_check_ip(certificate.as_ptr(), octets.as_ptr(), octets.len(), 0) };
    drop(ErrorStack::get());
    found == 1
}

/// X509_check_email, subjectAltName only.
pub(crate) fn check_email(certificate: &X509, address: &str) -> bool {
    if address.is_empty() || address.contains('\0') {
        return false;
    }
    let flags = openssl_sys::X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    // SAFETY: as in `check_host`.
    let found = unsafe {
        openssl_sys::X509_check_email(certificate.as_ptr(), address.as_ptr().cast::<c_char>(), address.len(), flags)
    };
    drop(ErrorStack::get());
    found == 1
}

/// A stack that borrows what is on it: freeing it frees no element.
struct Borrowed(*mut OPENSSL_STACK);

impl Borrowed {
    fn of(items: impl Iterator<Item = *mut c_void>) -> Result<Self, ErrorStack> {
        // SAFETY: no arguments; null is an error.
        let stack = unsafe { openssl_sys::OPENSSL_sk_new_null() };
        if stack.is_null() {
            return Err(ErrorStack::get());
        }
        let own = Self(stack);
        for item in items {
            // SAFETY: the stack is alive; it keeps the pointer and never looks behind it.
            if unsafe { openssl_sys::OPENSSL_sk_push(own.0, item) } <= 0 {
                return Err(ErrorStack::get());
            }
        }
        Ok(own)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: made by `of`, freed once; the elements are others'.
        unsafe { openssl_sys::OPENSSL_sk_free(self.0) }
    }
}

/// A context that is freed.
struct Context(*mut X509_STORE_CTX);

impl Context {
    fn new() -> Result<Self, ErrorStack> {
        // SAFETY: no arguments; null is an error.
        let ctx = unsafe { openssl_sys::X509_STORE_CTX_new() };
        if ctx.is_null() { Err(ErrorStack::get()) } else { Ok(Self(ctx)) }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once.
        unsafe { openssl_sys::X509_STORE_CTX_free(self.0) }
    }
}

fn check(result: c_int) -> Result<(), ErrorStack> {
    if result == 1 { Ok(()) } else { Err(ErrorStack::get()) }
}

/// Unix seconds as C has them; where `time_t` is too small, the nearest that it holds.
fn time(at: i64) -> time_t {
    time_t::try_from(at).unwrap_or(if at < 0 { time_t::MIN } else { time_t::MAX })
}

/// The place of our recorder in a context's ex_data, asked for once.
fn ex_index() -> Option<c_int> {
    static INDEX: OnceLock<c_int> = OnceLock::new();
    // SAFETY: all callbacks are absent, argp is not read.
    let index = *INDEX.get_or_init(|| unsafe {
        CRYPTO_get_ex_new_index(EX_INDEX_STORE_CTX, 0, std::ptr::null_mut(), None, None, None)
    });
    (index >= 0).then_some(index)
}

/// OpenSSL's own callbacks, which ours go on to.
fn defaults() -> Option<(CheckIssued, CheckCrl, CertCrl)> {
    static DEFAULTS: OnceLock<Option<(CheckIssued, CheckCrl, CertCrl)>> = OnceLock::new();
    *DEFAULTS.get_or_init(|| {
        let store = X509StoreBuilder::new().ok()?.build();
        let context = Context::new().ok()?;
        // SAFETY: store and context are alive; a context may be made without a certificate. What the getters give are
        // functions of the library.
        unsafe {
            check(openssl_sys::X509_STORE_CTX_init(
                context.0,
                store.as_ptr(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            ))
            .ok()?;
            Some((
                X509_STORE_CTX_get_check_issued(context.0)?,
                X509_STORE_CTX_get_check_crl(context.0)?,
                X509_STORE_CTX_get_cert_crl(context.0)?,
            ))
        }
    })
}

/// The recorder of a context or of its parent, and whether the context is nested.
///
/// # Safety
/// `ctx` is a live context made by [`run`] or nested in one by OpenSSL.
unsafe fn recorder(ctx: *mut X509_STORE_CTX) -> Option<(*mut Recorder, bool)> {
    // SAFETY: by the contract; a nested context lives inside its parent's verification.
    unsafe {
        let parent = X509_STORE_CTX_get0_parent_ctx(ctx);
        let (owner, nested) = if parent.is_null() { (ctx, false) } else { (parent, true) };
        let data = openssl_sys::X509_STORE_CTX_get_ex_data(owner, ex_index()?);
        (!data.is_null()).then(|| (data.cast::<Recorder>(), nested))
    }
}

/// # Safety
/// `ctx` is a live context.
unsafe fn depth(ctx: *mut X509_STORE_CTX) -> usize {
    // SAFETY: by the contract.
    usize::try_from(unsafe { openssl_sys::X509_STORE_CTX_get_error_depth(ctx) }).unwrap_or(0)
}

/// No panic goes into C.
fn guarded(body: impl FnOnce() -> Option<c_int>) -> c_int {
    catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(0)
}

/// Called for every error (`ok` 0) and every certificate that is done (`ok` 1). Errors of the path are recorded and the
/// verification goes on, so that all are found. Errors on a CRL signer's own path end that path: the list must not count.
unsafe extern "C" fn on_verify(ok: c_int, ctx: *mut X509_STORE_CTX) -> c_int {
    if ok != 0 {
        return ok;
    }
    // SAFETY: OpenSSL calls with a live context; the recorder is not borrowed elsewhere (module documentation). Current
    // certificate and CRL belong to the context, or are null.
    guarded(|| unsafe {
        let (shared, nested) = recorder(ctx)?;
        let number = openssl_sys::X509_STORE_CTX_get_error(ctx);
        let depth = depth(ctx);
        let current = X509_STORE_CTX_get0_current_crl(ctx);
        let checking = (*shared).checking;
        let crl = if nested || checking.is_null() { current } else { checking };
        if at_the_last_second(ctx, number, crl, (*shared).at.as_deref()) {
            return Some(1);
        }
        // Nobody above an anchor could revoke it, so no list is asked for: neither here nor on a signer's path.
        let about_anchor = depth + 1 == stack_length(openssl_sys::X509_STORE_CTX_get0_chain(ctx).cast())
            && crate::ErrorCode::from_number(number).is_about_revocation();
        if about_anchor {
            return Some(1);
        }
        let crl = if crl.is_null() { None } else { (*shared).crl(crl) };
        (*shared).error(RecordedError { number, depth, nested, crl });
        Some(c_int::from(!nested))
    })
}

/// notAfter and nextUpdate belong to the validity (RFC 5280 §4.1.2.5); OpenSSL takes the instant itself for over.
///
/// # Safety
/// `ctx` is live, `crl` is its current list or null.
unsafe fn at_the_last_second(
    ctx: *mut X509_STORE_CTX,
    number: c_int,
    crl: *mut X509_CRL,
    at: Option<&Asn1TimeRef>,
) -> bool {
    let same = |end: Option<&Asn1TimeRef>| {
        end.zip(at).is_some_and(|(end, at)| end.compare(at).is_ok_and(std::cmp::Ordering::is_eq))
    };
    match number {
        openssl_sys::X509_V_ERR_CERT_HAS_EXPIRED => {
            // SAFETY: by the contract; the reference ends with this block.
            let certificate = unsafe { openssl_sys::X509_STORE_CTX_get_current_cert(ctx) };
            // SAFETY: a non-null current certificate is alive during the callback.
            !certificate.is_null() && same(Some(unsafe { X509Ref::from_ptr(certificate) }.not_after()))
        }
        // SAFETY: a non-null current list is alive during the callback.
        openssl_sys::X509_V_ERR_CRL_HAS_EXPIRED => {
            !crl.is_null() && same(unsafe { X509CrlRef::from_ptr(crl) }.next_update())
        }
        _ => false,
    }
}

/// Decides who issued whom. On the path that was asked for, the next certificate and no other; what OpenSSL's own check
/// says against the pair (name, key identifier, key usage) is recorded as an error instead of ending the path.
unsafe extern "C" fn on_check_issued(
    ctx: *mut X509_STORE_CTX,
    subject: *mut openssl_sys::X509,
    issuer: *mut openssl_sys::X509,
) -> c_int {
    // SAFETY: OpenSSL calls with a live context and live certificates; the recorder is borrowed only between calls into OpenSSL.
    guarded(|| unsafe {
        let (default, _, _) = defaults()?;
        let Some((shared, false)) = recorder(ctx) else {
            return Some(default(ctx, subject, issuer));
        };
        let place = (*shared).place(subject);
        let Some(place) = place.filter(|_| subject != issuer) else {
            return Some(default(ctx, subject, issuer));
        };
        let path = &(*shared).path;
        if path.get(place + 1) != Some(&issuer) {
            return Some(0);
        }
        let number = openssl_sys::X509_check_issued(issuer, subject);
        if number != openssl_sys::X509_V_OK {
            (*shared).error(RecordedError { number, depth: place, nested: false, crl: None });
        }
        Some(1)
    })
}

/// Checks a list: its signer, scope, times, signature. Says which one errors speak of; OpenSSL's own «current list» is the
/// base while it checks a delta.
unsafe extern "C" fn on_check_crl(ctx: *mut X509_STORE_CTX, crl: *mut X509_CRL) -> c_int {
    // SAFETY: OpenSSL calls with a live context and list. The default may call `on_verify`: no borrow is held across it.
    guarded(|| unsafe {
        let (_, default, _) = defaults()?;
        let Some((shared, false)) = recorder(ctx) else {
            return Some(default(ctx, crl));
        };
        (*shared).checking = crl;
        let result = default(ctx, crl);
        (*shared).checking = std::ptr::null_mut();
        Some(result)
    })
}

/// Stands for OpenSSL's check of the path's signatures and times, which an earlier run made. Only of this context: a nested
/// one, for the path of a list's signer, takes OpenSSL's own check from the store.
unsafe extern "C" fn already_verified(_: *mut X509_STORE_CTX) -> c_int {
    1
}

/// Looks a certificate up in a list that OpenSSL found to be right for it. Records which one it was.
unsafe extern "C" fn on_cert_crl(
    ctx: *mut X509_STORE_CTX,
    crl: *mut X509_CRL,
    certificate: *mut openssl_sys::X509,
) -> c_int {
    // SAFETY: OpenSSL calls with a live context, list and certificate. The default may call `on_verify`, so the
    // recorder is borrowed after it only. The entry that is looked up belongs to the list and is read at once.
    guarded(|| unsafe {
        let (_, _, default) = defaults()?;
        let Some((shared, false)) = recorder(ctx) else {
            return Some(default(ctx, crl, certificate));
        };
        (*shared).checking = crl;
        let result = default(ctx, crl, certificate);
        (*shared).checking = std::ptr::null_mut();
        let Some(index) = (*shared).crl(crl) else {
            return Some(result);
        };
        let depth = depth(ctx);
        let mut entry = std::ptr::null_mut();
        let found = openssl_sys::X509_CRL_get0_by_cert(crl, &mut entry, certificate);
        let revoked = (found == 1 && !entry.is_null()).then(|| entry_facts(X509RevokedRef::from_ptr(entry)));
        (*shared).recorded.uses.push(RecordedUse { depth, crl: index, revoked, removed: found == 2 });
        Some(result)
    })
}

/// Date and reason of an entry.
fn entry_facts(entry: &X509RevokedRef) -> (i64, Option<u8>) {
    let since = Asn1Time::from_unix(0)
        .and_then(|epoch| epoch.diff(entry.revocation_date()))
        .map_or(0, |diff| i64::from(diff.days) * 86_400 + i64::from(diff.secs));
    let reason = entry.extension::<ReasonCode>().ok().flatten();
    (since, reason.and_then(|(_, code)| u8::try_from(code.get_i64().ok()?).ok()))
}

/// # Safety
/// `stack` is a live stack or null.
unsafe fn stack_length(stack: *const OPENSSL_STACK) -> usize {
    if stack.is_null() {
        return 0;
    }
    // SAFETY: by the contract.
    usize::try_from(unsafe { openssl_sys::OPENSSL_sk_num(stack) }).unwrap_or(0)
}

/// Whether the chain is exactly these certificates.
///
/// # Safety
/// `ctx` is a live context.
unsafe fn chain_is(ctx: *mut X509_STORE_CTX, path: &[*mut openssl_sys::X509]) -> bool {
    // SAFETY: by the contract; the stack belongs to the context, indices are below its length.
    unsafe {
        let chain: *const OPENSSL_STACK = openssl_sys::X509_STORE_CTX_get0_chain(ctx).cast();
        stack_length(chain) == path.len()
            && path.iter().zip(0..).all(|(own, place)| {
                openssl_sys::OPENSSL_sk_value(chain, place).cast_const() == own.cast_const().cast::<c_void>()
            })
    }
}

/// Contents of the policies of the verified tree.
///
/// # Safety
/// `ctx` is a live context after `X509_verify_cert`.
unsafe fn user_policies(ctx: *mut X509_STORE_CTX) -> Option<Vec<Vec<u8>>> {
    // SAFETY: tree, nodes and identifiers belong to the context and are copied; null means none.
    unsafe {
        let tree = X509_STORE_CTX_get0_policy_tree(ctx);
        if tree.is_null() {
            return None;
        }
        let nodes: *const OPENSSL_STACK = X509_policy_tree_get0_user_policies(tree).cast();
        let mut policies = Vec::new();
        for place in 0..stack_length(nodes) {
            let node = openssl_sys::OPENSSL_sk_value(nodes, c_int::try_from(place).unwrap_or(c_int::MAX));
            if node.is_null() {
                continue;
            }
            let policy = X509_policy_node_get0_policy(node.cast::<PolicyNode>());
            if !policy.is_null() {
                let (content, length) = (openssl_sys::OBJ_get0_data(policy), openssl_sys::OBJ_length(policy));
                if !content.is_null() && length > 0 {
                    policies.push(std::slice::from_raw_parts(content, length).to_vec());
                }
            }
        }
        Some(policies)
    }
}
