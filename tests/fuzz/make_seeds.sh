#!/usr/bin/env bash
# Makes the seed corpus anew: small files of every kind, by OpenSSL and keytool, with keys that are thrown away.
set -euo pipefail
cd "$(dirname "$0")"
out="$PWD/corpus"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"/{certificate,crl,csr,ocsp,cms,timestamp,store,text,case,policy,encryption}
cd "$work"

cat >ca.cnf <<'EOF'
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
new_certs_dir = .
unique_subject = no
[any]
commonName = supplied
countryName = optional
organizationName = optional
[root]
basicConstraints = critical, CA:TRUE, pathlen:2
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = permitted;DNS:exemplo.br, excluded;dirName:excluded
[excluded]
O = Ninguém
[leaf]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = clientAuth, emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
certificatePolicies = 2.16.76.1.2.1.23, @cps
crlDistributionPoints = URI:http://exemplo.br/a.crl
authorityInfoAccess = OCSP;URI:http://exemplo.br/ocsp, caIssuers;URI:http://exemplo.br/ca.p7b
subjectAltName = @names
1.3.6.1.5.5.7.1.3 = ASN1:SEQUENCE:qc
[names]
email.1 = ana@exemplo.br
otherName.1 = 2.16.76.1.3.1;FORMAT:ASCII,OCTETSTRING:010119805299822472500000000000000000000000000SSPDF
otherName.2 = 1.3.6.1.4.1.311.20.2.3;UTF8:ana@exemplo.br
[cps]
policyIdentifier = 2.16.76.1.2.3.1
CPS.1 = http://exemplo.br/dpc.pdf
userNotice.1 = @notice
[notice]
explicitText = "Exemplo"
[qc]
a = SEQUENCE:compliance
[compliance]
id = OID:0.4.0.1862.1.1
[ocsp]
extendedKeyUsage = OCSPSigning
noCheck = ignored
[tsa]
default_tsa = stamp
[stamp]
serial = tsa_serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[tsu]
extendedKeyUsage = critical, timeStamping
EOF
: >index.txt
echo 1000 >serial
echo 01 >crlnumber
echo 01 >tsa_serial
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
for name in root leaf ocsp tsu; do key $name; done
openssl req -x509 -config ca.cnf -new -key root.key -subj "/C=BR/O=Exemplo/CN=Raiz" -days 30 -extensions root -out root.pem
openssl req -config ca.cnf -new -key leaf.key -subj "/C=BR/O=Exemplo/CN=ANA EXEMPLO:52998224725" -out leaf.csr
openssl ca -batch -config ca.cnf -cert root.pem -keyfile root.key -in leaf.csr -extensions leaf -out leaf.pem -notext 2>ca.log || { cat ca.log >&2; exit 1; }
for name in ocsp tsu; do
    openssl req -config ca.cnf -new -key $name.key -subj "/C=BR/CN=$name" -out $name.csr
    openssl ca -batch -config ca.cnf -cert root.pem -keyfile root.key -in $name.csr -extensions $name -out $name.pem -notext 2>ca.log || { cat ca.log >&2; exit 1; }
done
openssl ca -config ca.cnf -cert root.pem -keyfile root.key -revoke leaf.pem -crl_reason keyCompromise 2>/dev/null
openssl ca -config ca.cnf -cert root.pem -keyfile root.key -gencrl -out list.pem 2>/dev/null

openssl x509 -in leaf.pem -outform DER -out "$out/certificate/leaf.der"
openssl x509 -in root.pem -outform DER -out "$out/certificate/root.der"
openssl crl -in list.pem -outform DER -out "$out/crl/list.der"
openssl req -in leaf.csr -outform DER -out "$out/csr/leaf.der"
openssl ocsp -issuer root.pem -cert leaf.pem -reqout request.der >/dev/null 2>&1
openssl ocsp -index index.txt -CA root.pem -rsigner ocsp.pem -rkey ocsp.key -reqin request.der -respout "$out/ocsp/revoked.der" -ndays 7 >/dev/null 2>&1
echo texto >content.txt
openssl cms -sign -binary -in content.txt -signer leaf.pem -inkey leaf.key -certfile root.pem -outform DER -out "$out/cms/detached.der"
openssl cms -sign -nodetach -binary -in content.txt -signer leaf.pem -inkey leaf.key -outform DER -out "$out/cms/enclosed.der"
openssl cms -sign -stream -nodetach -binary -in content.txt -signer leaf.pem -inkey leaf.key -outform DER -out "$out/cms/ber.der"
openssl crl2pkcs7 -in list.pem -certfile leaf.pem -certfile root.pem -outform DER -out "$out/cms/bundle.p7b"
openssl ts -query -data content.txt -sha256 -cert -out query.tsq 2>/dev/null
openssl ts -reply -config ca.cnf -section stamp -queryfile query.tsq -signer tsu.pem -inkey tsu.key -chain root.pem -out "$out/timestamp/reply.tsr" 2>/dev/null
openssl pkcs12 -export -in leaf.pem -inkey leaf.key -certfile root.pem -name ana -passout pass:senha -out "$out/store/modern.p12"
openssl pkcs12 -export -legacy -in leaf.pem -inkey leaf.key -name ana -passout pass:senha -out "$out/store/legacy.p12" 2>/dev/null
openssl pkcs12 -export -nomac -keypbe NONE -certpbe NONE -in leaf.pem -inkey leaf.key -passout pass:senha -out "$out/store/bare.p12"
keytool -importcert -noprompt -alias raiz -file root.pem -storetype JKS -storepass senha123 -keystore "$out/store/trusted.jks" 2>/dev/null
keytool -importkeystore -noprompt -srckeystore "$out/store/modern.p12" -srcstoretype PKCS12 -srcstorepass senha -deststoretype JCEKS -deststorepass senha123 -destkeystore "$out/store/key.jceks" 2>/dev/null
{ echo "texto antes"; cat leaf.pem; echo; printf 'entre\r\n'; cat root.pem list.pem; } >"$out/text/several.pem"
openssl base64 -in "$out/certificate/root.der" >"$out/text/bare.b64"
xxd -p "$out/certificate/root.der" >"$out/text/root.hex"
b64() { openssl base64 -A -in "$1"; }
printf '{"id":"seed","roots":["%s"],"inters":[],"leaf":"%s","crls":["%s"],"time":%s,"policies":["2.5.29.32.0"],"explicit":false,"inhibit_any":false,"inhibit_map":false}' \
    "$(b64 "$out/certificate/root.der")" "$(b64 "$out/certificate/leaf.der")" "$(b64 "$out/crl/list.der")" "$(date +%s)" >"$out/case/revoked.json"
# A signature policy without its own hash, so that a change gets past the first look (RFC 3125).
cat >policy.cnf <<'EOF'
asn1 = SEQUENCE:policy
[policy]
hash = SEQUENCE:sha256
info = SEQUENCE:info
[sha256]
id = OID:2.16.840.1.101.3.4.2.1
[info]
id = OID:2.16.76.1.7.1.11.9.9
issued = GENTIME:20260101000000Z
issuer = SEQUENCE:names
field = UTF8:Exemplo
rules = SEQUENCE:validation
[names]
name = IMPLICIT:4C,SEQUENCE:empty
[empty]
[validation]
period = SEQUENCE:period
common = SEQUENCE:common
commitments = SEQUENCE:commitments
[period]
from = GENTIME:20260101000000Z
to = GENTIME:20360101000000Z
[commitments]
one = SEQUENCE:commitment
[commitment]
selected = SEQUENCE:selected
[selected]
none = NULL
[common]
signer = EXPLICIT:0C,SEQUENCE:both
trust = EXPLICIT:1C,SEQUENCE:trust
stamp = EXPLICIT:2C,SEQUENCE:stamp
algorithms = EXPLICIT:4C,SEQUENCE:constraints
[both]
signer = SEQUENCE:signer
verifier = SEQUENCE:verifier
[signer]
external = BOOLEAN:TRUE
signed = SEQUENCE:signed
unsigned = SEQUENCE:unsigned
info = EXPLICIT:1C,ENUMERATED:1
extensions = EXPLICIT:2C,SEQUENCE:extensions
[signed]
a = OID:1.2.840.113549.1.9.3
b = OID:1.2.840.113549.1.9.16.2.15
[unsigned]
a = OID:1.2.840.113549.1.9.16.2.14
[verifier]
unsigned = SEQUENCE:unsigned
extensions = SEQUENCE:extensions
[extensions]
a = SEQUENCE:dictionary
b = SEQUENCE:dss
[dictionary]
id = OID:2.16.76.1.8.1
value = OCTWRAP,SEQUENCE:entries
[dss]
id = OID:2.16.76.1.8.2
value = OCTWRAP,SEQUENCE:lists
[lists]
a = SEQUENCE:entries
b = SEQUENCE:entries
[entries]
a = SEQUENCE:filter
b = SEQUENCE:contents
[filter]
name = UTF8:Filter
value = OCTWRAP,UTF8:PBAD_PAdES
[contents]
name = UTF8:Contents
[trust]
trees = SEQUENCE:trees
revocation = SEQUENCE:revocation
[trees]
one = SEQUENCE:tree
[tree]
certificate = SEQUENCE:sha256
policies = EXPLICIT:1C,SEQUENCE:accepted
[accepted]
a = OID:2.16.76.1.2.3.1
[revocation]
end = SEQUENCE:either
ca = EXPLICIT:0C,SEQUENCE:either
[either]
value = ENUMERATED:3
[stamp]
trees = EXPLICIT:0C,SEQUENCE:trees
revocation = EXPLICIT:1C,SEQUENCE:revocation
[constraints]
signer = EXPLICIT:0C,SEQUENCE:algorithms
[algorithms]
one = SEQUENCE:algorithm
[algorithm]
id = OID:1.2.840.113549.1.1.11
bits = INTEGER:2048
EOF
openssl asn1parse -genconf policy.cnf -noout -out "$out/policy/policy.der"
# A list of approved policies in its second form.
cat >list.cnf <<'EOF'
asn1 = SEQUENCE:list
[list]
policies = SEQUENCE:policies
next = GENTIME:20270101000000Z
[policies]
a = SEQUENCE:one
b = SEQUENCE:two
[one]
period = SEQUENCE:period
id = OID:2.16.76.1.7.1.11.9.9
uri = IA5:http://exemplo.br/PA.der
digest = SEQUENCE:digest
[two]
period = SEQUENCE:period
revoked = GENTIME:20260601000000Z
id = OID:2.16.76.1.7.1.12.9.9
uri = IA5:http://exemplo.br/PB.der
digest = SEQUENCE:digest
[period]
from = GENTIME:20260101000000Z
to = GENTIME:20360101000000Z
[digest]
hash = SEQUENCE:sha256
value = FORMAT:HEX,OCT:0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
[sha256]
id = OID:2.16.840.1.101.3.4.2.1
EOF
openssl asn1parse -genconf list.cnf -noout -out "$out/policy/list.der"
# And in its first.
cat >old.cnf <<'EOF'
asn1 = SEQUENCE:list
[list]
policies = SEQUENCE:policies
next = GENTIME:20160601000000Z
[policies]
a = SEQUENCE:one
[one]
name = PRINTABLESTRING:Exemplo, versao 1.0
field = UTF8:Exemplo
period = SEQUENCE:period
revoked = UTCTIME:120323025959Z
uris = SEQUENCE:uris
digests = SEQUENCE:digests
[period]
from = GENTIME:20081031000000Z
to = GENTIME:20141231000000Z
[uris]
text = IMPLICIT:0,IA5:http://exemplo.br
der = IMPLICIT:1,IA5:http://exemplo.br/PA.der
[digests]
text = EXPLICIT:0,SEQUENCE:digest
der = EXPLICIT:1,SEQUENCE:digest
[digest]
hash = SEQUENCE:sha1
value = FORMAT:HEX,OCT:0102030405060708090a0b0c0d0e0f1011121314
[sha1]
id = OID:1.3.14.3.2.26
EOF
openssl asn1parse -genconf old.cnf -noout -out "$out/policy/old.der"
# Encryption dictionaries by revision, without their files: strings come out of qpdf in hexadecimal.
dictionary() {
    name="$1"
    shift
    qpdf --allow-weak-crypto --static-id "$out/pdf/minimal.pdf" --encrypt usuário dono "$@" -- "$name.pdf"
    object="$(qpdf --password=dono --show-object=trailer "$name.pdf" | grep -o 'Encrypt [0-9]*' | cut -d' ' -f2)"
    qpdf --password=dono --show-object="$object" "$name.pdf" | tr -d '\n' >"$out/encryption/$name.txt"
}
dictionary r2 40
dictionary r3 128
dictionary r4 128 --use-aes=y
dictionary r5 256 --force-R5
dictionary r6 256
dictionary r6-open 256 --cleartext-metadata --modify=none
qpdf --static-id "$out/pdf/minimal.pdf" --encrypt '' dono 256 -- "$out/pdf/aes256.pdf"
find "$out" -type f | wc -l
