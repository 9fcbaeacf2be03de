//! `pkcs11:` URIs (RFC 7512): how a token, or a key on one, is named.

use std::fmt;
use std::str::FromStr;

/// A token, or an object on one, named by attributes (RFC 7512 §2.3).
///
/// Read: any order of attributes, any valid percent-encoding. Written: one order and one encoding, so that equal references
/// are equal texts.
/// ```text
/// pkcs11:token=…;manufacturer=…;model=…;serial=…;id=%01%02;object=…;type=private
/// ```
/// Refused, each with its reason: the query part as a whole (`pin-value` and `pin-source`, because a secret never stands in
/// a URI; `module-name` and `module-path`, because a person chooses which library is loaded, never a reference), `slot-…`
/// (slots move when a token is put elsewhere), `library-…`, vendor attributes, attributes given twice or empty.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenUri {
    token: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    serial: Option<String>,
    id: Option<Vec<u8>>,
    object: Option<String>,
    class: Option<ObjectType>,
}

/// The attribute `type` (RFC 7512 §2.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ObjectType {
    /// A private key.
    Private,
    /// A public key.
    Public,
    /// A certificate.
    Certificate,
    /// A secret key.
    SecretKey,
    /// A data object.
    Data,
}

/// Longest value of an attribute, in bytes: more than any field of `CK_TOKEN_INFO`, and enough for a label.
pub const VALUE_LIMIT: usize = 256;

impl TokenUri {
    /// A token by what `C_GetTokenInfo` says of it. Empty fields are left out; blank or NUL padding and control characters do
    /// not count (they are replaced the same way when tokens are compared).
    pub fn of_token(label: &str, manufacturer: &str, model: &str, serial: &str) -> Self {
        let field = |text: &str| Some(clean(text)).filter(|text| !text.is_empty());
        Self {
            token: field(label),
            manufacturer: field(manufacturer),
            model: field(model),
            serial: field(serial),
            ..Self::default()
        }
    }

    /// The same token, and on it the object with this `CKA_ID` and `CKA_LABEL`; what is empty is left out.
    #[must_use]
    pub fn with_object(&self, id: &[u8], label: &str) -> Self {
        Self {
            id: Some(id.to_vec()).filter(|id| !id.is_empty() && id.len() <= VALUE_LIMIT),
            object: Some(clean(label)).filter(|label| !label.is_empty()),
            class: None,
            ..self.clone()
        }
    }

    /// The token alone, without the object on it.
    #[must_use]
    pub fn token_alone(&self) -> Self {
        Self { id: None, object: None, class: None, ..self.clone() }
    }

    /// The token's label.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The token's maker.
    pub fn manufacturer(&self) -> Option<&str> {
        self.manufacturer.as_deref()
    }

    /// The token's model.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The token's serial number.
    pub fn serial(&self) -> Option<&str> {
        self.serial.as_deref()
    }

    /// The object's `CKA_ID`.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// The object's `CKA_LABEL`.
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// The object's type, where the reference says one.
    pub fn class(&self) -> Option<ObjectType> {
        self.class
    }

    /// Whether it names a private key: `id` or `object`, and no other type.
    pub fn names_key(&self) -> bool {
        (self.id.is_some() || self.object.is_some()) && matches!(self.class, None | Some(ObjectType::Private))
    }

    /// Whether it names a token by anything at all.
    pub fn names_token(&self) -> bool {
        self.token.is_some() || self.manufacturer.is_some() || self.model.is_some() || self.serial.is_some()
    }

    /// Whether the token attributes of `self` all agree with those of the token `other`.
    pub fn matches_token(&self, other: &Self) -> bool {
        let agrees = |asked: &Option<String>, there: &Option<String>| asked.is_none() || asked == there;
        agrees(&self.token, &other.token)
            && agrees(&self.manufacturer, &other.manufacturer)
            && agrees(&self.model, &other.model)
            && agrees(&self.serial, &other.serial)
    }

    /// The token in words, for messages: its label, else its serial number, else the whole reference.
    pub fn token_name(&self) -> String {
        self.token.clone().or_else(|| self.serial.clone()).unwrap_or_else(|| self.to_string())
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "pkcs11:";
        let texts = [
            ("token", &self.token),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("serial", &self.serial),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                write!(f, "{separator}{name}=")?;
                write_text(f, value)?;
                separator = ";";
            }
        }
        if let Some(id) = &self.id {
            write!(f, "{separator}id=")?;
            id.iter().try_for_each(|byte| write!(f, "%{byte:02X}"))?;
            separator = ";";
        }
        if let Some(object) = &self.object {
            write!(f, "{separator}object=")?;
            write_text(f, object)?;
            separator = ";";
        }
        if let Some(class) = self.class {
            write!(f, "{separator}type={}", class.name())?;
            separator = ";";
        }
        if separator == "pkcs11:" { f.write_str(separator) } else { Ok(()) }
    }
}

impl FromStr for TokenUri {
    type Err = TokenUriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_prefix("pkcs11:").ok_or_else(|| TokenUriError::new("does not begin with pkcs11:"))?;
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        if let Some(query) = query {
            return Err(refused_query(query));
        }
        let mut uri = Self::default();
        for attribute in path.split(';') {
            uri.read(attribute)?;
        }
        Ok(uri)
    }
}

impl TokenUri {
    fn read(&mut self, attribute: &str) -> Result<(), TokenUriError> {
        let (name, value) =
            attribute.split_once('=').ok_or_else(|| TokenUriError::new("needs name=value pairs between semicolons"))?;
        let bytes = decode(value)?;
        if bytes.is_empty() {
            return Err(TokenUriError::new("has an attribute without a value"));
        }
        match name {
            "token" => once(&mut self.token, plain_text(bytes)?),
            "manufacturer" => once(&mut self.manufacturer, plain_text(bytes)?),
            "model" => once(&mut self.model, plain_text(bytes)?),
            "serial" => once(&mut self.serial, plain_text(bytes)?),
            "object" => once(&mut self.object, plain_text(bytes)?),
            "id" => once(&mut self.id, bytes),
            "type" => once(&mut self.class, ObjectType::from_name(&bytes)?),
            "slot-id" | "slot-description" | "slot-manufacturer" => {
                Err(TokenUriError::new("names a slot, but tokens move between slots: name the token by its serial"))
            }
            "library-description" | "library-manufacturer" | "library-version" => {
                Err(TokenUriError::new("names a library, but a person chooses the library, not a reference"))
            }
            "pin-value" | "pin-source" => Err(TokenUriError::new("has a PIN: a secret never stands in a URI")),
            _ => Err(TokenUriError::new(
                "has an unknown attribute (known: token, manufacturer, model, serial, id, object, type)",
            )),
        }
    }
}

impl ObjectType {
    const ALL: [Self; 5] = [Self::Private, Self::Public, Self::Certificate, Self::SecretKey, Self::Data];

    /// Its name in a URI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Certificate => "cert",
            Self::SecretKey => "secret-key",
            Self::Data => "data",
        }
    }

    fn from_name(name: &[u8]) -> Result<Self, TokenUriError> {
        Self::ALL
            .into_iter()
            .find(|class| class.name().as_bytes() == name)
            .ok_or_else(|| TokenUriError::new("has an unknown type (known: private, public, cert, secret-key, data)"))
    }
}

/// A text that is no `pkcs11:` URI of this product. It does not repeat the text, which may hold what should not be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the PKCS#11 reference {reason}")]
pub struct TokenUriError {
    /// What is wrong with it.
    pub reason: &'static str,
}

impl TokenUriError {
    const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

/// Text of a token as this product compares and shows it: without padding, control characters replaced, cut to
/// [`VALUE_LIMIT`].
pub(crate) fn clean(text: &str) -> String {
    let text = text.trim_end_matches([' ', '\0']);
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }) {
        if cleaned.len() + c.len_utf8() > VALUE_LIMIT {
            break;
        }
        cleaned.push(c);
    }
    cleaned
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), TokenUriError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(TokenUriError::new("has an attribute twice")),
    }
}

fn refused_query(query: &str) -> TokenUriError {
    let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    if names.iter().any(|name| matches!(*name, "pin-value" | "pin-source")) {
        TokenUriError::new("has a PIN: a secret never stands in a URI")
    } else if names.iter().any(|name| matches!(*name, "module-name" | "module-path")) {
        TokenUriError::new("names a module, but a person chooses which library is loaded, not a reference")
    } else {
        TokenUriError::new("allows nothing after a question mark")
    }
}

/// Undoes percent-encoding; other bytes must be `pk11-pchar` (RFC 7512 §2.3).
fn decode(value: &str) -> Result<Vec<u8>, TokenUriError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => match (rest.next().and_then(hex_digit), rest.next().and_then(hex_digit)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err(TokenUriError::new("has a % that is not followed by two hexadecimal digits")),
            },
            byte if is_unreserved(byte) || b":[]@!$'()*+,=&".contains(&byte) => byte,
            _ => return Err(TokenUriError::new("has a character that must be percent-encoded")),
        };
        bytes.push(decoded);
    }
    if bytes.len() > VALUE_LIMIT {
        return Err(TokenUriError::new("has a value of more than 256 bytes"));
    }
    Ok(bytes)
}

fn plain_text(bytes: Vec<u8>) -> Result<String, TokenUriError> {
    let text = String::from_utf8(bytes).map_err(|_| TokenUriError::new("has a value that is not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(TokenUriError::new("has a control character"));
    }
    Ok(text)
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.bytes().try_for_each(|byte| match byte {
        byte if is_unreserved(byte) => write!(f, "{}", char::from(byte)),
        byte => write!(f, "%{byte:02X}"),
    })
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Option<String>> {
        // Letters with accents, signs that the grammar uses itself, and anything else that is not a control character.
        proptest::option::of(prop_oneof!["[A-Za-z0-9 ]{1,32}", "[;=%?&/#ãÉ€]{1,16}", "\\PC{1,40}"])
    }

    prop_compose! {
        fn uri()(
            token in value(), manufacturer in value(), model in value(), serial in value(), object in value(),
            id in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..64)),
            class in proptest::option::of(proptest::sample::select(ObjectType::ALL.to_vec())),
        ) -> TokenUri {
            TokenUri { token, manufacturer, model, serial, id, object, class }
        }
    }

    proptest! {
        #[test]
        fn round_trips(uri in uri()) {
            let text = uri.to_string();
            if text == "pkcs11:" {
                prop_assert!(text.parse::<TokenUri>().is_err(), "a reference to nothing is none");
            } else {
                prop_assert_eq!(text.parse::<TokenUri>().unwrap(), uri);
            }
        }

        #[test]
        fn what_is_read_has_one_written_form(text in "pkcs11:([a-z-]{2,12}=[A-Za-z0-9%:+&. ]{0,12}[;?]?){1,4}") {
            if let Ok(uri) = text.parse::<TokenUri>() {
                let written = uri.to_string();
                prop_assert_eq!(written.parse::<TokenUri>().unwrap().to_string(), written);
            }
        }

        #[test]
        fn never_panics(text in "pkcs11:.*") {
            let _ = text.parse::<TokenUri>();
        }

        #[test]
        fn texts_of_tokens_become_references_that_match_them(fields in proptest::array::uniform4(".{0,64}")) {
            let [label, manufacturer, model, serial] = fields;
            let uri = TokenUri::of_token(&label, &manufacturer, &model, &serial);
            if uri.names_token() {
                let read: TokenUri = uri.to_string().parse().unwrap();
                prop_assert!(read.matches_token(&TokenUri::of_token(&label, &manufacturer, &model, &serial)));
            }
        }
    }

    #[test]
    fn other_programs_references_are_read() {
        // The order and the unescaped signs of p11tool.
        let text = "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=b50d25d7df43ade8;token=Balc%c3%a3o+1;\
                    id=%01a;object=chave;type=private";
        let uri: TokenUri = text.parse().unwrap();
        assert_eq!(uri.token(), Some("Balcão+1"));
        assert_eq!(uri.id(), Some(&b"\x01a"[..]));
        assert_eq!(
            uri.to_string(),
            "pkcs11:token=Balc%C3%A3o%2B1;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;serial=b50d25d7df43ade8;\
             id=%01%61;object=chave;type=private"
        );
    }

    #[test]
    fn hostile_references_are_refused_with_their_reason() {
        for (text, reason) in [
            ("pkcs11:", "name=value"),
            ("pkcs11:;", "name=value"),
            ("pkcs11:token=a;", "name=value"),
            ("pkcs11:token", "name=value"),
            ("pkcs11:token=", "without a value"),
            ("pkcs11:token=a;token=b", "twice"),
            ("pkcs11:token=a;id=%0", "two hexadecimal"),
            ("pkcs11:token=a;id=%zz", "two hexadecimal"),
            ("pkcs11:token=a b", "percent-encoded"),
            ("pkcs11:token=ação", "percent-encoded"),
            ("pkcs11:token=a/b", "percent-encoded"),
            ("pkcs11:token=a#b", "percent-encoded"),
            ("pkcs11:token=%00", "control"),
            ("pkcs11:token=%ff", "not UTF-8"),
            ("pkcs11:type=privat", "unknown type"),
            ("pkcs11:slot-id=0", "slot"),
            ("pkcs11:library-version=2", "library"),
            ("pkcs11:x-vendor=1", "unknown attribute"),
            ("pkcs11:Token=a", "unknown attribute"),
            ("pkcs11:pin-value=1234", "secret"),
            ("pkcs11:token=a?pin-value=1234", "secret"),
            ("pkcs11:token=a?module-name=x&pin-source=file:/x", "secret"),
            ("pkcs11:token=a?module-path=/tmp/x.so", "module"),
            ("pkcs11:token=a?", "question mark"),
            ("PKCS11:token=a", "begin"),
            (&format!("pkcs11:object={}", "a".repeat(257)), "256"),
        ] {
            let refusal = text.parse::<TokenUri>().unwrap_err();
            assert!(refusal.reason.contains(reason), "{text:?} is refused because it {}", refusal.reason);
            assert!(!refusal.to_string().contains("1234"), "a refusal does not repeat a PIN");
        }
    }

    #[test]
    fn a_token_matches_what_is_said_of_it_and_no_more() {
        let there = TokenUri::of_token("Balcao", "Maker", "M1", "01");
        for (text, matches) in [
            ("pkcs11:serial=01", true),
            ("pkcs11:serial=01;manufacturer=Maker", true),
            ("pkcs11:serial=01;manufacturer=Other", false),
            ("pkcs11:token=Balcao", true),
            ("pkcs11:serial=02;token=Balcao", false),
            ("pkcs11:id=%01", true),
        ] {
            assert_eq!(text.parse::<TokenUri>().unwrap().matches_token(&there), matches, "{text}");
        }
    }
}
