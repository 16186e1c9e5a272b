package containerd

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A matcher compares platforms with what a node runs.
type matcher struct {
	node     v1.Platform // normalised
	runnable []v1.Platform
	windows  windowsVersion
}

func newMatcher(node v1.Platform) matcher {
	node = normalise(node, "")
	return matcher{node: node, runnable: runnable(node), windows: windowsVersionOf(node.OSVersion)}
}

// rank is the position of the first platform that the node runs and that a platform matches; -1 for none.
func (m matcher) rank(p v1.Platform) int {
	have := normalise(p, m.node.OS)
	if m.node.OS == "windows" && !m.windows.runs(p.OSVersion) || m.lacking(have) != nil {
		return -1
	}
	return m.rankOfArchitecture(have)
}

func (m matcher) rankOfArchitecture(have v1.Platform) int {
	return slices.IndexFunc(m.runnable, func(r v1.Platform) bool {
		return r.OS == have.OS && r.Architecture == have.Architecture && r.Variant == have.Variant
	})
}

func (m matcher) runsOS(os string) bool {
	return slices.ContainsFunc(m.runnable, func(r v1.Platform) bool { return r.OS == os }) || os == m.node.OS
}

// lacking are the os.features that an image requires and the node lacks. Every Windows node has win32k.
func (m matcher) lacking(have v1.Platform) (features []string) {
	for _, feature := range have.OSFeatures {
		if m.node.OS == "windows" && feature == "win32k" {
			continue
		}
		if !slices.Contains(m.node.OSFeatures, feature) {
			features = append(features, feature)
		}
	}
	return features
}

// compare orders two platforms that match: the closer one first, then the one that requires more os.features. A Windows
// node takes the highest os.version, compared as a text.
func (m matcher) compare(a, b v1.Platform) int {
	if m.node.OS == "windows" {
		return strings.Compare(b.OSVersion, a.OSVersion)
	}
	if d := m.rank(a) - m.rank(b); d != 0 {
		return d
	}
	return len(b.OSFeatures) - len(a.OSFeatures)
}
