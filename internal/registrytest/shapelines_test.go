package registrytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// shapeLines reports what a reader of a shape sees: a line for the index, then for each entry a line for its
// descriptor and one for its manifest. A digest of an entry is shown as its place in the index.
func shapeLines(t *testing.T, s Shape) string {
	t.Helper()
	lines := []string{"root " + manifestLine(t, s.Artifact)}
	places := []string{}
	for n, d := range entries(t, s.Manifest) {
		place := fmt.Sprintf("#%d", n+1)
		places = append(places, d.Digest.String(), place)
		lines = append(lines, place+descriptorLine(d))
		for _, child := range s.Children {
			if child.Digest == d.Digest.String() {
				lines = append(lines, "   "+manifestLine(t, child))
				places = append(places, layerPlaces(t, place, child)...)
			}
		}
	}
	for _, referrer := range s.Referrers {
		lines = append(lines, "referrer "+manifestLine(t, referrer))
	}
	places = append(places, s.Digest, "root")
	return strings.NewReplacer(places...).Replace(strings.Join(lines, "\n"))
}

func layerPlaces(t *testing.T, place string, a Artifact) (places []string) {
	t.Helper()
	var m v1.Manifest
	if err := json.Unmarshal(a.Manifest, &m); err != nil {
		t.Fatal(err)
	}
	for n, layer := range m.Layers {
		places = append(places, layer.Digest.String(), fmt.Sprintf("%s.layer%d", place, n+1))
	}
	return places
}

func descriptorLine(d v1.Descriptor) string {
	line := " " + short(string(d.MediaType))
	if p := d.Platform; p == nil {
		line += " no platform"
	} else {
		line += " " + strings.TrimSuffix(p.OS+"/"+p.Architecture+"/"+p.Variant, "/")
		line += field("os.version", p.OSVersion) + field("os.features", strings.Join(p.OSFeatures, ","))
	}
	line += field("artifactType", d.ArtifactType) + field("urls", strings.Join(d.URLs, ","))
	if d.Data != nil {
		line += " data"
	}
	return line + pairs(d.Annotations)
}

func manifestLine(t *testing.T, a Artifact) string {
	t.Helper()
	var m v1.Manifest
	var named struct {
		MediaType string
		Layers    []v1.Descriptor
	}
	if err := json.Unmarshal(a.Manifest, &m); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Manifest, &named); err != nil {
		t.Fatal(err)
	}
	line := "mediaType=" + short(named.MediaType) + field("artifactType", m.ArtifactType)
	line += field("config", short(string(m.Config.MediaType)))
	if m.Config.Data != nil {
		line += " data"
	}
	for _, layer := range m.Layers {
		line += " layer=" + short(string(layer.MediaType)) + pairs(layer.Annotations)
	}
	if m.Subject != nil {
		line += " subject=" + m.Subject.Digest.String()
	}
	return line + pairs(m.Annotations)
}

func field(name, value string) string {
	if value == "" {
		return ""
	}
	return " " + name + "=" + value
}

func pairs(annotations map[string]string) string {
	if len(annotations) == 0 {
		return ""
	}
	words := []string{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		words = append(words, key+"="+annotations[key])
	}
	return " {" + strings.Join(words, " ") + "}"
}

// short leaves the common parts out of OCI's media types.
func short(mediaType string) string {
	names := strings.NewReplacer("application/vnd.oci.image.", "oci.", "application/vnd.oci.", "oci.", ".v1+json", "")
	return names.Replace(mediaType)
}
