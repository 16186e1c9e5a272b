package output

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A metadataOutput has the keys of the --metadata-file of buildx that a push can fill
// (https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file).
type metadataOutput struct {
	Descriptor metadataDescriptor `json:"containerimage.descriptor"`
	Digest     v1.Hash            `json:"containerimage.digest"`
	Name       string             `json:"image.name,omitempty"` // with their tags, separated by commas
}

type metadataDescriptor struct {
	MediaType string  `json:"mediaType"`
	Digest    v1.Hash `json:"digest"`
	Size      int64   `json:"size"`
}

func metadataOf(results []TargetResult) metadataOutput {
	d := results[0].report.Manifest
	var names []string
	for _, r := range results {
		for _, tag := range r.report.Tags {
			if tag.Platform == nil {
				names = append(names, r.plan.Target.String()+":"+tag.Tag)
			}
		}
	}
	return metadataOutput{
		Descriptor: metadataDescriptor{string(d.MediaType), d.Digest, d.Size},
		Digest:     d.Digest,
		Name:       strings.Join(names, ","),
	}
}
