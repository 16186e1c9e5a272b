package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const home = "https://github.com/manifest-tool/manifest-tool"

// A build is what the release says about itself.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

// readBuild reads the metadata that goreleaser writes.
func readBuild(release string) (build, error) {
	name := filepath.Join(release, "metadata.json")
	content, err := os.ReadFile(name)
	if err != nil {
		return build{}, err
	}
	var b build
	if err := json.Unmarshal(content, &b); err != nil {
		return build{}, fmt.Errorf("%s: %w", name, err)
	}
	if b.Version == "" || b.Commit == "" {
		return build{}, fmt.Errorf("%s: it has no version or no commit", name)
	}
	return b, nil
}

// sourceTime is $SOURCE_DATE_EPOCH, and otherwise the time of the commit that is checked out.
func sourceTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		out, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is not set, and the time of the commit is unknown: %w", err)
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH %q is not a number of seconds", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// labels are the labels of each image, and the annotations of each index.
func labels(b build, created time.Time) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":         "manifest-tool",
		"org.opencontainers.image.description":   "Puts container images for several architectures together into one",
		"org.opencontainers.image.url":           home,
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "/blob/main/docs/index.md",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.version":       b.Version,
		"org.opencontainers.image.revision":      b.Commit,
		"org.opencontainers.image.created":       created.Format(time.RFC3339),
	}
}
