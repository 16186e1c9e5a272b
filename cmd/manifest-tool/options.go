package main

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// globalOptions are what every command can be told.
type globalOptions struct {
	debug, insecure, plainHTTP bool
	username, password         string
	passwordGiven              bool // by a flag, where others may see it
	passwordStdin              bool
	creds                      []string
	dockerConfig               string
	jobs                       int
	certs                      certs.Options
	// hosts to which only some of the above applies
	insecureHosts, plainHosts, realms []string
}

func globalOptionsOf(c *cli.Context) (globalOptions, error) {
	o := globalOptions{
		debug:         c.Bool(flagDebug),
		insecure:      c.Bool(flagInsecure),
		plainHTTP:     c.Bool(flagPlainHTTP),
		username:      c.String(flagUsername),
		password:      c.String(flagPassword),
		passwordGiven: c.IsSet(flagPassword),
		passwordStdin: c.Bool(flagPasswordStdin),
		creds:         c.StringSlice(flagCreds),
		dockerConfig:  c.String(flagDockerConfig),
		jobs:          c.Int(flagJobs),
		certs: certs.Options{
			CAFile: c.String(flagCAFile),
			Given:  certs.Given{CertFile: c.String(flagCertFile), KeyFile: c.String(flagKeyFile)},
		},
	}
	for flag, hosts := range map[string]*[]string{
		flagInsecureRegistry: &o.insecureHosts, flagPlainHTTPRegistry: &o.plainHosts, flagAllowRealm: &o.realms,
	} {
		var err error
		if *hosts, err = hostsOf(c, flag); err != nil {
			return o, err
		}
	}
	switch {
	case (o.certs.Given.CertFile == "") != (o.certs.Given.KeyFile == ""):
		return o, usagef("--cert-file and --key-file go together")
	case c.IsSet(flagCAFile) && o.certs.CAFile == "":
		return o, usagef("--ca-file is empty: is a variable not set?")
	case o.passwordGiven && o.passwordStdin:
		return o, usagef("--password and --password-stdin exclude each other")
	case o.username != "" && !o.passwordGiven && !o.passwordStdin:
		return o, usagef("--username needs --password-stdin or --password")
	case o.username == "" && (o.password != "" || o.passwordStdin):
		return o, usagef("a password needs --username")
	case o.jobs < 2:
		return o, usagef("--jobs %d: it takes at least 2, one to read and one to write", o.jobs)
	case c.IsSet(flagDockerConfig) && o.dockerConfig == "":
		return o, usagef("--docker-cfg is empty: it names a file or a folder")
	}
	return o, nil
}

type pushOptions struct {
	globalOptions
	spec                  spec.Options
	ignoreMissing, dryRun bool
	force, verify         bool
	strict, js, compress  bool
	allowMismatch         bool
	dropAttestations      bool
	failFast              bool
	retries               int // where a tag was moved by somebody else
	progress              string
	wait                  time.Duration
	digestFile            string
	metadataFile          string
	githubOutput          bool
	platforms, require    []v1.Platform
	pinned                bool // the tags of the images have to hold what stands beside them
}

// plan is what decides about the plan.
func (o pushOptions) plan() plan.Options {
	return plan.Options{
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

func pushOptionsOf(c *cli.Context) (pushOptions, error) {
	global, err := globalOptionsOf(c)
	if err != nil {
		return pushOptions{}, err
	}
	o := pushOptions{
		globalOptions: global,
		spec: spec.Options{
			Strict:               c.Bool(flagStrict),
			AllowUnknownPlatform: c.Bool(flagAllowUnknown),
			ByDigest:             c.Bool(flagByDigest),
			KeepMissing:          c.Bool(flagKeepMissing),
			PlatformTags:         c.String(flagPlatformTags),
			ArchNames:            words(c.StringSlice(flagArchNames)),
		},
		ignoreMissing: c.Bool(flagIgnoreMissing),
		dryRun:        c.Bool(flagDryRun),
		force:         c.Bool(flagForce),
		verify:        c.Bool(flagVerify),
		failFast:      c.Bool(flagFailFast),
		strict:        c.Bool(flagStrict),
		allowMismatch: c.Bool(flagAllowMismatch),
		compress:      c.IsSet(flagCompress),
		progress:      c.String(flagProgress),
		wait:          c.Duration(flagWait),
		digestFile:    c.String(flagDigestFile),
		metadataFile:  c.String(flagMetadataFile),
		githubOutput:  c.Bool(flagGitHubOutput),
	}
	if !slices.Contains([]string{"auto", "plain", "none"}, o.progress) {
		return o, usagef("--progress %q: it is auto, plain or none", o.progress)
	}
	if c.IsSet(flagWait) && o.wait <= 0 {
		return o, usagef("--wait %s: it takes some time, like 90s or 10m", o.wait)
	}
	if c.IsSet(flagArchNames) && len(o.spec.ArchNames) == 0 {
		return o, emptyList(flagArchNames)
	}
	if c.IsSet(flagPlatformTags) && o.spec.PlatformTags == "" {
		return o, usagef("--platform-tags is empty: is a variable not set?")
	}
	if how := c.String(flagCompress); o.compress && how != "gzip" {
		return o, usagef("--compress %q: the only way is gzip", how)
	}
	if o.spec.KeepMissing && o.spec.ByDigest {
		return o, usagef("--keep-missing looks at what a tag holds, and --by-digest names none")
	}
	if o.require, err = platformsOf(c, flagRequire); err != nil {
		return o, err
	}
	if c.IsSet(flagType) {
		if o.spec.Type, err = spec.ParseType(c.String(flagType)); err != nil {
			return o, usageError{"--" + err.Error()}
		}
	}
	if o.spec.Annotations, err = spec.ParseAnnotations(c.StringSlice(flagAnnotation), c.StringSlice(flagAnnotations)); err != nil {
		return o, usageError{err.Error()}
	}
	for _, a := range o.spec.Annotations.Images {
		if err := spec.CheckPlatform(a.Platform); err != nil && !o.spec.AllowUnknownPlatform {
			return o, usagef("annotation %q: %v", a.Key, err)
		}
	}
	switch what := c.String(flagAttestations); {
	case what == "keep", !hasFlag(c, flagAttestations):
	case what == "drop":
		o.dropAttestations = true
	default:
		return o, usagef("--attestations %q: it is keep or drop", what)
	}
	o.js, err = isJSON(c)
	return o, err
}

func isJSON(c *cli.Context) (bool, error) {
	switch format := c.String(flagOutput); format {
	case "text":
		return false, nil
	case "json":
		return true, nil
	default:
		return false, usagef("--output %q: the formats are text and json", format)
	}
}

// hasFlag tells whether a command has a flag.
func hasFlag(c *cli.Context, name string) bool {
	return slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return f.Names()[0] == name })
}

// platformsOf gives the platforms that a flag lists, if it is there.
func platformsOf(c *cli.Context, flag string) ([]v1.Platform, error) {
	list := words(c.StringSlice(flag))
	if c.IsSet(flag) && len(list) == 0 {
		return nil, emptyList(flag)
	}
	var platforms []v1.Platform
	for _, word := range list {
		platform, err := spec.ParsePlatform(word)
		if platform = spec.Normalise(platform); err == nil && !c.Bool(flagAllowUnknown) {
			err = spec.CheckPlatform(platform)
		}
		if err != nil {
			return nil, usagef("--%s: %v", flag, err)
		}
		platforms = append(platforms, platform)
	}
	return platforms, nil
}

// hostsOf gives the hosts that a flag lists, each as a registry is called.
func hostsOf(c *cli.Context, flag string) ([]string, error) {
	var hosts []string
	for _, word := range words(c.StringSlice(flag)) {
		host, err := name.NewRegistry(word, name.StrictValidation)
		if err != nil {
			return nil, usagef("--%s %q: it is the name of a host, like registry.example:5000", flag, word)
		}
		hosts = append(hosts, host.RegistryStr())
	}
	if c.IsSet(flag) && hosts == nil {
		return nil, emptyList(flag)
	}
	return hosts, nil
}

func emptyList(flag string) error { return usagef("--%s is empty: is a variable not set?", flag) }

func argsOf(c *cli.Context) (spec.Args, error) {
	var missing []string
	for _, name := range []string{flagPlatforms, flagTemplate, flagTarget} {
		if !c.IsSet(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) > 0 {
		return spec.Args{}, usagef("from-args needs %s", strings.Join(missing, ", "))
	}
	for _, name := range []string{flagPlatforms, flagTags} {
		if c.IsSet(name) && len(words(c.StringSlice(name))) == 0 {
			return spec.Args{}, emptyList(name)
		}
	}
	return spec.Args{
		Platforms: words(c.StringSlice(flagPlatforms)),
		Template:  c.String(flagTemplate),
		Target:    c.String(flagTarget),
		Tags:      words(c.StringSlice(flagTags)),
	}, nil
}

// digestsOf gives what the flags of from-digests say. The inputs are opened later.
func digestsOf(c *cli.Context) (spec.Digests, error) {
	for _, name := range []string{flagTarget, flagTags} {
		if c.IsSet(name) && len(words(c.StringSlice(name))) == 0 {
			return spec.Digests{}, emptyList(name)
		}
	}
	for _, name := range []string{flagRepo, flagTagsJSON} {
		if c.IsSet(name) && c.String(name) == "" {
			return spec.Digests{}, emptyList(name)
		}
	}
	return spec.Digests{
		Repository: c.String(flagRepo),
		Targets:    words(c.StringSlice(flagTarget)),
		Tags:       words(c.StringSlice(flagTags)),
	}, nil
}

// words splits lists at commas. Blanks around words, and words that are empty, do not count.
func words(lists []string) []string {
	var all []string
	for _, list := range lists {
		for word := range strings.SplitSeq(list, ",") {
			if word = strings.TrimSpace(word); word != "" {
				all = append(all, word)
			}
		}
	}
	return all
}

type inspectOptions struct {
	globalOptions
	format      string // text, json or raw
	platform    string
	config      bool
	raw, expand bool // the JSON of v2
	draft       bool
	drafts      string
	asDocker    bool // JSON, as docker manifest inspect prints it
}

// isPlain is whether what is shown is for people.
func (o inspectOptions) isPlain() bool { return o.format == "text" && !o.raw && o.platform == "" }

func inspectOptionsOf(c *cli.Context) (inspectOptions, error) {
	global, err := globalOptionsOf(c)
	o := inspectOptions{
		globalOptions: global,
		format:        c.String(flagFormat),
		platform:      c.String(flagPlatform),
		config:        c.Bool(flagConfig),
		raw:           c.Bool(flagRaw),
		expand:        c.Bool(flagExpand),
		draft:         c.Bool(flagDraft),
	}
	if err == nil {
		o.drafts, err = draftsOf(c)
	}
	switch {
	case err != nil:
	case o.raw && c.IsSet(flagFormat):
		err = usagef("--raw and --format exclude each other: --format raw is the registry's bytes, --raw the JSON of manifest-tool v2")
	case o.expand && !o.raw:
		err = usagef("--expand-config goes with --raw; --config with --format json")
	case o.format != "text" && o.format != "json" && o.format != "raw":
		err = usagef("--format %q: the formats are text, json and raw", o.format)
	case o.draft && !o.isPlain() && (o.format != "raw" || o.platform != ""):
		err = usagef("--draft shows what a draft holds, or with --format raw its file")
	case o.config && o.format != "json":
		err = usagef("--config goes with --format json")
	}
	return o, err
}
