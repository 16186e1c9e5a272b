package resolve

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/signer"
)

// AddReferrers reads what refers to the index or the image of an inspection, and to the images of the index: referrers and
// cosign's tags, the referrers of these, and who signed them. The error about referrers that are not what the registry says
// is [registry.ErrUnverified]: the others are added.
func AddReferrers(ctx context.Context, repository registry.Repository, found *plan.Inspection) error {
	w := referrerWalker{manifestReader: manifestReader{repository: repository, place: found.Reference.Place}, seen: attachedTo(*found), tolerant: true}
	if err := w.walk(ctx, subjectsOf(*found)); err != nil {
		return registry.WrapOp("read the referrers of", found.Reference, err)
	}
	found.HiddenReferrers, found.GoneReferrers = w.hidden, w.gone
	found.Referrers = make([]plan.InspectedReferrer, len(w.found))
	err := parallel.Each(ctx, len(w.found), func(ctx context.Context, i int) (err error) {
		found.Referrers[i], err = inspectReferrer(ctx, repository, w.found[i])
		return err
	})
	return registry.WrapOp("read the referrers of", found.Reference, cmp.Or(err, w.flawed()))
}

// flawed is the error about the flaws of a tolerant walker, in a stable order.
func (w *referrerWalker) flawed() error {
	var texts []string
	for _, f := range w.flaws {
		what := cmp.Or(f.Tag, "the referrers of "+f.Subject.String())
		if f.Digest != (v1.Hash{}) {
			what = f.Digest.String()
		}
		text := f.Err.Error()
		if !strings.HasPrefix(text, what) {
			text = what + ": " + text
		}
		texts = append(texts, text)
	}
	if texts == nil {
		return nil
	}
	slices.Sort(texts)
	return registry.Errorf(registry.ErrUnverified, "%s", strings.Join(texts, "\n"))
}

// subjectsOf are the manifests whose referrers are of interest: an attestation in the index has none.
func subjectsOf(found plan.Inspection) []v1.Hash {
	subjects := []v1.Hash{found.Manifest.Digest}
	for _, e := range found.Entries {
		if !e.IsAttached() && !e.Missing && e.Kind != index.Nested {
			subjects = append(subjects, e.Descriptor.Digest)
		}
		if e.Nested != nil {
			subjects = append(subjects, subjectsOf(*e.Nested)...)
		}
	}
	return subjects
}

// attachedTo are the attestations and companions in an index. A registry also lists them as referrers of their images.
func attachedTo(found plan.Inspection) map[v1.Hash]bool {
	attached := map[v1.Hash]bool{}
	for _, e := range found.Entries {
		if e.IsAttached() {
			attached[e.Descriptor.Digest] = true
		}
		if e.Nested != nil {
			maps.Copy(attached, attachedTo(*e.Nested))
		}
	}
	return attached
}

func inspectReferrer(ctx context.Context, repository registry.Repository, r plan.Referrer) (plan.InspectedReferrer, error) {
	result := plan.InspectedReferrer{Referrer: r}
	m, err := repository.Manifest(ctx, registry.Ref{Digest: r.Descriptor.Digest})
	if err != nil {
		return result, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return result, err
	}
	result.Image = plan.ImageDetails{ArtifactType: doc.ArtifactType, Layers: doc.Layers}
	if doc.Config != nil {
		result.Image.Config = *doc.Config
	}
	result.Signers, err = signersOf(ctx, repository, doc.Layers)
	return result, err
}

// maxSigners is how many layers of one referrer are read for their signer.
const maxSigners = 16

// signersOf reads who signed the layers of a referrer. A layer without a name is left out.
func signersOf(ctx context.Context, repository registry.Repository, layers []v1.Descriptor) (signers []signer.Signer, err error) {
	read := 0
	for _, layer := range layers {
		if s, ok := signer.OfPEM([]byte(layer.Annotations[signer.CertificateAnnotation])); ok {
			signers = append(signers, s)
			continue
		}
		if !signer.IsSignature(string(layer.MediaType)) || layer.Size > signer.MaxDocument || read == maxSigners {
			continue
		}
		read++
		content, err := registry.ReadConfig(ctx, repository, layer)
		switch {
		case errors.Is(err, registry.ErrNotFound):
		case err != nil:
			return signers, err
		default:
			if s, ok := signer.OfLayer(content.Bytes); ok {
				signers = append(signers, s)
			}
		}
	}
	return signers, nil
}
