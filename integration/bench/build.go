package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// buildTime bounds the build of one tool. A cold one of distribution takes minutes.
const buildTime = 15 * time.Minute

// buildTool builds the program of a module below integration/tools as ours is built: static and
// stripped, so that sizes and start-up can be compared. What is up to date is left.
func buildTool(bin, module string) (string, error) {
	path, err := filepath.Abs(filepath.Join(bin, module))
	if err != nil {
		return "", err
	}
	// The pattern "tool" is what the tool directives of a module name.
	return path, build(filepath.Join("integration", "tools", module), path, "tool")
}

// buildMeasurer builds what belongs to this program.
func buildMeasurer(dir string) (measurer, error) {
	path := filepath.Join(dir, "measurer")
	return measurer(path), build(".", path, "./integration/bench/cost/measurer")
}

func build(module, path, what string) error {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "-C", module, "build", "-trimpath", "-ldflags", "-s -w", "-o", path, what)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", filepath.Base(path), err, strings.TrimSpace(string(out)))
	}
	return nil
}
