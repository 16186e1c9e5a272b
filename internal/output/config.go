package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

func isImageConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// PrintConfig prints the exact bytes of the config of an image.
func (p *Printer) PrintConfig(found plan.Inspection) error {
	image, err := oneImage(found, "configs", func(a, b *plan.ImageDetails) bool { return a.Config.Digest == b.Config.Digest })
	if err != nil {
		return err
	}
	return p.WriteResult(image.ConfigBytes)
}

// PrintLabels prints the labels of an image as sorted lines of KEY=VALUE.
func (p *Printer) PrintLabels(found plan.Inspection) error {
	image, err := oneImage(found, "labels", func(a, b *plan.ImageDetails) bool { return maps.Equal(labelsOf(a), labelsOf(b)) })
	if err != nil {
		return err
	}
	var b bytes.Buffer
	labels := labelsOf(image)
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%s\n", Printable(key+"="+labels[key]))
	}
	return p.WriteResult(b.Bytes())
}

func labelsOf(image *plan.ImageDetails) map[string]string {
	var config v1.ConfigFile
	if json.Unmarshal(image.ConfigBytes, &config) != nil {
		return nil
	}
	return config.Config.Labels
}

// oneImage is the single image, or an image of an index whose images are all the same in what is shown.
func oneImage(found plan.Inspection, what string, same func(a, b *plan.ImageDetails) bool) (*plan.ImageDetails, error) {
	if found.Image != nil {
		return found.Image, nil
	}
	var first *plan.ImageDetails
	var platforms []v1.Platform
	differ := false
	for _, e := range found.Entries {
		if e.Kind != index.Image || e.Image == nil {
			continue
		}
		platforms = append(platforms, e.Platform)
		if first == nil {
			first = e.Image
		}
		differ = differ || !same(first, e.Image)
	}
	switch {
	case first == nil:
		return nil, Usagef("%s has no image with a config", found.Reference)
	case differ:
		return nil, Usagef("the %s of the images of %s differ: add --platform with one of %s", what, found.Reference, index.PlatformList(platforms))
	}
	return first, nil
}

func createdText(t v1.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// printConfigWords prints what a config says to a runtime. It prints nothing for the config of an artifact.
func printConfigWords(b *bytes.Buffer, image plan.ImageDetails) {
	var config v1.ConfigFile
	if !isImageConfig(image.Config.MediaType) || json.Unmarshal(image.ConfigBytes, &config) != nil {
		return
	}
	c := config.Config
	t := newTable("   ", 2)
	add := func(name string, values ...string) {
		for _, value := range values {
			if value != "" {
				t.row(name, value)
				name = ""
			}
		}
	}
	add("Created", createdText(config.Created))
	add("Author", config.Author)
	add("User", c.User)
	add("Workdir", c.WorkingDir)
	add("Entrypoint", wordsText(c.Entrypoint))
	add("Cmd", wordsText(c.Cmd))
	add("Ports", strings.Join(slices.Sorted(maps.Keys(c.ExposedPorts)), ", "))
	add("Volumes", strings.Join(slices.Sorted(maps.Keys(c.Volumes)), ", "))
	add("Stop signal", c.StopSignal)
	if c.Healthcheck != nil {
		add("Healthcheck", wordsText(c.Healthcheck.Test))
	}
	add("Env", c.Env...)
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(c.Labels)) {
		labels = append(labels, key+"="+c.Labels[key])
	}
	add("Labels", labels...)
	if rows := t.bytes(); len(rows) > 0 {
		b.WriteString(" * Config:\n")
		b.Write(rows)
	}
}

// wordsText is a command in the JSON form of a Dockerfile.
func wordsText(words []string) string {
	if len(words) == 0 {
		return ""
	}
	text, err := templateJSON(words, "")
	if err != nil {
		return ""
	}
	return text
}
