package containerd

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
)

// A Result is what containerd does with an entry of an index.
type Result string

// The results.
const (
	Chosen   Result = "chosen"
	Possible Result = "possible" // it would run, but another entry comes first
	Refused  Result = "refused"
)

// A Verdict is the result for one entry, and the reason.
type Verdict struct {
	Result Result
	Reason string
}

// A Choice is what containerd does with the entries of one index.
type Choice struct {
	// Chosen is the position of the chosen entry; -1 for none.
	Chosen   int
	Verdicts []Verdict // one for each entry
}

// Choose finds the entry that containerd follows on a node. If the entry names no platform, containerd reads the config
// of the image, and takes it only if [Fits] says so; it tries no other entry then.
func Choose(node v1.Platform, entries []index.Entry) Choice {
	m := newMatcher(node)
	c := Choice{Chosen: -1, Verdicts: make([]Verdict, len(entries))}
	var order []int
	for i, e := range entries {
		if p := e.Descriptor.Platform; p == nil || m.rank(*p) >= 0 {
			order = append(order, i)
		} else {
			c.Verdicts[i] = Verdict{Refused, m.refusal(*p)}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return m.compareEntries(entries[a], entries[b]) })
	if len(order) == 0 {
		return c
	}
	c.Chosen = order[0]
	first := entries[c.Chosen]
	for _, i := range order {
		c.Verdicts[i] = Verdict{Possible, m.behind(first, entries[i])}
	}
	c.Verdicts[c.Chosen] = Verdict{Chosen, m.praise(first)}
	return c
}

// Fits reports whether a node runs an image, given the platform in the config of the image. The reason is for people.
func Fits(node, config v1.Platform) (ok bool, reason string) {
	m := newMatcher(node)
	if m.rank(config) < 0 {
		return false, m.refusal(config)
	}
	return true, m.closeness(config)
}

// compareEntries orders entries that match, or have no platform. Those come last.
func (m matcher) compareEntries(a, b index.Entry) int {
	switch x, y := a.Descriptor.Platform, b.Descriptor.Platform; {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	default:
		return m.compare(*x, *y)
	}
}

// praise says why an entry is the chosen one.
func (m matcher) praise(e index.Entry) string {
	if e.Descriptor.Platform == nil {
		return "the entry names no platform, and no other entry fits: the config of the image decides"
	}
	return m.closeness(*e.Descriptor.Platform)
}

// closeness says how a platform that matches relates to the node.
func (m matcher) closeness(p v1.Platform) string {
	have := normalise(p, m.node.OS)
	reason := "the platform of the node"
	switch {
	case m.rank(p) > 0:
		reason = fmt.Sprintf("%s also runs on %s, and no closer entry is listed", text(have), text(m.node))
	case len(have.OSFeatures) > 0:
		reason += ", with os.features " + strings.Join(have.OSFeatures, ", ")
	}
	if m.node.OS == "windows" && p.OSVersion != "" && m.windows != (windowsVersion{}) {
		reason += ": " + m.buildsText()
	}
	return reason
}

// behind says why an entry that also runs comes behind the chosen one.
func (m matcher) behind(first, e index.Entry) string {
	a, b := first.Descriptor.Platform, e.Descriptor.Platform
	switch {
	case a == nil:
		return "the entry names no platform, and containerd tries only the first such entry"
	case b == nil:
		return "the entry names no platform, and an entry with a platform fits"
	case m.node.OS == "windows" && a.OSVersion != b.OSVersion:
		return fmt.Sprintf("runs on the node, but os.version %s is higher", a.OSVersion)
	case m.rank(*a) != m.rank(*b):
		return fmt.Sprintf("runs on the node, but %s is closer", text(normalise(*a, m.node.OS)))
	case m.node.OS != "windows" && len(a.OSFeatures) != len(b.OSFeatures):
		return "runs on the node, but an entry with more os.features goes first"
	}
	return "runs on the node, but an equal entry is listed before it"
}

// refusal says why a node does not run a platform.
func (m matcher) refusal(p v1.Platform) string {
	have := normalise(p, m.node.OS)
	switch {
	case p.OS == "unknown" && p.Architecture == "unknown":
		return "unknown/unknown is no platform: no node runs it"
	case !m.runsOS(have.OS):
		return fmt.Sprintf("the os is %s, the node has %s", have.OS, m.node.OS)
	case m.rankOfArchitecture(have) < 0:
		return m.architectureRefusal(have)
	case m.node.OS == "windows" && !m.windows.runs(p.OSVersion):
		return fmt.Sprintf("os.version %s: %s", p.OSVersion, m.buildsText())
	}
	return "requires os.features that the node lacks: " + strings.Join(m.lacking(have), ", ")
}

func (m matcher) architectureRefusal(have v1.Platform) string {
	if have.Architecture == "" {
		return "no architecture is named"
	}
	if have.Architecture != m.node.Architecture {
		return fmt.Sprintf("the architecture is %s, the node has %s", archText(have), archText(m.node))
	}
	return fmt.Sprintf("requires %s, the node has %s", archText(have), archText(m.node))
}

// buildsText says which builds of Windows the node runs.
func (m matcher) buildsText() string {
	oldest, newest := m.windows.builds()
	if oldest == newest {
		return fmt.Sprintf("the node runs build %d.%d.%d only", m.windows.major, m.windows.minor, newest)
	}
	return fmt.Sprintf("the node runs builds %d.%d.%d to %d", m.windows.major, m.windows.minor, oldest, newest)
}

// text is os/architecture/variant.
func text(p v1.Platform) string { return p.OS + "/" + archText(p) }

// baseVariants are the variants that containerd leaves out.
var baseVariants = map[string]string{"amd64": "v1", "arm64": "v8"}

// archText names the variant of an architecture that has several.
func archText(p v1.Platform) string {
	variant := p.Variant
	if variant == "" {
		variant = baseVariants[p.Architecture]
	}
	return strings.TrimSuffix(p.Architecture+"/"+variant, "/")
}
