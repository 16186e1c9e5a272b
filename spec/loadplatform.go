package spec

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// platformKeys are the keys that manifest-tool v1 and v2 read, and that people write, with those that they mean.
var platformKeys = map[string]string{
	"osversion": keyOSVersion, "os_version": keyOSVersion, "osVersion": keyOSVersion,
	"osfeatures": keyOSFeatures, "os_features": keyOSFeatures, "osFeatures": keyOSFeatures,
}

// specKeys are the same for the keys of a spec.
var specKeys = map[string]string{"platform_tags": "platform-tags", "platformTags": "platform-tags"}

// platform reads the platform of an entry. The word none says that the image gets no platform. An os.version
// or os.features that is there and empty says that the image gets none.
func (d *decoder) platform(n *yaml.Node, e *Entry) {
	var p v1.Platform
	os, architecture := n, n // where each was found
	if n.Kind == yaml.ScalarNode {
		if e.NoPlatform = n.Value == noPlatform; !e.NoPlatform {
			p = d.platformWord(n)
		}
	} else {
		d.mapping(n, "platform", keys{
			"os":           func(n *yaml.Node) { os, p.OS = n, d.replaced(n, "os") },
			"architecture": func(n *yaml.Node) { architecture, p.Architecture = n, d.replaced(n, "architecture") },
			"variant":      func(n *yaml.Node) { p.Variant = d.replaced(n, "variant") },
			keyOSVersion: func(n *yaml.Node) {
				if p.OSVersion = d.replaced(n, keyOSVersion); p.OSVersion == "" {
					e.Empty = append(e.Empty, keyOSVersion)
				}
			},
			keyOSFeatures: func(n *yaml.Node) {
				if p.OSFeatures = d.words(n, keyOSFeatures); len(p.OSFeatures) == 0 {
					e.Empty = append(e.Empty, keyOSFeatures)
				}
			},
			"features": func(n *yaml.Node) { p.Features = d.words(n, "features") },
		}, platformKeys)
	}
	slices.Sort(e.Empty)
	e.Platform = platforms.Normalise(p)
	d.lintWords(architecture, p, e.Platform)
	if !d.opts.AllowUnknownPlatform {
		d.wrong(os, platforms.CheckOS(e.Platform.OS))
		d.wrong(architecture, platforms.CheckArchitecture(e.Platform.Architecture))
		d.wrong(architecture, platforms.CheckPair(e.Platform))
	}
}

// platformWord reads a platform that is one word, such as linux/arm/v7.
func (d *decoder) platformWord(n *yaml.Node) v1.Platform {
	p, err := platforms.Parse(n.Value)
	if err != nil && !strings.Contains(n.Value, "/") {
		err = fmt.Errorf("%w, or %s for an image without a platform%s", err, noPlatform, nearest.DidYouMean(excerpt.Of(n.Value), noPlatform))
	}
	d.wrong(n, err)
	return p
}
