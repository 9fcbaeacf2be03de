//! Sealed data keys of a local master.
//!
//! ```text
//! 1       format, 1
//! 16      identifier of the master
//! 4       position of its material, big-endian
//! 12      nonce
//! 32+16   AES-256-GCM of the data key, and its tag
//! ```
//! Authenticated with it: the first 21 bytes and the context. A context is its number of pairs and, in the order of
//! their names, each name and value, every number and length in 4 bytes big-endian: two contexts never give the same
//! bytes.

use cartorio_core::SecretBytes;

use super::seal::{KEY_LEN, Sealer, failed, random};
use crate::{EncryptionContext, KeyResult};

const FORMAT: u8 = 1;
const ID_LEN: usize = 16;
const HEADER_LEN: usize = 1 + ID_LEN + 4;
const NONCE_LEN: usize = 12;

/// A new data key, in the clear and sealed with the newest of `materials`.
pub(super) fn make(
    id: &str,
    materials: &SecretBytes,
    context: &EncryptionContext,
) -> KeyResult<(SecretBytes, Vec<u8>)> {
    let newest = (materials.expose().len() / KEY_LEN).checked_sub(1).ok_or_else(|| failed("reading a master"))?;
    let number = u32::try_from(newest).map_err(|_| failed("numbering a material"))?;
    let material = materials.expose().get(newest * KEY_LEN..).ok_or_else(|| failed("reading a master"))?;
    let header = header(id, number).ok_or_else(|| failed("naming a master"))?;
    let plain = SecretBytes::new(random(KEY_LEN)?);
    let (nonce, ciphertext) = Sealer::new(material)?.seal_bytes(&aad(&header, context)?, &plain)?;
    Ok((plain, [&header[..], &nonce, &ciphertext].concat()))
}

/// The data key in `sealed`; `None` when it was changed, or belongs to another master or context.
pub(super) fn open(
    id: &str,
    materials: &SecretBytes,
    sealed: &[u8],
    context: &EncryptionContext,
) -> KeyResult<Option<SecretBytes>> {
    let Some((head, rest)) = sealed.split_at_checked(HEADER_LEN) else { return Ok(None) };
    let Some((nonce, ciphertext)) = rest.split_at_checked(NONCE_LEN) else { return Ok(None) };
    let Ok(number) = <[u8; 4]>::try_from(&head[1 + ID_LEN..]).map(u32::from_be_bytes) else { return Ok(None) };
    if header(id, number).as_deref() != Some(head) {
        return Ok(None);
    }
    let Some(material) = materials.expose().chunks_exact(KEY_LEN).nth(number as usize) else { return Ok(None) };
    Ok(Sealer::new(material)?.open_bytes(&aad(head, context)?, nonce, ciphertext))
}

fn header(id: &str, number: u32) -> Option<Vec<u8>> {
    let mut header = Vec::with_capacity(HEADER_LEN);
    header.push(FORMAT);
    for at in 0..ID_LEN {
        header.push(u8::from_str_radix(id.get(2 * at..2 * at + 2)?, 16).ok()?);
    }
    header.extend_from_slice(&number.to_be_bytes());
    (id.len() == 2 * ID_LEN).then_some(header)
}

fn aad(header: &[u8], context: &EncryptionContext) -> KeyResult<Vec<u8>> {
    let mut aad = header.to_vec();
    let mut count = |len: usize, text: &str| -> KeyResult<()> {
        aad.extend_from_slice(&u32::try_from(len).map_err(|_| failed("reading a context"))?.to_be_bytes());
        aad.extend_from_slice(text.as_bytes());
        Ok(())
    };
    count(context.len(), "")?;
    for (name, value) in context {
        count(name.len(), name)?;
        count(value.len(), value)?;
    }
    Ok(aad)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff";

    fn context() -> impl Strategy<Value = EncryptionContext> {
        proptest::collection::btree_map("[ab]{0,3}", "[ab]{0,3}", 0..3)
    }

    proptest! {
        #[test]
        fn opens_with_its_own_context_alone(own in context(), other in context(), count in 1_usize..4) {
            let materials = SecretBytes::new((0..count * KEY_LEN).map(|at| at as u8).collect());
            let (plain, sealed) = make(ID, &materials, &own).unwrap();
            let opened = open(ID, &materials, &sealed, &own).unwrap().unwrap();
            prop_assert_eq!(opened.expose(), plain.expose());
            prop_assert_eq!(open(ID, &materials, &sealed, &other).unwrap().is_some(), own == other);
        }

        #[test]
        fn contexts_are_encoded_differently(a in context(), b in context()) {
            prop_assert_eq!(aad(&[], &a).unwrap() == aad(&[], &b).unwrap(), a == b);
        }

        #[test]
        fn never_panics_and_opens_nothing_foreign(sealed in proptest::collection::vec(any::<u8>(), 0..100)) {
            let materials = SecretBytes::new(vec![1; KEY_LEN]);
            prop_assert!(open(ID, &materials, &sealed, &EncryptionContext::new()).unwrap().is_none());
        }
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_noticed() {
        let materials = SecretBytes::new(vec![1; 2 * KEY_LEN]);
        let (_, sealed) = make(ID, &materials, &EncryptionContext::new()).unwrap();
        assert_eq!(sealed.len(), HEADER_LEN + NONCE_LEN + KEY_LEN + 16);
        let opens = |sealed: &[u8]| open(ID, &materials, sealed, &EncryptionContext::new()).unwrap().is_some();
        assert!(opens(&sealed));
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(!opens(&changed), "bit {bit} of byte {at}");
            }
            assert!(!opens(&sealed[..at]), "the first {at} bytes");
        }
        assert!(!opens(&[&sealed[..], &[0]].concat()), "one byte more");
    }

    #[test]
    fn what_an_older_material_sealed_still_opens() {
        let old = SecretBytes::new(vec![1; KEY_LEN]);
        let (plain, sealed) = make(ID, &old, &EncryptionContext::new()).unwrap();
        let renewed = SecretBytes::new([[1; KEY_LEN], [2; KEY_LEN]].concat());
        let opened = open(ID, &renewed, &sealed, &EncryptionContext::new()).unwrap().unwrap();
        assert_eq!(opened.expose(), plain.expose());
    }
}
