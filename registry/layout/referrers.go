package layout

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

var _ registry.ReferrerLister = (*Repository)(nil)

// maxReferrers limits the manifests that are read to find referrers.
const maxReferrers = 10_000

// Referrers lists the referrers of a manifest: those under the referrers tag, as this program writes them, and those
// without a name, as oras writes them.
func (r *Repository) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	root, err := r.layout(ctx)
	if err != nil {
		return nil, err
	}
	files := rooted{r, root}
	x, err := readIndex(files)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := r.unnamed.read(files, x)
	if err != nil {
		return nil, err
	}
	referrers := all[subject]
	listed, err := ReadManifest(files, registry.Ref{Tag: subject.Algorithm + "-" + subject.Hex})
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return referrers, nil
	case err != nil:
		return nil, err
	case !registry.IsReferrersList(listed, subject):
		return referrers, nil
	}
	_, manifests, err := registry.References(listed)
	return append(manifests, referrers...), err
}

// unnamedReferrers are the referrers without a name, by subject; nil before the first read.
type unnamedReferrers struct {
	lock sync.Mutex
	of   map[v1.Hash][]v1.Descriptor
}

// read reads the subjects of the entries without a name once.
func (u *unnamedReferrers) read(files Files, x index) (map[v1.Hash][]v1.Descriptor, error) {
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.of != nil {
		return u.of, nil
	}
	found, read := map[v1.Hash][]v1.Descriptor{}, 0
	for _, e := range x.entries {
		if e.name != "" || e.flaw != nil {
			continue
		}
		if read++; read > maxReferrers {
			return nil, registry.Errorf(registry.ErrUnverified, "%s: more than %d entries without a name", files.Path(indexFile), maxReferrers)
		}
		m, err := manifestOf(files, e)
		if err != nil {
			continue // a read of the manifest reports the error
		}
		var body struct{ Subject *v1.Descriptor }
		if m.MediaType == types.OCIManifestSchema1 && json.Unmarshal(m.Bytes, &body) == nil && body.Subject != nil {
			found[body.Subject.Digest] = append(found[body.Subject.Digest], m.Descriptor())
		}
	}
	u.of = found
	return found, nil
}
