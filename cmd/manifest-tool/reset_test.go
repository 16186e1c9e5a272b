package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// size is that of a layer: a reset has to find some bytes on their way.
const size = 200_000

// Rows of the matrix about connections that are reset after so many bytes, over sockets. The fault
// happens to the first request of its kind that is worth it, once or for ever.
func TestResets(t *testing.T) {
	image := func(arch string) registrytest.Artifact {
		return registrytest.Image{Architecture: arch, LayerSize: size}.Build()
	}
	sources := map[string]registrytest.Artifact{"src-amd64": image("amd64"), "src-arm64": image("arm64")}
	rows := []struct {
		id     string
		target bool // the fault is there, and not at the source
		kind   registrytest.Kind
		do     func(float64) func(registrytest.Scene)
	}{
		{"F01 of what is sent", true, registrytest.SendBlob, registrytest.HangUpAt},
		{"F05 of a manifest", false, registrytest.ReadTag, registrytest.Cut},
		{"F06 of a blob that is read", false, registrytest.ReadBlob, registrytest.Cut},
	}
	for _, r := range rows {
		for _, part := range []float64{0, 0.5, 1} {
			for _, times := range []int{1, 0} {
				if times == 0 && part != 0.5 && long == 0 {
					continue // it takes its seconds
				}
				t.Run(fmt.Sprintf("%s at %.5f, %d times", r.id, part, times), func(t *testing.T) {
					t.Parallel()
					resets(t, sources, r.target, r.kind, registrytest.NewFault(r.id, r.do(part)).For(times))
				})
			}
		}
	}
	whole := map[string]func(registrytest.Scene){"F02 instead of an answer": registrytest.Forget, "F02 before anything": registrytest.HangUp}
	for name, do := range whole {
		for _, kind := range []registrytest.Kind{registrytest.SendBlob, registrytest.PutChild, registrytest.PutTag, registrytest.StartUpload} {
			t.Run(name+" at "+string(kind), func(t *testing.T) {
				t.Parallel()
				resets(t, sources, true, kind, registrytest.NewFault(name, do).For(1))
			})
		}
	}
}

// resets pushes from one registry to another while connections to one of them are reset.
func resets(t *testing.T, sources map[string]registrytest.Artifact, atTarget bool, kind registrytest.Kind, f registrytest.Fault) {
	source, target := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
	for repository, a := range sources {
		source.Push(t, repository, "1", a)
	}
	at := source
	if atTarget {
		at = target
	}
	config := func(url string) bool {
		for _, a := range sources {
			for digest, blob := range a.Blobs {
				if len(blob) < size && (strings.Contains(url, digest) || strings.Contains(url, strings.ReplaceAll(digest, ":", "%3A"))) {
					return true
				}
			}
		}
		return false
	}
	var broken atomic.Value // the one place where it breaks, as breaking them all is another fault
	match := registrytest.Of(kind)
	happened := at.Inject(nil, func(r *http.Request) bool {
		if !match(r) || config(r.URL.String()) {
			return false
		}
		point := r.Method + r.URL.Path
		if kind == registrytest.SendBlob {
			point = r.URL.Query().Get("digest")
		}
		return broken.CompareAndSwap(nil, point) || broken.Load() == point
	}, 1, f)
	code, stdout, stderr := tool(t, "", nil, "push", "from-args", "--platforms", strings.Join(twoPlatforms, ","),
		"--template", source.Host()+"/src-ARCH:1", "--target", target.Host()+"/app:1.0")
	n := happened()
	_, moved := target.Tag("app", "1.0")
	switch {
	case n == 0:
		t.Error("the fault never happened")
	case f.Times > 0 && (code != output.ExitDone || target.Complete("app", "1.0") != nil):
		t.Errorf("exit %d, %v\n%s%s", code, target.Complete("app", "1.0"), stdout, stderr)
	case f.Times == 0 && (code != output.ExitUnavailable || moved || stdout != "" || !strings.Contains(stderr, "http://"+at.Host()+"/v2/")):
		t.Errorf("exit %d, moved %v\n%s%s", code, moved, stdout, stderr)
	case n > 5+idle:
		t.Errorf("tried %d times", n)
	}
}
