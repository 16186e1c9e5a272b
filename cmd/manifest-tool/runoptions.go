package main

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// globalOptions are the options of all commands.
type globalOptions struct {
	debug, insecure, plainHTTP bool
	username, password         string
	passwordGiven              bool // by a flag, which others can see
	passwordStdin              bool
	creds                      []string
	dockerConfig               string
	jobs                       int
	certs                      certs.Options
	// hosts to which insecure, plainHTTP or trust in token servers is limited
	insecureHosts, plainHosts, realms []string
}

// pushOptions are the options of all commands that write.
type pushOptions struct {
	globalOptions
	spec                  spec.Options
	ignoreMissing, dryRun bool
	force, verify         bool
	strict, compress      bool
	allowMismatch         bool
	dropAttestations      bool
	failFast              bool
	asJSON                bool
	retries               int // if another client moves the tag
	progress              string
	wait                  time.Duration
	files                 fileOptions
	platforms, require    []v1.Platform
	pinned                bool // the tags of the sources have to hold the digests beside them
}

// planOptions are the options that a plan depends on.
func (o pushOptions) planOptions() registry.PlanOptions {
	return registry.PlanOptions{
		IgnoreMissing:    o.ignoreMissing,
		Force:            o.force,
		Strict:           o.strict,
		AllowMismatch:    o.allowMismatch,
		Platforms:        o.platforms,
		DropAttestations: o.dropAttestations,
		Require:          o.require,
		FailFast:         o.failFast,
	}
}

type copyOptions struct {
	pushOptions
	referrers bool
	tagFilter string
}

type createOptions struct {
	pushOptions
	amend, push  bool
	drafts, file string
}

type draftPushOptions struct {
	pushOptions
	purge, refresh bool
	drafts         string
}

type annotateOptions struct {
	drafts      string
	platform    v1.Platform
	annotations map[string]string
	notes       []string // warnings about the options
}

type inspectOptions struct {
	globalOptions
	format      string // text, json or raw
	platform    string
	config      bool
	raw, expand bool // the JSON of manifest-tool v2
	draft       bool
	drafts      string
	asDocker    bool // JSON, as docker manifest inspect prints it
}

// isPlain tells whether the result is text for people about all that the name has.
func (o inspectOptions) isPlain() bool { return o.format == "text" && !o.raw && o.platform == "" }
