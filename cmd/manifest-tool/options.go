package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/certs"
	"github.com/manifest-tool/manifest-tool/spec"
)

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
		files: fileOptions{
			digest:   c.String(flagDigestFile),
			metadata: c.String(flagMetadataFile),
			github:   c.Bool(flagGitHubOutput),
		},
	}
	if err := checkPushOptions(c, o); err != nil {
		return o, err
	}
	if o.require, err = platformsOf(c, flagRequire); err != nil {
		return o, err
	}
	if c.IsSet(flagType) {
		if o.spec.Type, err = spec.ParseType(c.String(flagType)); err != nil {
			return o, usageError{"--" + err.Error()}
		}
	}
	if o.spec.Annotations, err = annotationsOf(c); err != nil {
		return o, err
	}
	if o.dropAttestations, err = dropsAttestations(c); err != nil {
		return o, err
	}
	o.asJSON, err = isJSON(c)
	return o, err
}

// checkPushOptions refuses values that make no sense.
func checkPushOptions(c *cli.Context, o pushOptions) error {
	switch how := c.String(flagCompress); {
	case !slices.Contains([]string{"auto", "plain", "none"}, o.progress):
		return usagef("--progress %q: it is auto, plain or none", o.progress)
	case c.IsSet(flagWait) && o.wait <= 0:
		return usagef("--wait %s: it takes some time, like 90s or 10m", o.wait)
	case c.IsSet(flagArchNames) && len(o.spec.ArchNames) == 0:
		return emptyList(flagArchNames)
	case c.IsSet(flagPlatformTags) && o.spec.PlatformTags == "":
		return usagef("--platform-tags is empty: is a variable not set?")
	case o.compress && how != "gzip":
		return usagef("--compress %q: the only way is gzip", how)
	case o.spec.KeepMissing && o.spec.ByDigest:
		return usagef("--keep-missing looks at what a tag holds, and --by-digest names none")
	}
	return nil
}

func annotationsOf(c *cli.Context) (spec.Annotations, error) {
	annotations, err := spec.ParseAnnotations(c.StringSlice(flagAnnotation), c.StringSlice(flagAnnotations))
	if err != nil {
		return annotations, usage(err)
	}
	for _, a := range annotations.Images {
		if err := spec.CheckPlatform(a.Platform); err != nil && !c.Bool(flagAllowUnknown) {
			return annotations, usagef("annotation %q: %v", a.Key, err)
		}
	}
	return annotations, nil
}

func dropsAttestations(c *cli.Context) (bool, error) {
	switch what := c.String(flagAttestations); {
	case what == "keep", !hasFlag(c, flagAttestations):
		return false, nil
	case what == "drop":
		return true, nil
	default:
		return false, usagef("--attestations %q: it is keep or drop", what)
	}
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

// hasFlag tells whether the command of c has a flag.
func hasFlag(c *cli.Context, name string) bool {
	return slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return f.Names()[0] == name })
}

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

// digestsOf returns what the flags of from-digests say, without the inputs.
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
