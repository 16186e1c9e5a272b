//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

// Differences have colours on a terminal, unless NO_COLOR or TERM says otherwise.
func TestDiffColours(t *testing.T) {
	const fixtures = "../../registry/archive/testdata/"
	for _, test := range []struct {
		name    string
		env     []string
		colours bool
	}{
		{"a terminal", nil, true},
		{"NO_COLOR", []string{"NO_COLOR=1"}, false},
		{"TERM=dumb", []string{"TERM=dumb"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startOnTerminal(t, 80, test.env, "diff", "oci-archive:"+fixtures+"amd64-provenance.oci.tar", "oci-archive:"+fixtures+"three-platforms.oci.tar")
			code, text := s.wait(t)
			if code != output.ExitFailure || !strings.Contains(text, "+ linux/arm64") {
				t.Fatalf("exit %d\n%s", code, text)
			}
			if got := strings.Contains(text, "\x1b[32m+ linux/arm64"); got != test.colours {
				t.Errorf("it has colours: %v\n%q", got, text)
			}
			if strings.Contains(text, "\x1b") != test.colours {
				t.Errorf("escape sequences:\n%q", text)
			}
		})
	}
}
