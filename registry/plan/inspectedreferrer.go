package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/signer"
)

// An InspectedReferrer is a signature or another referrer of a manifest, with what its manifest says.
type InspectedReferrer struct {
	Referrer
	Image ImageDetails
	// Signers are those that the certificates of the signatures name. Nothing is verified.
	Signers []signer.Signer
	// Statements are what attestations say, if that was asked for.
	Statements []Statement
}

// Of is the manifest that the referrer is about.
func (r InspectedReferrer) Of() v1.Hash {
	if r.RefersTo != (v1.Hash{}) && r.Tag == "" {
		return r.RefersTo
	}
	return r.Subject
}
