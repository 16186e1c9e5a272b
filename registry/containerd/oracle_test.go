package containerd

import (
	"runtime"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
)

// The tests compare with containerd's own matcher, as platforms.Default makes it for the machine on which containerd runs.
// Two things depend on the system for which the module is compiled:
//
//   - Since v1.0.0-rc.1, the module knows which builds of Windows fit on every system. The order of images that fit is
//     compiled for Windows only (windowsMatchComparer, the highest os.version as a text), so the test has a copy of it.
//   - An entry without an os has the os of the machine. Such entries are compared only for nodes of the test's system.

// defaultOf is platforms.Default on a node.
func defaultOf(node v1.Platform) platforms.MatchComparer {
	n := platforms.Normalize(theirs(node))
	switch n.OS {
	case "windows":
		return onWindows{platforms.NewMatcher(n)}
	case "darwin", "freebsd":
		linux := n
		linux.OS = "linux"
		return platforms.Ordered(n, linux)
	}
	return platforms.Only(n)
}

// onWindows is windowsMatchComparer of the module.
type onWindows struct{ platforms.Matcher }

func (w onWindows) Less(a, b imagespec.Platform) bool {
	x, y := w.Match(a), w.Match(b)
	if x && y {
		return a.OSVersion > b.OSVersion
	}
	return x && !y
}

// nodes are the nodes of the table.
var nodes = []string{
	"linux/amd64", "linux/amd64/v1", "linux/amd64/v2", "linux/amd64/v3", "linux/amd64/v4", "linux/x86_64", "linux/386",
	"linux/arm64", "linux/arm64/v8", "linux/arm64/v8.2", "linux/arm64/v9", "linux/arm64/v9.2", "linux/arm64/v7", "linux/aarch64",
	"linux/arm", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7", "linux/arm/v8", "linux/armhf", "linux/armel", "linux/arm/7",
	"linux/riscv64", "linux/s390x", "linux/ppc64le", "linux/mips64le", "linux(+nydus)/amd64", "linux(+a+b)/arm64", "darwin/arm64", "freebsd/amd64",
	"windows/amd64", "windows(10.0.17763)/amd64", "windows(10.0.17763.5329)/amd64", "windows(10.0.20348)/amd64", "windows(10.0.22621)/amd64",
	"windows(10.0.25398)/amd64", "windows(10.0.26100)/amd64", "windows(10.0.26200)/amd64", "windows(10.0.20348+win32k)/amd64", "windows(6.3.9600)/amd64", "windows(bad)/amd64", "windows(10.0.26100)/arm64",
}

// images are the platforms of the entries of the table.
var images = []string{
	"linux/amd64", "linux/amd64/v1", "linux/amd64/v2", "linux/amd64/v3", "linux/amd64/v4", "linux/386", "linux/i386",
	"linux/arm64", "linux/arm64/v8", "linux/arm64/v8.0", "linux/arm64/v8.1", "linux/arm64/v9", "linux/arm64/v9.1", "linux/arm64/v10",
	"linux/arm", "linux/arm/v5", "linux/arm/v6", "linux/arm/v7", "linux/arm/v8", "linux/armhf", "linux/armel",
	"linux/riscv64", "linux/s390x", "linux/ppc64le", "linux/mips64le", "linux(+nydus)/amd64", "linux(+a)/arm64", "linux(+b+a)/arm64", "linux(+a+b+c)/arm64",
	"darwin/arm64", "freebsd/amd64", "Linux/AMD64", "unknown/unknown",
	"windows/amd64", "windows(10.0.17763)/amd64", "windows(10.0.17763.1)/amd64", "windows(10.0.20348.2113)/amd64", "windows(10.0.22621)/amd64", "windows(10.0.25398.1)/amd64",
	"windows(10.0.26100.1)/amd64", "windows(10.0.26200)/amd64", "windows(10.0.20348+win32k)/amd64", "windows(+x)/amd64", "windows(6.3.9600)/amd64", "windows(bad)/amd64", "windows(10.0.26100)/arm64",
}

// parse reads the form of containerd, without its normalisation.
func parse(s string) v1.Platform {
	words := append(strings.Split(s, "/"), "", "")
	p := v1.Platform{OS: words[0], Architecture: words[1], Variant: words[2]}
	if os, options, ok := strings.Cut(strings.TrimSuffix(words[0], ")"), "("); ok {
		parts := strings.Split(options, "+")
		p.OS, p.OSVersion, p.OSFeatures = os, parts[0], parts[1:]
	}
	return p
}

func theirs(p v1.Platform) imagespec.Platform {
	return imagespec.Platform{OS: p.OS, Architecture: p.Architecture, Variant: p.Variant, OSVersion: p.OSVersion, OSFeatures: p.OSFeatures}
}

// TestMatchesAsContainerd compares each node with each image: 42 × 46 pairs.
func TestMatchesAsContainerd(t *testing.T) {
	matched := 0
	for _, node := range nodes {
		m := newMatcher(parse(node))
		want := defaultOf(parse(node))
		for _, image := range images {
			p := parse(image)
			if got := m.rank(p) >= 0; got != want.Match(theirs(p)) {
				t.Errorf("an image for %s on %s: %v, and containerd says %v", image, node, got, !got)
			} else if got {
				matched++
			}
			for _, other := range images {
				q := parse(other)
				if m.rank(p) < 0 || m.rank(q) < 0 {
					continue
				}
				if got := m.compare(p, q) < 0; got != want.Less(theirs(p), theirs(q)) {
					t.Errorf("on %s, %s before %s: %v, and containerd says %v", node, image, other, got, !got)
				}
			}
		}
	}
	if matched < 200 {
		t.Errorf("only %d pairs match", matched)
	}
}

// chosenByContainerd is the selection in containerd's core/images (Manifest and LimitManifests). It is -1 for none.
func chosenByContainerd(node v1.Platform, entries []index.Entry) int {
	match := defaultOf(node)
	var at []int
	for i, e := range entries {
		if p := e.Descriptor.Platform; p == nil || match.Match(theirs(*p)) {
			at = append(at, i)
		}
	}
	sort.SliceStable(at, func(i, j int) bool {
		a, b := entries[at[i]].Descriptor.Platform, entries[at[j]].Descriptor.Platform
		if a == nil {
			return false
		}
		if b == nil {
			return true
		}
		return match.Less(theirs(*a), theirs(*b))
	})
	if len(at) == 0 {
		return -1
	}
	return at[0]
}

func entriesOf(list []string) []index.Entry {
	var entries []index.Entry
	for _, s := range list {
		var e index.Entry
		if s != "-" {
			p := parse(s)
			e.Descriptor.Platform = &p
		}
		entries = append(entries, e)
	}
	return entries
}

// FuzzChoose compares the choice in an index of any platforms. Entries are separated by commas; "-" has no platform.
func FuzzChoose(f *testing.F) {
	for i, node := range nodes {
		f.Add(node, strings.Join(images, ","))
		f.Add(node, "-,"+images[i%len(images)]+",-")
	}
	f.Add("linux/arm64/v9.7", "linux/arm/v7,linux/arm64/v8.9,linux/arm64/v9.1")
	f.Fuzz(func(t *testing.T, node, list string) {
		words := strings.Split(list, ",")
		p := parse(node)
		if strings.ToLower(p.OS) == "" || len(words) > 64 || number(strings.ToLower(p.Variant)) > 99 {
			t.Skip("not a node, or one for which containerd makes a list without end")
		}
		entries := entriesOf(words)
		for _, e := range entries {
			q := e.Descriptor.Platform
			if q == nil {
				continue
			}
			if q.OS == "" && normalise(p, "").OS != runtime.GOOS {
				t.Skip("an open os means the system of the test to the module")
			}
			slices.Sort(q.OSFeatures)
			if len(slices.Compact(slices.Clone(q.OSFeatures))) != len(q.OSFeatures) {
				t.Skip("the module removes win32k once only")
			}
		}
		if got, want := Choose(p, entries).Chosen, chosenByContainerd(p, entries); got != want {
			t.Errorf("on %q, of %q: entry %d, and containerd takes %d", node, list, got, want)
		}
	})
}
