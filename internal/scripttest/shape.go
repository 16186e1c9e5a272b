package scripttest

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// shape [-set VAR] NAME SHAPE
//
// makes an index in the form that a public tool writes (registrytest.Shapes), and pushes it to a registry, or into
// oci-layout:DIR[:TAG] or oci-archive:FILE[:TAG]. -set sets VAR to its digest, VAR_1, VAR_2, … to the digests of
// its entries in order, and VAR_REFERRER_1, … to the digests of its referrers. "! shape" expects that the registry
// refuses the shape, as most do with an index whose children are absent.
func shape(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("shape", flag.ContinueOnError)
	set := flags.String("set", "", "")
	if err := flags.Parse(args); err != nil || flags.NArg() != 2 {
		ts.Fatalf("usage: shape [-set VAR] NAME SHAPE")
	}
	shapes := registrytest.Shapes()
	s, ok := shapes[flags.Arg(1)]
	if !ok {
		ts.Fatalf("no shape %q: there are %s", flags.Arg(1), strings.Join(slices.Sorted(maps.Keys(shapes)), ", "))
	}
	if *set != "" {
		setDigests(ts, *set, s)
	}
	err := keepShape(ts, flags.Arg(0), s)
	if neg != (err != nil) {
		ts.Fatalf("shape %s %s: %v", flags.Arg(0), flags.Arg(1), err)
	}
}

// keepShape pushes or writes a shape under the name that a script gives.
func keepShape(ts *testscript.TestScript, name string, s registrytest.Shape) error {
	kind, rest, _ := strings.Cut(name, ":")
	path, tag, _ := strings.Cut(rest, ":")
	switch kind {
	case "oci-layout":
		return s.WriteLayout(ts.MkAbs(path), tag)
	case "oci-archive":
		return s.WriteArchive(ts.MkAbs(path), tag)
	}
	host, repository, tag := split(ts, name)
	return s.Push("http://"+host, repository, tag)
}

func setDigests(ts *testscript.TestScript, variable string, s registrytest.Shape) {
	ts.Setenv(variable, s.Digest)
	index, err := v1.ParseIndexManifest(strings.NewReader(string(s.Manifest)))
	ts.Check(err)
	for n, entry := range index.Manifests {
		ts.Setenv(fmt.Sprintf("%s_%d", variable, n+1), entry.Digest.String())
	}
	for n, referrer := range s.Referrers {
		ts.Setenv(fmt.Sprintf("%s_REFERRER_%d", variable, n+1), referrer.Digest)
	}
}
