// Package signer reads who claims to have signed an image, from certificates in signatures of cosign, sigstore and
// notation. It verifies nothing: neither the signature, nor the certificate, nor its time. What it returns is what the
// certificate says, and anybody can make such a certificate.
//
// The package is pure: it reads nothing.
package signer

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"slices"
)

// A Signer is what a certificate says about its owner. A signature with a bare key has no signer.
type Signer struct {
	// Identity is the first name in the certificate: an email address or the URL of a workflow, or else its subject.
	Identity string
	// Issuer is who confirmed the identity to sigstore, such as https://accounts.google.com.
	Issuer string
}

// MaxDocument is how many bytes of a bundle or a signature are worth reading. Bundles have some KiB.
const MaxDocument = 1 << 20

// Where cosign puts the certificate of a signature (sigstore/cosign, specs/SIGNATURE_SPEC.md).
const CertificateAnnotation = "dev.sigstore.cosign/certificate"

// Media types of layers that hold a certificate.
const (
	bundlePrefix = "application/vnd.dev.sigstore.bundle" // of all versions
	jws          = "application/jose+json"               // notation's envelope in JSON
)

// IsSignature reports whether a layer of a media type may name its signer, so that [OfLayer] is worth a request.
func IsSignature(mediaType string) bool {
	return len(mediaType) >= len(bundlePrefix) && mediaType[:len(bundlePrefix)] == bundlePrefix || mediaType == jws
}

// OfPEM reads the first certificate of a PEM text.
func OfPEM(text []byte) (Signer, bool) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return Signer{}, false
	}
	return ofDER(block.Bytes)
}

// document has the fields of a sigstore bundle (sigstore_bundle.proto), and those of notation's JWS envelope.
type document struct {
	VerificationMaterial struct {
		Certificate *struct {
			RawBytes string `json:"rawBytes"`
		} `json:"certificate"`
		Chain *struct {
			Certificates []struct {
				RawBytes string `json:"rawBytes"`
			} `json:"certificates"`
		} `json:"x509CertificateChain"`
	} `json:"verificationMaterial"`
	Header struct {
		X5C []string `json:"x5c"`
	} `json:"header"`
}

// certificate is the first certificate of a document, in base64.
func (d document) certificate() string {
	material := d.VerificationMaterial
	switch {
	case material.Certificate != nil:
		return material.Certificate.RawBytes
	case material.Chain != nil && len(material.Chain.Certificates) > 0:
		return material.Chain.Certificates[0].RawBytes
	case len(d.Header.X5C) > 0:
		return d.Header.X5C[0]
	}
	return ""
}

// OfLayer reads the signer from the content of a layer that [IsSignature] accepts.
func OfLayer(content []byte) (Signer, bool) {
	var d document
	if len(content) > MaxDocument || json.Unmarshal(content, &d) != nil {
		return Signer{}, false
	}
	der, err := base64.StdEncoding.DecodeString(d.certificate())
	if err != nil || len(der) == 0 {
		return Signer{}, false
	}
	return ofDER(der)
}

// The extensions of Fulcio that name the issuer (sigstore/fulcio, docs/oid-info.md). The value of the first is the text
// itself, that of the second a UTF8String.
var (
	issuerText = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}
	issuerUTF8 = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}
)

func ofDER(der []byte) (Signer, bool) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Signer{}, false
	}
	s := Signer{Identity: identity(certificate)}
	for _, e := range certificate.Extensions {
		switch {
		case e.Id.Equal(issuerUTF8):
			var text string
			if rest, err := asn1.Unmarshal(e.Value, &text); err == nil && len(rest) == 0 {
				s.Issuer = text
			}
		case e.Id.Equal(issuerText) && s.Issuer == "":
			s.Issuer = string(bytes.ToValidUTF8(e.Value, []byte("\ufffd")))
		}
	}
	return s, s.Identity != ""
}

// identity is the first name in a certificate.
func identity(c *x509.Certificate) string {
	names := slices.Concat(c.EmailAddresses)
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	names = append(append(names, c.DNSNames...), c.Subject.String())
	return names[0]
}
