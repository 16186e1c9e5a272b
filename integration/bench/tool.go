package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A tool makes command lines. A job that it cannot do has none.
type tool struct {
	name    string   // in -tools
	title   string   // in tables
	program string   // path, or name of what is installed
	version []string // arguments that make it say its version
	build   string   // module below integration/tools; else it is installed, or ours
	push    func(t tool, j job) ([][]string, error)
	inspect func(t tool, j job) ([][]string, error)
	many    func(t tool, j job) ([][]string, error) // pushes many images
	copyAll func(t tool, j job) ([][]string, error) // copies all tags of a repository
}

// ours is the name of what is measured beside the others.
const ours = "ours"

// all tools, in the order of the tables. The versions are those of integration/tools.
func all(program string) []tool {
	return []tool{
		{name: ours, title: "**manifest-tool**", program: program, version: []string{"--version"}, push: pushOurs, inspect: inspectOurs, many: manyOurs, copyAll: copyAllOurs},
		{name: "manifest-tool-v2", title: "manifest-tool v2.2.2", build: "manifest-tool-v2", version: []string{"--version"}, push: pushV2, inspect: inspectV2, many: loop},
		{name: "crane", title: "crane v0.22.1", build: "crane", version: []string{"version"}, push: pushCrane, inspect: inspectCrane, many: loop, copyAll: copyAllCrane},
		{name: "regctl", title: "regctl v0.11.7", build: "regctl", version: []string{"version"}, push: pushRegctl, inspect: inspectRegctl, many: loop, copyAll: copyAllRegctl},
		{name: "regsync", title: "regsync v0.11.7", build: "regsync", version: []string{"version"}, copyAll: copyAllRegsync},
		{name: "oras", title: "oras v1.3.3", build: "oras", version: []string{"version"}, push: pushOras, inspect: inspectOras, many: loop},
		{name: "docker", title: "docker manifest", program: "docker", version: []string{"--version"}, push: pushDocker, inspect: inspectDocker},
		{name: "buildx", title: "buildx imagetools", program: "docker-buildx", version: []string{"version"}, push: pushBuildx, inspect: inspectBuildx},
		{name: "podman", title: "podman manifest", program: "podman", version: []string{"--version"}, push: pushPodman},
	}
}

// ready builds the tool, or finds it, and asks it for a sign of life.
func (t tool) ready(bin string) (tool, error) {
	var err error
	if t.build != "" {
		t.program, err = buildTool(bin, t.build)
	} else {
		t.program, err = lookUp(t.program)
	}
	if err != nil {
		return t, err
	}
	cmd := exec.Command(t.program, t.version...)
	out, err := cmd.Output()
	if err != nil {
		return t, fmt.Errorf("%s: %w", cmd, err)
	}
	if t.build == "" && t.name != ours {
		t.title += installedVersion(string(out))
	}
	return t, nil
}

// plugins are where docker looks for its own. They work without it.
var plugins = []string{
	"/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
	"/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
}

func lookUp(program string) (string, error) {
	path, err := exec.LookPath(program)
	if home, ok := os.LookupEnv("HOME"); ok && err != nil && program == "docker-buildx" {
		for _, dir := range append(plugins, filepath.Join(home, ".docker", "cli-plugins")) {
			if found, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
				return found, nil
			}
		}
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// installedVersion finds the first word that looks like a version.
func installedVersion(text string) string {
	for _, word := range strings.Fields(text) {
		word = strings.Trim(strings.TrimPrefix(word, "v"), ",")
		if word != "" && word[0] >= '0' && word[0] <= '9' {
			return " " + word
		}
	}
	return ""
}

// line is a command line of the tool. Arguments are strings and lists of them.
func (t tool) line(args ...any) []string {
	line := []string{t.program}
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			line = append(line, arg)
		case []string:
			line = append(line, arg...)
		}
	}
	return line
}

// each puts a flag before each value.
func each(flag string, values []string) []string {
	var args []string
	for _, v := range values {
		args = append(args, flag, v)
	}
	return args
}

// when is for a flag that not every job needs.
func when(needed bool, args ...string) []string {
	if needed {
		return args
	}
	return nil
}
