package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/remote/cachedir"
)

// build builds the program: the test binary itself takes 25 MiB.
func build(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "manifest-tool")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// A measurement is what a process took.
type measurement struct {
	took   time.Duration
	cpu    time.Duration
	peak   int // KiB
	stdout string
}

// measure runs the program that was built.
func measure(t *testing.T, path string, stdin io.Reader, args ...string) measurement {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Cmd{
		Path: path, Args: append([]string{"manifest-tool"}, args...), Stdin: stdin, Stdout: &stdout, Stderr: &stderr,
		Env: []string{"HOME=" + t.TempDir()},
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, peak := make(chan bool), make(chan int)
	go func() { peak <- watchPeak(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	m := measurement{took: time.Since(begun), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), stdout: stdout.String(), peak: <-peak}
	if err != nil {
		t.Fatalf("%v\n%.2000s", err, stderr.String())
	}
	return m
}

// watchPeak reads how much memory a process had at most, in KiB, until the process has ended. The peak that the system
// reports at the end is no use: it begins with that of the parent.
func watchPeak(pid int, ended <-chan bool) (peak int) {
	for {
		select {
		case <-ended:
			return peak
		case <-time.After(10 * time.Millisecond):
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(status)) {
			if fields := strings.Fields(line); fields[0] == "VmHWM:" {
				peak, _ = strconv.Atoi(fields[1])
			}
		}
	}
}

// thousands are the sizes of the two runs that are compared: the larger one is ten times the smaller one.
func thousands(t *testing.T, small, ofLong int) (few, many int) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak of the memory is read from /proc")
	}
	if long > 0 {
		return ofLong / 10, ofLong
	}
	return small / 10, small
}

// check compares two runs by the time of the CPU, which depends less on what else the machine does. The short test has a
// margin, because starting the program counts too.
func (many measurement) check(t *testing.T, few measurement, maxPeak int) {
	t.Helper()
	ratio := many.cpu.Seconds() / few.cpu.Seconds()
	t.Logf("%.2f s and %.2f s, of the CPU %.2f s and %.2f s (%.1f times), peak %.1f and %.1f MiB",
		few.took.Seconds(), many.took.Seconds(), few.cpu.Seconds(), many.cpu.Seconds(), ratio, float64(few.peak)/1024, float64(many.peak)/1024)
	limit := 11.0
	if long == 0 {
		limit = 15
	}
	if ratio > limit {
		t.Errorf("ten times the work takes %.1f times the time, allowed is %.0f", ratio, limit)
	}
	if many.peak > maxPeak {
		t.Errorf("the peak is %d KiB, allowed are %d", many.peak, maxPeak)
	}
}

const (
	// maxPeak is the most memory that a process may take, in KiB.
	maxPeak = 64 << 10
	// maxGrowth is how much more a run over 10 000 copies may take than one over 1 000: 8 MiB of manifests that the run
	// keeps, and less than a KiB for each copy, both with the share of the garbage collector.
	maxGrowth = 24 << 10
)

// S10: 30 000 specs with digests, of which nothing has changed, cost a HEAD for each.
func TestThousandsOfSpecs(t *testing.T) {
	few, many := thousands(t, 3000, 30_000)
	b, dir, program := newBulkRegistry(t), t.TempDir(), build(t)
	unchanged := func(n int) measurement {
		var specs strings.Builder
		cacheDir := filepath.Join(dir, fmt.Sprint("cache", n))
		cache := cachedir.New(cacheDir)
		for i := range n {
			repository, tag := fmt.Sprint("app", i%10), fmt.Sprintf("%d-%d", n, i)
			fmt.Fprintf(&specs, "---\nimage: %s/%s:%s\nmanifests:\n", b.host(), repository, tag)
			for k, digest := range b.addIndex(cache, repository, tag) {
				fmt.Fprintf(&specs, "- image: %s/%s@%s\n", b.host(), []string{"amd64", "arm64"}[k], digest)
			}
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", n))
		if err := os.WriteFile(file, []byte(specs.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		b.calm()
		m := measure(t, program, nil, "push", "from-spec", "--quiet", "--cache", cacheDir, file)
		if want := map[string]int{"HEAD manifests": n}; !maps.Equal(b.counts, want) {
			t.Errorf("%d specs: requests %v, want %v", n, b.counts, want)
		}
		if lines := strings.Count(m.stdout, "Digest: "); lines != n {
			t.Errorf("%d lines for %d specs", lines, n)
		}
		return m
	}
	smaller := unchanged(few)
	unchanged(many).check(t, smaller, maxPeak)
}

// S11: copies of small images, all of them new.
func TestThousandsOfCopies(t *testing.T) {
	few, many := thousands(t, 1000, 10_000)
	b, dir, program := newBulkRegistry(t), t.TempDir(), build(t)
	copies := func(n int) measurement {
		var pairs strings.Builder
		for i := range n {
			image := b.add("amd64", fmt.Sprint(n, " ", i), nil)
			fmt.Fprintf(&pairs, "%[1]s/old@%[2]s %[1]s/new:%[3]d-%[4]d\n", b.host(), image.Digest, n, i)
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.txt", n))
		if err := os.WriteFile(file, []byte(pairs.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		b.calm()
		m := measure(t, program, nil, "copy", "--quiet", "--pairs", file)
		t.Logf("%d copies: requests %v", n, b.counts)
		if puts, posts := b.counts["PUT manifests"], b.counts["POST blobs"]; puts != n || posts != 2*n {
			t.Errorf("%d copies: %d manifests and %d blobs sent", n, puts, posts)
		}
		return m
	}
	smaller := copies(few)
	copies(many).check(t, smaller, min(maxPeak, smaller.peak+maxGrowth))
}
