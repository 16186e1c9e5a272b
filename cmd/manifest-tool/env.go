package main

import (
	"cmp"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
)

// An Env is what the program uses of its environment.
type Env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // NAME=value
	etc            string   // the folder of system settings; /etc if empty
	// transport sends the requests. Nil is the network.
	transport http.RoundTripper
	// version and commit name a release. If they are empty, the Go build information counts.
	version, commit string
}

// lookup returns a variable of the environment.
func (e Env) lookup(name string) (string, bool) {
	for _, variable := range e.environ {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

func (e Env) getenv(name string) string {
	value, _ := e.lookup(name)
	return value
}

// release is the version of this build: that of the release, or else what Go knows of it.
func (e Env) release() string {
	info, _ := debug.ReadBuildInfo()
	return cmp.Or(e.version, info.Main.Version, "devel")
}
