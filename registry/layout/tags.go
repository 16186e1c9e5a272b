package layout

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
)

var _ registry.TagLister = (*Repository)(nil)

// Tags lists the names of the images.
func (r *Repository) Tags(ctx context.Context) ([]string, error) {
	root, err := r.layout(ctx)
	if err != nil {
		return nil, err
	}
	x, err := readIndex(rooted{r, root})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s holds no image yet", r.dir)
	}
	var names []string
	for _, e := range x.entries {
		if e.name != "" && !slices.Contains(names, e.name) {
			names = append(names, e.name)
		}
	}
	return names, err
}
