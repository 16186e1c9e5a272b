package resolve

import (
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/intoto"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// maxStatements is how many statements of one manifest are read.
const maxStatements = 32

// AddStatements reads what the attestations of an index say, and those among the referrers that were read.
func AddStatements(ctx context.Context, repository registry.Repository, found *plan.Inspection) error {
	entries := len(found.Entries)
	err := parallel.Each(ctx, entries+len(found.Referrers), func(ctx context.Context, i int) (err error) {
		if i >= entries {
			r := &found.Referrers[i-entries]
			r.Statements, err = statementsOf(ctx, repository, r.Image.Layers)
		} else if e := &found.Entries[i]; e.Kind == index.Attestation && e.Image != nil {
			e.Statements, err = statementsOf(ctx, repository, e.Image.Layers)
		}
		return err
	})
	return registry.WrapOp("read the attestations of", found.Reference, err)
}

func statementsOf(ctx context.Context, repository registry.Repository, layers []v1.Descriptor) (statements []plan.Statement, err error) {
	for _, layer := range layers {
		if !intoto.IsStatement(string(layer.MediaType)) {
			continue
		}
		s := plan.Statement{Layer: layer.Digest}
		switch {
		case layer.Size > intoto.MaxSize:
			s.Problem = fmt.Sprintf("larger than the limit of %d MiB", intoto.MaxSize>>20)
		case len(statements) == maxStatements:
			return statements, nil
		default:
			s.Statement, err = readStatement(ctx, repository, layer)
		}
		switch {
		case errors.Is(err, registry.ErrNotFound):
			s.Problem = "missing"
		case errors.Is(err, intoto.ErrNoStatement), errors.Is(err, registry.ErrUnverified):
			s.Problem = err.Error()
		case err != nil:
			return nil, err
		}
		if s.PredicateType == "" {
			s.PredicateType = layer.Annotations[plan.PredicateType]
		}
		statements = append(statements, s)
	}
	return statements, nil
}

// readStatement reads a blob to its end, where its digest is checked.
func readStatement(ctx context.Context, repository registry.Repository, layer v1.Descriptor) (intoto.Statement, error) {
	blob, err := repository.Blob(ctx, layer)
	if err != nil {
		return intoto.Statement{}, err
	}
	defer blob.Close()
	checked := &failingReader{r: blob}
	s, err := intoto.Parse(checked)
	if _, rest := io.Copy(io.Discard, checked); rest != nil {
		return intoto.Statement{}, rest
	}
	return s, err
}

// A failingReader keeps the failure of a reader, so that a broken connection is not taken for a broken statement.
type failingReader struct {
	r   io.Reader
	err error
}

func (f *failingReader) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}
