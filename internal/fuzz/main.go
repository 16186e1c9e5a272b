// Command fuzz runs every fuzz target of the module, one after the other, because go test runs one at a time. An input
// that fails is left in testdata/fuzz beside its test, where go test finds it from then on. The inputs that reach new code
// are kept in a folder, and the next run begins with them. $GO is the go command.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	each := flag.String("time", "1m", "how long each target runs, as in -fuzztime of go test")
	corpus := flag.String("corpus", "dist/fuzz", "folder for the inputs that reach new code")
	only := flag.String("run", "", "run only the targets whose name matches this regular expression")
	flag.Parse()
	r := runner{program: cmp.Or(os.Getenv("GO"), "go"), out: os.Stdout, time: *each, corpus: *corpus}
	if err := r.run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

type runner struct {
	program      string
	out          io.Writer
	time, corpus string
}

// A target is a fuzz target in a package.
type target struct{ pkg, name string }

// run runs the targets whose names match. It goes on after a target that fails, and returns an error that names all of these.
func (r runner) run(only string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	targets, err := r.targets()
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range targets {
		if !match.MatchString(t.name) {
			continue
		}
		if err := r.fuzz(t); err != nil {
			failed = append(failed, fmt.Errorf("%s of %s: %w", t.name, t.pkg, err))
		}
	}
	return errors.Join(failed...)
}

func (r runner) fuzz(t target) error {
	corpus, err := filepath.Abs(filepath.Join(r.corpus, t.pkg))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(corpus, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "%s %s\n", t.pkg, t.name)
	cmd := exec.Command(r.program, "test", t.pkg, "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+r.time, "-args", "-test.fuzzcachedir="+corpus)
	var out bytes.Buffer
	cmd.Stdout = io.MultiWriter(r.out, &out)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil && !isEndOfTime(out.Bytes()) {
		return err
	}
	return nil
}

// isEndOfTime reports whether the only failure is that -fuzztime is over. Before Go 1.27, now and then a target fails so
// (https://go.dev/issue/75804).
func isEndOfTime(out []byte) bool { return endOfTime.Match(out) }

var endOfTime = regexp.MustCompile(`(?m)^--- FAIL: \S+ \(\S+\)\n    context deadline exceeded\nFAIL\n`)

// targets lists the fuzz targets of the module in the order of their packages.
func (r runner) targets() (targets []target, err error) {
	list := exec.Command(r.program, "list", "-f", "{{.ImportPath}}\t{{.Dir}}", "./...")
	list.Stderr = os.Stderr
	packages, err := list.Output()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(packages)) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		names, err := targetsIn(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			targets = append(targets, target{pkg, name})
		}
	}
	return targets, nil
}

var declaration = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`)

// targetsIn lists the fuzz targets in the test files of a folder.
func targetsIn(dir string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range declaration.FindAllSubmatch(source, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names, nil
}
