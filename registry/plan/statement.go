package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/intoto"
)

// A Statement is what a layer of an attestation says.
type Statement struct {
	Layer v1.Hash
	intoto.Statement
	// Problem is why the layer was not read.
	Problem string
}
