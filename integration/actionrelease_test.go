package integration

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// runnerOS is what GitHub calls this system. The script is for a shell, so tests of it do not run on Windows.
var runnerOS = map[string]string{"linux": "Linux", "darwin": "macOS"}[runtime.GOOS]

// assetName is the file of a release with the program for this machine.
var assetName = "manifest-tool-" + runtime.GOOS + "-" + runtime.GOARCH

// A release is a folder that a server of files shows as GitHub shows the releases of a project: the latest release and
// v9.8.7, which are the same.
type release struct {
	URL, Dir string
}

// publishProgram makes a release of the built program, with SHA256SUMS as sha256sum writes it.
func publishProgram(t testing.TB) release {
	t.Helper()
	if runnerOS == "" {
		t.Skip("the scripts of the action are tested on Linux and macOS")
	}
	program, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	r := release{Dir: t.TempDir()}
	r.put(t, assetName, string(program))
	r.put(t, "SHA256SUMS", strings.Join([]string{
		strings.Repeat("0", 64) + "  manifest-tool-plan9-amd64",
		strings.TrimPrefix(digest(program), "sha256:") + "  " + assetName,
		strings.Repeat("1", 64) + "  " + assetName + ".spdx.json",
	}, "\n")+"\n")
	files := http.FileServer(http.Dir(r.Dir))
	mux := http.NewServeMux()
	mux.Handle("/latest/download/", http.StripPrefix("/latest/download/", files))
	mux.Handle("/download/v9.8.7/", http.StripPrefix("/download/v9.8.7/", files))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

func (r release) put(t testing.TB, name, text string) {
	t.Helper()
	placeFile(t, filepath.Join(r.Dir, name), text)
}
