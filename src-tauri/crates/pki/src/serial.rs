//! Serial numbers.

use std::fmt;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// A serial number: a positive integer of up to 20 bytes in sound certificates (RFC 5280 §4.1.2.2). Old and broken ones
/// have negative numbers, which are told apart from the positive ones of the same bits.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Serial {
    negative: bool,
    magnitude: Vec<u8>,
}

impl Serial {
    /// Twenty random bytes (158 bits of entropy), positive, never shorter.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn random() -> Result<Self, RandomError> {
        let mut bytes = vec![0; 20];
        SystemRandom::new().fill(&mut bytes).map_err(|_| RandomError)?;
        bytes[0] = bytes[0] & 0x7f | 0x40;
        Ok(Self::from_unsigned(&bytes))
    }

    /// From big-endian bytes without a sign.
    pub fn from_unsigned(bytes: &[u8]) -> Self {
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len().saturating_sub(1));
        Self { negative: false, magnitude: bytes.get(first..).unwrap_or_default().to_vec() }
    }

    /// From the content octets of an INTEGER: two's complement.
    pub(crate) fn from_integer(bytes: &[u8]) -> Self {
        if bytes.first().is_none_or(|byte| byte & 0x80 == 0) {
            return Self::from_unsigned(bytes);
        }
        let mut carry = true;
        let mut magnitude: Vec<u8> = bytes
            .iter()
            .rev()
            .map(|byte| {
                let (sum, overflow) = (!byte).overflowing_add(u8::from(carry));
                carry = overflow;
                sum
            })
            .collect();
        magnitude.reverse();
        Self { negative: true, ..Self::from_unsigned(&magnitude) }
    }

    /// Reads hex, with or without colons and blanks.
    pub fn from_hex(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let padded = if plain.len() % 2 == 1 { format!("0{plain}") } else { plain };
        let bytes = hex::decode(padded).ok().filter(|bytes| !bytes.is_empty())?;
        Some(Self::from_unsigned(&bytes))
    }

    /// Big-endian bytes of the magnitude, without leading zeros.
    pub fn bytes(&self) -> &[u8] {
        &self.magnitude
    }

    /// Lower-case hex without separators; `-` before a negative number.
    pub fn hex(&self) -> String {
        format!("{}{}", self.sign(), hex::encode(&self.magnitude))
    }

    /// Decimal digits; `-` before a negative number.
    pub fn decimal(&self) -> String {
        let mut digits = vec![0_u8];
        for byte in &self.magnitude {
            let mut carry = u32::from(*byte);
            for digit in &mut digits {
                let value = u32::from(*digit) * 256 + carry;
                *digit = (value % 10) as u8;
                carry = value / 10;
            }
            while carry > 0 {
                digits.push((carry % 10) as u8);
                carry /= 10;
            }
        }
        let digits: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        format!("{}{digits}", self.sign())
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomError;
