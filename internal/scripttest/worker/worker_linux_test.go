package worker

import (
	"reflect"
	"strings"
	"testing"
)

func TestRequest(t *testing.T) {
	for _, c := range []Command{
		{Args: []string{"manifest-tool"}, dir: "/", umask: 0o22},
		{Args: []string{"a", "", "b\n"}, Environ: []string{"A=", "B=\x01", "=C"}, dir: "/a b", umask: 0o777},
	} {
		got, err := decode(string(c.encode()[sizeBytes:]))
		if len(got.Environ) == 0 {
			got.Environ = nil
		}
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v, want %+v: %v", got, c, err)
		}
	}
	for _, text := range []string{"", "18\x00/", "x\x00/\x001\x00a", "18\x00/\x000\x00a", "18\x00/\x002\x00a", "18\x00/\x00-1\x00a"} {
		if c, err := decode(text); err == nil {
			t.Errorf("%q is %+v", text, c)
		}
	}
}

// What a process reads once, or has of its own, is no work for a worker.
func TestSuits(t *testing.T) {
	for line, want := range map[string]bool{
		"push from-args":               true,
		"push --digest-file devices/x": true,
		"push --digest-file /dev/fd/3": false,
		"push @/proc/self/fd/0":        false,
		"inspect HTTPS_PROXY=x":        false,
		"inspect no_proxy=x":           false,
		"inspect SSL_CERT_DIR=/x":      false,
		"inspect GODEBUG=x":            false,
		"inspect TZ=UTC":               false,
		"inspect HOME=/x SSL=y":        true,
	} {
		var args, environ []string
		for word := range strings.FieldsSeq(line) {
			if strings.Contains(word, "=") {
				environ = append(environ, word)
			} else {
				args = append(args, word)
			}
		}
		if got := suits(args, environ); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}
