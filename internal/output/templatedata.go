package output

import (
	"fmt"
	"reflect"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// What a template of --format sees. The names are those that docker, buildx, regctl and skopeo use. It is data: no method
// reads anything.

// imageData is the dot of a template: an image or an index.
type imageData struct {
	Name        string            `json:"name"`
	Digest      string            `json:"digest"`
	MediaType   string            `json:"mediaType"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Manifest    manifestData      `json:"manifest"`
	Manifests   []descriptorData  `json:"-"` // of an index
	// Image is the config of a single image, or the configs of the images of an index by platform.
	Image any `json:"image,omitempty"`

	platform v1.Platform
	config   *v1.ConfigFile
	isIndex  bool
}

// manifestData is a manifest or an index, with its descriptor.
type manifestData struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Digest        string            `json:"digest"`
	Size          int64             `json:"size"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        *descriptorData   `json:"config,omitempty"`
	Layers        []descriptorData  `json:"layers,omitempty"`
	Manifests     []descriptorData  `json:"manifests,omitempty"`
	Subject       *descriptorData   `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// descriptorData is a descriptor of an index or a manifest.
type descriptorData struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	Platform     *platformData     `json:"platform,omitempty"`
	ArtifactType string            `json:"artifactType,omitempty"`
	URLs         []string          `json:"urls,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

// platformData is the platform of an entry, as the index has it.
type platformData struct {
	OS           string   `json:"os"`
	Architecture string   `json:"architecture"`
	Variant      string   `json:"variant,omitempty"`
	OSVersion    string   `json:"os.version,omitempty"`
	OSFeatures   []string `json:"os.features,omitempty"`
}

func (p *platformData) text() string {
	if p == nil {
		return "unknown"
	}
	return PlatformName(v1.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant})
}

func newImageData(name string, found plan.Inspection) (*imageData, error) {
	doc, err := registry.ParseDocument(found.Manifest)
	if err != nil {
		return nil, err
	}
	d := found.Manifest.Descriptor()
	data := &imageData{
		Name: name, Digest: d.Digest.String(), MediaType: string(d.MediaType), Size: d.Size, Annotations: doc.Annotations,
		Manifest: manifestDataOf(d, doc), isIndex: found.Image == nil,
	}
	data.Manifests = data.Manifest.Manifests
	if found.Image == nil {
		data.Image, err = configsByPlatform(found.Entries)
		return data, err
	}
	data.platform = found.Image.Platform
	if isImageConfig(found.Image.Config.MediaType) && found.Image.ConfigBytes != nil {
		data.config, err = configOf(found.Image)
		data.Image = data.config
	}
	return data, err
}

func manifestDataOf(d v1.Descriptor, doc registry.Document) manifestData {
	m := manifestData{
		SchemaVersion: 2, MediaType: string(d.MediaType), Digest: d.Digest.String(), Size: d.Size,
		ArtifactType: doc.ArtifactType, Annotations: doc.Annotations, Layers: descriptorsData(doc.Layers), Manifests: descriptorsData(doc.Manifests),
	}
	if doc.Config != nil {
		m.Config = &descriptorsData([]v1.Descriptor{*doc.Config})[0]
	}
	if doc.Subject != nil {
		m.Subject = &descriptorsData([]v1.Descriptor{*doc.Subject})[0]
	}
	return m
}

func descriptorsData(descriptors []v1.Descriptor) []descriptorData {
	list := make([]descriptorData, len(descriptors))
	for i, d := range descriptors {
		list[i] = descriptorData{
			MediaType: string(d.MediaType), Digest: d.Digest.String(), Size: d.Size, ArtifactType: d.ArtifactType, URLs: d.URLs, Annotations: d.Annotations,
		}
		if p := d.Platform; p != nil {
			list[i].Platform = &platformData{p.OS, p.Architecture, p.Variant, p.OSVersion, p.OSFeatures}
		}
	}
	return list
}

// configsByPlatform are the configs that were read, by os/architecture/variant. Of a platform with several images, it has
// the first. Nil if no config was read.
func configsByPlatform(entries []plan.InspectedEntry) (any, error) {
	configs := map[string]*v1.ConfigFile{}
	for _, e := range entries {
		if e.Kind != index.Image || e.Image == nil || e.Image.ConfigBytes == nil || !isImageConfig(e.Image.Config.MediaType) {
			continue
		}
		name := PlatformName(e.Platform)
		if configs[name] != nil {
			continue
		}
		config, err := configOf(e.Image)
		if err != nil {
			return nil, err
		}
		configs[name] = config
	}
	if len(configs) == 0 {
		return nil, nil
	}
	return configs, nil
}

// image is the config of a single image. The methods below are the fields that docker and skopeo have for one.
func (d *imageData) image() (*v1.ConfigFile, error) {
	switch {
	case d.isIndex:
		return nil, fmt.Errorf("%s is an index: add --platform, or use Manifests", d.Name)
	case d.config == nil:
		return nil, fmt.Errorf("%s has no config of an image", d.Name)
	}
	return d.config, nil
}

func of[T any](d *imageData, field func(*v1.ConfigFile) T) (value T, err error) {
	config, err := d.image()
	if err == nil {
		value = field(config)
	}
	return value, err
}

func (d *imageData) Os() (string, error) {
	return of(d, func(c *v1.ConfigFile) string { return c.OS })
}

func (d *imageData) Architecture() (string, error) {
	return of(d, func(c *v1.ConfigFile) string { return c.Architecture })
}

func (d *imageData) Variant() (string, error) {
	return of(d, func(c *v1.ConfigFile) string { return c.Variant })
}

func (d *imageData) Created() (string, error) {
	return of(d, func(c *v1.ConfigFile) string { return createdText(c.Created) })
}

func (d *imageData) Config() (v1.Config, error) {
	return of(d, func(c *v1.ConfigFile) v1.Config { return c.Config })
}

func (d *imageData) Labels() (map[string]string, error) {
	return of(d, func(c *v1.ConfigFile) map[string]string { return c.Config.Labels })
}

func (d *imageData) Env() ([]string, error) {
	return of(d, func(c *v1.ConfigFile) []string { return c.Config.Env })
}

// Layers are the digests of the layers.
func (d *imageData) Layers() ([]string, error) {
	if d.isIndex {
		_, err := d.image()
		return nil, err
	}
	digests := make([]string, len(d.Manifest.Layers))
	for i, layer := range d.Manifest.Layers {
		digests[i] = layer.Digest
	}
	return digests, nil
}

// templateFields lists the fields of a type of this file, for an error. Nil for another type.
func templateFields(name string) (fields []string) {
	for _, v := range []any{&imageData{}, &manifestData{}, &descriptorData{}, &platformData{}} {
		t := reflect.TypeOf(v)
		if t.Elem().Name() != name {
			continue
		}
		for f := range t.Elem().Fields() {
			if f.IsExported() {
				fields = append(fields, f.Name)
			}
		}
		for m := range t.Methods() {
			if m.IsExported() {
				fields = append(fields, m.Name)
			}
		}
	}
	slices.Sort(fields)
	return fields
}
