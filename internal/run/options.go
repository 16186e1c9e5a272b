package run

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Rate is a number of requests in a period, and Rates are those of a registry.
type (
	Rate  = remote.Rate
	Rates = remote.Rates
)

// GlobalOptions are the options of all commands.
type GlobalOptions struct {
	Debug, Insecure, PlainHTTP bool
	Username, Password         string
	LoginFrom                  string // what Username comes from, if from no flag
	PasswordGiven              bool   // by a flag, which others can see
	PasswordStdin              bool
	Creds                      []string
	DockerConfig               string
	AuthFile                   string // of podman and skopeo
	Jobs                       int
	Rates                      map[string]Rates // by registry; "" is for all others
	CAFile, CertFile, KeyFile  string
	Cache                      string // a folder; empty for none
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
	RecordSources         bool // annotate the entries with their sources
	Referrers             bool // bring the referrers of the images, too
	Attest                bool // attach the provenance of the index
	DropAttestations      bool
	FailFast              bool
	AsJSON                bool
	Lines                 bool // a line of JSON for each of many images
	Shard, Resume         string
	Ordered               bool // with Lines
	Quiet                 bool // print warnings and errors only
	Retries               int  // if another client moves the tag
	Progress              string
	Wait                  time.Duration
	Files                 output.FileOptions
	PlanFile              string // of a dry run whose plan is the result: where it goes; - is stdout
	Platforms, Require    []v1.Platform
	namesDigests          bool                                 // print the digests that the tags of the sources hold
	brief                 bool                                 // see plan.Options
	lookup                func(variable string) (string, bool) // of templates; nil is the environment
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
		RecordSources:     o.RecordSources,
	}
}

// strictPush reports whether a push fails if it cannot list referrers.
func (o PushOptions) strictPush() bool { return o.Strict || o.Referrers }

// fileOptions are the options that a plan file keeps for apply.
func (o PushOptions) fileOptions() planfile.Options {
	return planfile.Options{Force: o.Force, Strict: o.strictPush(), Compress: o.Compress}
}

// CopyOptions are the options of Copy and CopyAll.
type CopyOptions struct {
	PushOptions
	TagFilter string
}

// VerifyOptions are the options of Verify.
type VerifyOptions struct {
	PushOptions // of specs; Strict makes warnings count
	Drafts      string
	Exact       []v1.Platform // all platforms that an image may have
	AllTags     bool
	TagFilter   string
	Deep        bool     // read every byte
	RepairFrom  []string // places that may hold what is missing
	Format      string   // text, json, junit, sarif or github
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
	Format      string           // text, json, table, tree, raw, digest, config, labels or template
	Template    *output.Template // with the format template
	Platform    string
	For         string // the platform of a node
	Digests     bool   // all digests, and with Blobs those of configs and layers
	Blobs       bool
	Referrers   bool
	Statements  bool
	Config      bool
	Raw, Expand bool // the JSON of manifest-tool v2
	Draft       bool
	Drafts      string
	AsDocker    bool   // JSON, as docker manifest inspect prints it
	Verbose     bool   // with AsDocker: as docker manifest inspect --verbose prints it
	Member      string // with AsDocker: one image of the draft
}

// IsPlain reports whether the result is the whole text for people.
func (o InspectOptions) IsPlain() bool {
	return o.Format == "text" && !o.Raw && o.Platform == "" && o.For == "" && !o.Digests && !o.Referrers && !o.Statements
}
