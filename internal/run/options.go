package run

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// GlobalOptions are the options of all commands.
type GlobalOptions struct {
	Debug, Insecure, PlainHTTP bool
	Username, Password         string
	PasswordGiven              bool // by a flag, which others can see
	PasswordStdin              bool
	Creds                      []string
	DockerConfig               string
	Jobs                       int
	CAFile, CertFile, KeyFile  string
	// hosts to which insecure, plainHTTP or trust in token servers is limited
	InsecureHosts, PlainHosts, Realms []string
}

// PushOptions are the options of all commands that write.
type PushOptions struct {
	GlobalOptions
	Spec                  spec.Options
	IgnoreMissing, DryRun bool
	Force, Verify         bool
	Strict, Compress      bool
	AllowMismatch         bool
	AllowSame             bool // several images for one platform
	Referrers             bool // bring the referrers of the images, too
	DropAttestations      bool
	FailFast              bool
	AsJSON                bool
	Lines                 bool // a line of JSON for each of many images
	Shard, Resume         string
	Quiet                 bool // print warnings and errors only
	Retries               int  // if another client moves the tag
	Progress              string
	Wait                  time.Duration
	Files                 output.FileOptions
	Platforms, Require    []v1.Platform
	namesDigests          bool // print the digests that the tags of the sources hold
	brief                 bool // see plan.Options
	known                 map[spec.Place]map[string]bool
	source                *v1.Descriptor
	pinned                bool // the tags of the sources have to hold the digests beside them
}

// planOptions are the options that a plan depends on.
func (o PushOptions) planOptions() plan.Options {
	return plan.Options{
		IgnoreMissing:     o.IgnoreMissing,
		Force:             o.Force,
		Strict:            o.Strict,
		AllowMismatch:     o.AllowMismatch,
		AllowSamePlatform: o.AllowSame,
		Platforms:         o.Platforms,
		DropAttestations:  o.DropAttestations,
		Require:           o.Require,
		FailFast:          o.FailFast,
		Brief:             o.brief,
		Known:             o.known,
		Source:            o.source,
	}
}

// CopyOptions are the options of Copy and CopyAll.
type CopyOptions struct {
	PushOptions
	TagFilter string
}

// CreateOptions are the options of Create.
type CreateOptions struct {
	PushOptions
	Amend, Push  bool
	Drafts, File string
}

// DraftPushOptions are the options of PushDraft.
type DraftPushOptions struct {
	PushOptions
	Purge, Refresh bool
	Drafts         string
}

// AnnotateOptions are the options of Annotate.
type AnnotateOptions struct {
	Drafts      string
	Platform    v1.Platform
	Empty       []string // fields of the platform that are empty on purpose
	Annotations map[string]string
	Notes       []string // warnings about the options
}

// InspectOptions are the options of Inspect.
type InspectOptions struct {
	GlobalOptions
	Format      string // text, json or raw
	Platform    string
	Config      bool
	Raw, Expand bool // the JSON of manifest-tool v2
	Draft       bool
	Drafts      string
	AsDocker    bool   // JSON, as docker manifest inspect prints it
	Verbose     bool   // with AsDocker: as docker manifest inspect --verbose prints it
	Member      string // with AsDocker: one image of the draft
}

// IsPlain reports whether the result is the whole text for people.
func (o InspectOptions) IsPlain() bool { return o.Format == "text" && !o.Raw && o.Platform == "" }
