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

// mayImport is who may import whom. A package that is not here may import nothing of ours; what is
// for tests only (internal, examples, integration) may import everything.
var mayImport = map[string][]string{
	"cmd/manifest-tool": {"registry/remote", "registry/layout", "registry/archive", "registry/plan", "registry/resolve", "registry/push", "registry", "spec", "spec/drone", "auth", "certs"},
	"registry/remote":   {"registry"},
	"registry/layout":   {"registry", "spec"},
	"registry/archive":  {"registry/layout", "registry", "spec"},
	"registry/push":     {"registry/plan", "registry/index", "registry", "spec", "internal/parallel"},
	"registry/resolve":  {"registry/plan", "registry/index", "registry", "spec", "internal/parallel"},
	"registry/plan":     {"registry/index", "registry", "spec"},
	"registry/index":    {"registry", "spec"},
	"registry":          {"spec"},
}

// only are packages from elsewhere that have one room.
var only = map[string]string{
	"github.com/sirupsen/logrus": "cmd/manifest-tool",
	"github.com/urfave/cli/v2":   "cmd/manifest-tool",
	"golang.org/x/term":          "cmd/manifest-tool",
	"gopkg.in/yaml.v3":           "spec",
	"github.com/xrash/smetrics":  "spec",
	"github.com/gofrs/flock":     "registry/layout, cmd/manifest-tool",
	"net/http":                   "registry/remote, cmd/manifest-tool",
	"os/exec":                    "auth",
	"github.com/google/go-containerregistry/pkg/v1/remote/transport": "registry/remote",
}

// nowhere are packages that we do not use outside of tests: see CONTRIBUTING.md, "Building blocks".
var nowhere = []string{
	"github.com/google/go-containerregistry/pkg/v1/remote",
	"github.com/google/go-containerregistry/pkg/v1/layout",
	"github.com/google/go-containerregistry/pkg/v1/tarball",
	"github.com/google/go-containerregistry/pkg/v1/mutate",
	"github.com/google/go-containerregistry/pkg/crane",
}

func TestImports(t *testing.T) {
	rooms := productPackages(t)
	for _, room := range []string{"cmd/manifest-tool", "spec", "spec/drone", "auth", "certs", "registry", "registry/index", "registry/plan", "registry/resolve", "registry/push", "registry/remote", "registry/layout", "registry/archive", "internal/parallel"} {
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
		room := strings.TrimPrefix(p.ImportPath, module)
		switch first, _, _ := strings.Cut(room, "/"); first {
		case "examples", "integration":
			continue
		case "internal":
			if room != "internal/parallel" {
				continue
			}
		}
		rooms[room] = p.Imports
	}
}
