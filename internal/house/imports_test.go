package house

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/manifest-tool/manifest-tool/"

// mayImport lists, for each package of the program, the packages of ours that it may import. A package that is
// not in the list may import none. Packages for tests (the rest of internal, examples, integration) may import all.
var mayImport = map[string][]string{
	"cmd/manifest-tool":        {"internal/cli"},
	"internal/cli":             {"internal/cli/help", "internal/run", "internal/output", "spec", "spec/drone", "internal/nearest", "spec/platforms"},
	"internal/cli/help":        {"internal/output", "internal/nearest"},
	"internal/run":             {"internal/run/drafts", "internal/output", "internal/output/progress", "internal/contextio", "internal/parallel", "registry/resolve", "registry/push", "registry/plan", "registry/attest", "registry", "registry/remote", "registry/remote/cachedir", "registry/remote/network", "registry/layout", "registry/archive", "spec", "spec/drone", "auth", "certs", "registry/verify", "registry/diff", "registry/plan/planfile", "docs/schema", "spec/platforms", "spec/tagpattern"},
	"internal/run/drafts":      {"internal/output", "registry", "spec", "internal/nearest"},
	"internal/output":          {"internal/lazyregexp", "internal/contextio", "internal/rawjson", "internal/outfile", "internal/output/mask", "registry/push", "registry/plan", "registry/attest", "registry/index", "registry/containerd", "registry/signer", "registry", "registry/remote", "registry/remote/network", "registry/remote/refusal", "spec", "auth", "certs", "registry/verify", "registry/diff", "registry/plan/planfile", "internal/nearest", "spec/tagpattern"},
	"internal/output/mask":     {"internal/lazyregexp"},
	"internal/output/progress": {"internal/output", "registry/push", "registry/plan", "registry", "spec"},
	"internal/contextio":       {},
	"internal/excerpt":         {},
	"internal/lazyregexp":      {},
	"internal/nearest":         {},
	"internal/outfile":         {"internal/lazyregexp"},
	"internal/parallel":        {},
	"internal/rawjson":         {},
	"registry/remote":          {"internal/lazyregexp", "registry", "registry/remote/cachedir", "registry/remote/network", "registry/remote/refusal", "registry/remote/slots", "internal/parallel", "internal/rawjson"},
	"registry/remote/cachedir": {"registry"},
	"registry/remote/network":  {"registry", "registry/remote/refusal"},
	"registry/remote/refusal":  {"internal/lazyregexp"},
	"registry/remote/slots":    {},
	"registry/layout":          {"registry", "spec", "internal/parallel", "internal/rawjson", "spec/platforms"},
	"registry/archive":         {"internal/lazyregexp", "internal/outfile", "registry/layout", "registry", "spec"},
	"registry/resolve":         {"registry/plan", "registry/index", "registry/containerd", "registry/signer", "registry/intoto", "registry", "spec", "internal/parallel", "registry/verify", "spec/platforms"},
	"registry/plan":            {"registry/attest", "registry/index", "registry/containerd", "registry/signer", "registry/intoto", "registry", "spec", "spec/platforms"},
	"registry/push":            {"registry/plan", "registry/attest", "registry/index", "registry", "spec", "internal/parallel"},
	"registry/attest":          {"registry", "spec"},
	"registry/index":           {"registry", "spec", "internal/rawjson", "spec/platforms"},
	"registry/containerd":      {"registry/index"},
	"registry/signer":          {},
	"registry/intoto":          {},
	"registry":                 {"spec", "internal/rawjson"},
	"spec/platforms":           {"internal/excerpt", "internal/lazyregexp", "internal/nearest"},
	"spec/tagpattern":          {"internal/excerpt", "internal/lazyregexp", "internal/nearest", "spec/platforms"},
	"spec/drone":               {"internal/lazyregexp", "spec", "internal/excerpt", "internal/nearest"},
	"docs/schema":              {},
	"spec":                     {"internal/lazyregexp", "internal/excerpt", "internal/nearest", "spec/platforms", "spec/tagpattern"},
	"auth":                     {"internal/lazyregexp", "internal/contextio", "internal/outfile"},
	"certs":                    {"internal/contextio"},
	"registry/verify":          {"registry/plan", "registry/index", "registry", "spec", "spec/platforms"},
	"registry/diff":            {"registry/plan", "registry/index", "registry"},
	"registry/plan/planfile":   {"registry/plan", "registry/index", "registry", "spec", "internal/rawjson"},
}

// only lists packages from elsewhere, and the packages of ours that may import them.
var only = map[string]string{
	"github.com/sirupsen/logrus":   "internal/output",
	"github.com/urfave/cli/v2":     "internal/cli, internal/cli/help",
	"golang.org/x/term":            "internal/output",
	"github.com/vbauerster/mpb/v8": "internal/output/progress",
	"gopkg.in/yaml.v3":             "spec",
	"github.com/xrash/smetrics":    "internal/nearest",
	"github.com/gofrs/flock":       "registry/layout, internal/run/drafts, internal/outfile",
	"net/http":                     "registry/remote/refusal, registry/remote/network, registry/remote, internal/run, internal/output",
	"os/exec":                      "auth",
	"os/signal":                    "cmd/manifest-tool, internal/cli",
	"github.com/google/go-containerregistry/pkg/v1/remote/transport": "registry/remote",
}

// nowhere are packages that we do not use outside of tests: see CONTRIBUTING.md, "Building blocks".
var nowhere = []string{
	"github.com/google/go-containerregistry/pkg/v1/remote",
	"github.com/google/go-containerregistry/pkg/v1/layout",
	"github.com/google/go-containerregistry/pkg/v1/tarball",
	"github.com/google/go-containerregistry/pkg/v1/mutate",
	"github.com/google/go-containerregistry/pkg/crane",
	"github.com/santhosh-tekuri/jsonschema/v6",
	"github.com/containerd/platforms",
}

func TestImports(t *testing.T) {
	rooms := productPackages(t)
	for room := range mayImport {
		if _, ok := rooms[room]; !ok {
			t.Errorf("%s is not there: is this list still right?", room)
		}
	}
	for room, imports := range rooms {
		for _, path := range imports {
			if ours, ok := strings.CutPrefix(path, module); ok && !slices.Contains(mayImport[room], ours) {
				t.Errorf("%s imports %s, which is not for it", room, ours)
			}
			if rooms, ok := only[path]; ok && !slices.Contains(strings.Split(rooms, ", "), room) {
				t.Errorf("%s imports %s, which is for %s", room, path, rooms)
			}
			if slices.Contains(nowhere, path) {
				t.Errorf("%s imports %s, which we do not use", room, path)
			}
		}
	}
}

// productPackages lists what goes into the program, with the imports of each package.
func productPackages(t *testing.T) map[string][]string {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	rooms := map[string][]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return rooms
		} else if err != nil {
			t.Fatal(err)
		}
		if room := strings.TrimPrefix(p.ImportPath, module); !isForTests(room) {
			rooms[room] = p.Imports
		}
	}
}

// isForTests tells whether a package is for tests only. A new package in internal counts as a part of the program
// until it is listed here.
func isForTests(room string) bool {
	switch first, _, _ := strings.Cut(room, "/"); first {
	case "examples", "integration":
		return true
	}
	if strings.HasPrefix(room, "internal/release/") || strings.HasPrefix(room, "internal/scripttest/") {
		return true
	}
	return slices.Contains([]string{"internal/house", "internal/fuzz", "internal/gotest", "internal/reference", "internal/registrytest", "internal/repositorytest", "internal/schematest", "internal/scripttest"}, room)
}
