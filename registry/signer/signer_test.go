package signer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"testing"
	"time"
)

const workflow = "https://github.com/acme/app/.github/workflows/release.yaml@refs/tags/v1"

// certificate makes a certificate as Fulcio does.
func certificate(t testing.TB, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<31, 0)}
	change(c)
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func byWorkflow(c *x509.Certificate) {
	u, _ := url.Parse(workflow)
	c.URIs = []*url.URL{u}
	text, _ := asn1.MarshalWithParams("https://token.actions.githubusercontent.com", "utf8")
	c.ExtraExtensions = []pkix.Extension{{Id: issuerText, Value: []byte("old")}, {Id: issuerUTF8, Value: text}}
}

func TestSigner(t *testing.T) {
	want := Signer{workflow, "https://token.actions.githubusercontent.com"}
	der := certificate(t, byWorkflow)
	text := base64.StdEncoding.EncodeToString(der)
	if got, ok := OfPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); !ok || got != want {
		t.Error("PEM", got, ok)
	}
	for _, form := range []string{
		`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{"rawBytes":%q}}}`,
		`{"verificationMaterial":{"x509CertificateChain":{"certificates":[{"rawBytes":%q},{"rawBytes":"AA=="}]}}}`,
		`{"payload":"","protected":"","header":{"x5c":[%q]},"signature":""}`,
	} {
		if got, ok := OfLayer(fmt.Appendf(nil, form, text)); !ok || got != want {
			t.Error(form, got, ok)
		}
	}
	for _, none := range []string{``, `{}`, `[]`, `{"verificationMaterial":{"publicKey":{"hint":"x"}}}`, `{"header":{"x5c":["AA=="]}}`, `{"header":{"x5c":["%%"]}}`} {
		if got, ok := OfLayer([]byte(none)); ok {
			t.Error(none, got)
		}
	}
	if _, ok := OfPEM([]byte("no certificate")); ok {
		t.Error("no certificate is read")
	}
}

func TestIdentity(t *testing.T) {
	tests := []struct {
		change func(*x509.Certificate)
		want   Signer
	}{
		{func(c *x509.Certificate) {
			c.EmailAddresses = []string{"dev@example.com"}
			c.ExtraExtensions = []pkix.Extension{{Id: issuerText, Value: []byte("https://accounts.google.com")}}
		}, Signer{"dev@example.com", "https://accounts.google.com"}},
		{func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "acme", Country: []string{"US"}} }, Signer{"CN=acme,C=US", ""}},
		{func(c *x509.Certificate) { c.DNSNames = []string{"ci.example.com"} }, Signer{"ci.example.com", ""}},
	}
	for _, tt := range tests {
		if got, ok := ofDER(certificate(t, tt.change)); !ok || got != tt.want {
			t.Errorf("%+v, %v, want %+v", got, ok, tt.want)
		}
	}
}

func TestIsSignature(t *testing.T) {
	for mediaType, want := range map[string]bool{
		"application/vnd.dev.sigstore.bundle.v0.3+json": true, "application/vnd.dev.sigstore.bundle+json;version=0.2": true,
		"application/jose+json": true, "application/cose": false, "application/vnd.oci.image.layer.v1.tar": false, "": false,
	} {
		if IsSignature(mediaType) != want {
			t.Error(mediaType)
		}
	}
}

// FuzzOfLayer reads any content.
func FuzzOfLayer(f *testing.F) {
	text := base64.StdEncoding.EncodeToString(certificate(f, byWorkflow))
	f.Add(fmt.Appendf(nil, `{"verificationMaterial":{"certificate":{"rawBytes":%q}}}`, text))
	f.Add([]byte(`{"header":{"x5c":["AA=="]}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if s, ok := OfLayer(content); ok == (s.Identity == "") {
			t.Errorf("%+v, %v", s, ok)
		}
		OfPEM(content)
	})
}
