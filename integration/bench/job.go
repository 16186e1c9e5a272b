package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// user logs in where tokens are asked for.
const user, password = "bench", "secret"

// A job is what one tool has to do in one run.
type job struct {
	hosts   []string // of the registries
	sources []image
	target  string // HOST/REPOSITORY
	tags    []string
	index   string   // to be inspected, as HOST/REPOSITORY:TAG
	digests []string // of what is in the index

	many []job  // jobs to be done in one go, each with sources, a target and tags of its own
	from string // HOST/REPOSITORY whose tags all go to the target

	tls  bool // else plain http
	auth bool
	env  []string // beside the usual
	dir  string   // an empty folder for this run
}

// An image is a source as all tools know it.
type image struct{ ref, os, architecture string }

// repository cuts the tag off.
func repository(ref string) string { return ref[:strings.LastIndex(ref, ":")] }

func (j job) refs() []string {
	var refs []string
	for _, s := range j.sources {
		refs = append(refs, s.ref)
	}
	return refs
}

// oneRepository reports whether the sources are where the target is.
func (j job) oneRepository() bool { return repository(j.sources[0].ref) == j.target }

// spec writes jobs down for both manifest-tools, a document each.
func (j job) spec(jobs ...job) (string, error) {
	var documents []string
	for _, one := range jobs {
		documents = append(documents, one.document())
	}
	path := filepath.Join(j.dir, "spec.yaml")
	return path, os.WriteFile(path, []byte(strings.Join(documents, "---\n")), 0o600)
}

// document is the spec of a job. What it does not say, the variant, is in the configs.
func (j job) document() string {
	var text strings.Builder
	text.WriteString("image: " + j.target + ":" + j.tags[0] + "\n")
	if len(j.tags) > 1 {
		text.WriteString("tags: [" + strings.Join(j.tags[1:], ", ") + "]\n")
	}
	text.WriteString("manifests:\n")
	for _, s := range j.sources {
		text.WriteString("- image: " + s.ref + "\n  platform: {os: " + s.os + ", architecture: " + s.architecture + "}\n")
	}
	return text.String()
}

// environment gives a tool a home of its own: nothing of the user's, no cache, and the login if one is needed.
func (j job) environment() ([]string, error) {
	login := map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password))}
	auths := map[string]any{}
	var plain strings.Builder // for podman
	for _, host := range j.hosts {
		if j.auth {
			auths[host] = login
		}
		fmt.Fprintf(&plain, "[[registry]]\nlocation = %q\ninsecure = true\n", host)
	}
	config, err := json.Marshal(map[string]any{"auths": auths})
	if err != nil {
		return nil, err
	}
	registries := filepath.Join(j.dir, "registries.conf")
	err = errors.Join(
		os.WriteFile(filepath.Join(j.dir, "config.json"), config, 0o600),
		os.WriteFile(registries, []byte(plain.String()), 0o600))
	return append([]string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + j.dir,
		"TMPDIR=" + j.dir,
		"DOCKER_CONFIG=" + j.dir,
		"CONTAINERS_REGISTRIES_CONF=" + registries,
	}, j.env...), err
}
