//! Signatures over JSON: compact JWS with `EdDSA`, by the crate `jsonwebtoken`, which is told here how ed25519 is done. It
//! has no other algorithm, so none can be talked into being used.

use crate::did::Did;
use crate::error::{Error, malformed};
use ed25519_dalek::{Signature, SignatureError, Signer, SigningKey, Verifier, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use multibase::Base;
use serde_json::{Map, Value};
use std::sync::Once;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The header and the payload of a token; nothing of them is verified.
pub(crate) fn unverified(token: &str) -> Result<(Object, Object), Error> {
    if token.starts_with('{') {
        return Err(malformed("it is JSON without a signature; ask its issuer for a JWT or an SD-JWT"));
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed("it does not have three parts with points between them"));
    };
    let object = |encoded: &str, name: &str| {
        let bytes = Base::Base64Url
            .decode(encoded)
            .map_err(|error| malformed(format!("its {name} is no base64url: {error}")))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| malformed(format!("its {name} is no JSON object: {error}")))
    };
    Ok((object(header, "header")?, object(payload, "payload")?))
}

/// The payload of a token that this issuer has signed.
pub(crate) fn verified(token: &str, issuer: &Did) -> Result<Object, Error> {
    install();
    let mut validation = Validation::new(Algorithm::EdDSA);
    // What it says of time and of persons is checked by who knows the time and the persons.
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    let key = DecodingKey::from_ed_der(&issuer.key().0);
    match jsonwebtoken::decode::<Object>(token, &key, &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) => Err(match error.kind() {
            ErrorKind::InvalidSignature => Error::Signature { issuer: issuer.to_string() },
            _ => malformed(error),
        }),
    }
}

/// Signs an object.
pub(crate) fn sign(header: &Header, payload: &Object, key: &SigningKey) -> Result<String, Error> {
    install();
    jsonwebtoken::encode(header, payload, &EncodingKey::from_ed_der(key.as_bytes())).map_err(malformed)
}

/// The header of what a did signs.
pub(crate) fn header(typ: &str, did: &Did) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    (header.typ, header.kid) = (Some(typ.into()), Some(did.method()));
    header
}

/// Tells `jsonwebtoken`, which keeps one provider a process, how signing is done.
fn install() {
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory, verifier_factory, key_utils: KeyUtils::new_unimplemented() };
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let first = PROVIDER.install_default().is_ok();
        assert!(first, "something else in this process has told jsonwebtoken to use other cryptography");
    });
}

struct Ed25519Signer(SigningKey);
struct Ed25519Verifier(VerifyingKey);

fn signer_factory(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, JwtError> {
    let Algorithm::EdDSA = algorithm else { return Err(ErrorKind::InvalidAlgorithm.into()) };
    let seed = key.as_bytes().try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Signer(SigningKey::from_bytes(seed))))
}

fn verifier_factory(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, JwtError> {
    let Algorithm::EdDSA = algorithm else { return Err(ErrorKind::InvalidAlgorithm.into()) };
    let bytes = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Verifier(key)))
}

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature: Signature = self.0.try_sign(message)?;
        Ok(signature.to_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        self.0.verify_strict(message, &Signature::from_slice(signature)?)
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, Appendix A.4 and A.5: the key, what is signed, the signature.
    #[test]
    fn the_rfc_s_example_of_ed25519_is_signed_and_verified() {
        install();
        let decode = |text| Base::Base64Url.decode(text).expect("base64url");
        let secret = decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let public = decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let key = EncodingKey::from_ed_der(&secret);
        let signed = jsonwebtoken::crypto::sign(message, &key, Algorithm::EdDSA).expect("a key");
        assert_eq!(signed, signature);
        let key = DecodingKey::from_ed_der(&public);
        let verify = |message: &[u8]| {
            jsonwebtoken::crypto::verify(signature, message, &key, Algorithm::EdDSA).expect("a key")
        };
        assert!(verify(message));
        assert!(!verify(&message[1..]));
    }
}
