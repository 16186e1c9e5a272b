package scripttest

import (
	"flag"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

var commands = map[string]func(*testscript.TestScript, bool, []string){
	"image":    image,
	"shape":    shape,
	"entries":  entries,
	"complete": complete,
	"expand":   expand,
	"fetch":    fetch,
	"writes":   writes,
	"refer":    refer,
	"sign":     sign,
	"about":    about,

	"succeeded": succeeded,
}

// image [-docker] [-osversion V] [-layers N] [-size BYTES] [-seed WORD] [-label KEY=VALUE] [-env K=V,...] [-attested] [-config PLATFORM] [-set VAR] NAME PLATFORM...
//
// makes an image, or an index of several, and pushes it to a registry, or into oci-layout:DIR[:TAG] or
// oci-archive:FILE[:TAG].
// -attested wraps it as BuildKit does, -config lets the config name another platform, -set sets a
// variable to the digest.
func image(ts *testscript.TestScript, neg bool, args []string) {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	docker := flags.Bool("docker", false, "")
	version := flags.String("osversion", "", "")
	layers := flags.Int("layers", 1, "")
	size := flags.Int("size", 0, "")
	seed := flags.String("seed", "", "")
	attested := flags.Bool("attested", false, "")
	label := flags.String("label", "", "")
	env := flags.String("env", "", "")
	set := flags.String("set", "", "")
	if err := flags.Parse(args); err != nil || neg || flags.NArg() < 2 {
		ts.Fatalf("usage: image [flags] NAME PLATFORM...")
	}
	var labels map[string]string
	if key, value, ok := strings.Cut(*label, "="); ok {
		labels = map[string]string{key: value}
	}
	var variables []string
	if *env != "" {
		variables = strings.Split(*env, ",")
	}
	var images []registrytest.Artifact
	for _, platform := range flags.Args()[1:] {
		words := append(strings.Split(platform, "/"), "", "")
		images = append(images, registrytest.Image{
			OS: words[0], Architecture: words[1], Variant: words[2], OSVersion: *version,
			Docker: *docker, Layers: *layers, LayerSize: *size, Seed: *seed, Labels: labels, Env: variables,
		}.Build())
	}
	result := images[0]
	switch {
	case *attested:
		result = registrytest.Attested(result)
	case len(images) > 1:
		result = registrytest.Index(*docker, images...)
	}
	if *set != "" {
		ts.Setenv(*set, result.Digest)
	}
	name := flags.Arg(0)
	if dir, ok := strings.CutPrefix(name, "oci-layout:"); ok {
		dir, tag, _ := strings.Cut(dir, ":")
		ts.Check(result.WriteLayout(ts.MkAbs(dir), tag))
		return
	}
	if file, ok := strings.CutPrefix(name, "oci-archive:"); ok {
		file, tag, _ := strings.Cut(file, ":")
		ts.Check(result.WriteArchive(ts.MkAbs(file), tag))
		return
	}
	host, repository, tag := split(ts, name)
	ts.Check(result.Push("http://"+host, repository, tag))
}

// expand FILE... replaces the script's variables in files; $$ is a dollar.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), func(key string) string {
			if key == "$" {
				return key
			}
			return ts.Getenv(key)
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o666))
	}
}

// complete NAME checks, by requests of its own, that everything behind a name is there.
func complete(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: complete NAME")
	}
	_, err := Walk(args[0])
	if neg != (err != nil) {
		ts.Fatalf("complete %s: %v", args[0], err)
	}
}

// fetch NAME FILE writes the exact bytes behind a name into a file.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: fetch NAME FILE")
	}
	raw, err := get(args[0])
	if neg != (err != nil) {
		ts.Fatalf("fetch %s: %v", args[0], err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), raw, 0o666))
}

// refer [-set VAR] NAME TEXT pushes an artifact that refers to what is behind a name.
func refer(ts *testscript.TestScript, neg bool, args []string) {
	variable := ""
	if len(args) == 4 && args[0] == "-set" {
		variable, args = args[1], args[2:]
	}
	if neg || len(args) != 2 {
		ts.Fatalf("usage: refer [-set VAR] NAME TEXT")
	}
	subject, err := describe(args[0])
	ts.Check(err)
	artifact := registrytest.Refer(subject, "application/vnd.example.about", args[1])
	if variable != "" {
		ts.Setenv(variable, artifact.Digest)
	}
	host, repository, _ := cut(args[0])
	ts.Check(artifact.PushReferrer("http://"+host, repository, subject.Digest.String()))
}

// sign NAME SUFFIX TEXT... puts beside what is behind a name what cosign does: under the tag
// sha256-….SUFFIX, with a signature for each text.
func sign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: sign NAME SUFFIX TEXT...")
	}
	subject, err := describe(args[0])
	ts.Check(err)
	host, repository, _ := cut(args[0])
	tag := strings.Replace(subject.Digest.String(), ":", "-", 1) + "." + args[1]
	ts.Check(registrytest.Signature(args[2:]...).Push("http://"+host, repository, tag))
}

// about NAME FILE writes a line for everything into a file that is about what is behind a name.
func about(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: about NAME FILE")
	}
	subject, err := describe(args[0])
	ts.Check(err)
	host, repository, _ := cut(args[0])
	lines, err := walker.About(host, repository, subject.Digest.String())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(append(lines, ""), "\n")), 0o666))
}

// writes N checks how many requests since the last time were to change something, where the
// registry counts them. With N = -1 it only starts anew.
func writes(ts *testscript.TestScript, neg bool, args []string) {
	registry := registryOf(ts)
	if len(args) != 1 || neg {
		ts.Fatalf("usage: writes N")
	}
	if registry.Log == nil {
		return
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	for _, method := range registry.Log() {
		if method != "GET" && method != "HEAD" {
			got++
		}
	}
	if want >= 0 && got != want {
		ts.Fatalf("%d requests were to change something, not %d", got, want)
	}
}

// split takes apart HOST/REPOSITORY:TAG.
func split(ts *testscript.TestScript, name string) (host, repository, tag string) {
	host, rest, ok := strings.Cut(name, "/")
	repository, tag, tagged := strings.Cut(rest, ":")
	if !ok || !tagged {
		ts.Fatalf("%s: expected HOST/REPOSITORY:TAG", name)
	}
	return host, repository, tag
}
