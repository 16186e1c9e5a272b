package run

import (
	"cmp"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// An Env is what the program uses of its environment.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // NAME=value
	Etc            string   // the folder of system settings; /etc if empty
	// Transport sends the requests. Nil is the network.
	Transport http.RoundTripper
	// Backoff is the longest first pause before a request is tried again; zero is a second.
	Backoff time.Duration
	// Version and Commit name a release. If they are empty, the Go build information counts.
	Version, Commit string
}

// Lookup returns a variable of the environment.
func (e Env) Lookup(name string) (string, bool) {
	return lookup(e.Environ, name, runtime.GOOS == "windows")
}

// lookup finds a variable. On Windows, names of variables have no case: LocalAppData is LOCALAPPDATA.
func lookup(environ []string, name string, ignoreCase bool) (string, bool) {
	for _, variable := range environ {
		found, value, _ := strings.Cut(variable, "=")
		if found == name || ignoreCase && strings.EqualFold(found, name) {
			return value, true
		}
	}
	return "", false
}

// Getenv returns a variable of the environment, or an empty string.
func (e Env) Getenv(name string) string {
	value, _ := e.Lookup(name)
	return value
}

// Release is the version of this build: that of the release, or else what Go knows of it.
func (e Env) Release() string {
	info, _ := debug.ReadBuildInfo()
	return cmp.Or(e.Version, info.Main.Version, "devel")
}
