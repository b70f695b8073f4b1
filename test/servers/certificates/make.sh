#!/bin/sh
# Makes the certificates of the tests again; those that are here are valid for 100 years. Each is named after what it is.
set -e
cd "$(dirname "$0")"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
authority() {
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=Test $1" -days 36500 -out "$1.crt"
}
signed() { # name, subject, extension
  key "$1"
  printf '%s\n' "$3" >extension
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA authority.crt -CAkey authority.key -CAcreateserial -days 36500 -extfile extension -out "$1.crt"
}
authority authority
authority stranger
signed server /CN=localhost subjectAltName=DNS:localhost,IP:127.0.0.1
signed elsewhere /CN=elsewhere.example subjectAltName=DNS:elsewhere.example
# Signs itself, and has expired.
key expired
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >extension
openssl req -new -key expired.key -subj /CN=localhost |
  openssl x509 -req -signkey expired.key -days -1 -extfile extension -out expired.crt
signed client /CN=postgres extendedKeyUsage=clientAuth
openssl pkcs8 -topk8 -in client.key -passout pass:secret -out client-encrypted.key
cat >ca.conf <<EOF
[ca]
default_ca = it
[it]
database = index
crlnumber = number
default_md = sha256
default_crl_days = 36500
EOF
: >index
echo 01 >number
openssl ca -config ca.conf -keyfile authority.key -cert authority.crt -gencrl -out none-revoked.crl
openssl ca -config ca.conf -keyfile authority.key -cert authority.crt -revoke server.crt
openssl ca -config ca.conf -keyfile authority.key -cert authority.crt -gencrl -out server-revoked.crl
rm -f extension ca.conf index* number* authority.srl authority.key stranger.key
