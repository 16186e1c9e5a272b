package archive

import (
	"cmp"
	"context"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/spec"
)

var _ registry.TagLister = (*Repository)(nil)

// Tags lists the names of the images: tags in an OCI archive, and whole names, such as acme/app:1.0, in what docker
// saved, because several images there may have one tag.
func (r *Repository) Tags(ctx context.Context) ([]string, error) {
	t, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	images, err := builder{r, ctx, t}.all()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, image := range images.All() {
		name := cmp.Or(image.Name, image.FullName)
		if r.options.Kind == spec.DockerArchive {
			name = cmp.Or(image.FullName, image.Name)
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// all returns all images of an archive.
func (b builder) all() (layout.Images, error) {
	if b.options.Kind == spec.OCIArchive {
		return layout.ReadImages(files{b.Repository, b.ctx, b.table, true})
	}
	return b.images("")
}
